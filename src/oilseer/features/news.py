"""News by bucket of the Big 8: how much is written, which way it points by mechanism, and what is posted or ruled."""

from datetime import timedelta
from functools import partial

from oilseer.features.carried import Carried, carrier, series_of
from oilseer.features.feature import BUCKETS, Feature

LOOKBACK = 0
MAX_AGE = timedelta(days=7)
_GROUP = {
    "crush": "WEATHER_SUPPLY", "china": "TRADE_TARIFF", "fx": "MACRO_RISK", "fed": "MACRO_RISK",
    "tariff": "TRADE_TARIFF", "biofuel": "BIOFUEL_ENERGY", "energy": "BIOFUEL_ENERGY", "volatility": "MACRO_RISK",
}  # fmt: skip
_FEEDS = "no news feed is loaded: farm_policy_news, farmdoc, fed_speeches, scrapecreators"
_news = partial(
    Feature, reads=("staging.news_bucketed",), max_age=MAX_AGE, category="news",
    source="Farm Policy News, farmdoc daily, Federal Reserve, Federal Register, ScrapeCreators",
    publication_lag="none: as published, counted at 21:00 UTC", reliability=0.4, missing=_FEEDS,
)  # fmt: skip
_counted = "Many words on one subject show what the market waits for."
_leaning = "News moves prices by a mechanism: supply, buying, or a rule."


def _bucket(bucket: str) -> tuple[Carried, ...]:
    feature = partial(_news, bucket=bucket, driver_group=_GROUP[bucket])
    return tuple(
        Carried(f"news:{bucket}.{item}", feature(f"news_{bucket}_{name}", unit, f"{formula}, bucket {bucket}", why))
        for item, name, unit, formula, why in (
            ("count_7", "count_7d_number", "items", "items of 7 days", _counted),
            ("ratio", "velocity_ratio", "ratio", "items a day of 7 days over those of 30", _counted),
            ("net_7", "net_7d_ratio", "−1 to 1",
             "mean direction of 7 days, weighted by trust and 0.9 a day of age", _leaning),
            ("net_30", "net_30d_ratio", "−1 to 1",
             "mean direction of 30 days, weighted by trust and 0.9 a day of age", _leaning),
        )
    )  # fmt: skip


def _topic(group: str, item: str, name: str, unit: str, formula: str, why: str, bucket: str, missing: str) -> Carried:
    feature = _news(name, unit, formula, why, bucket=bucket, driver_group=_GROUP[bucket], missing=missing)
    return Carried(f"news:{group}.{item}", feature)


_posts = "posts of the president: the source truth_social has not been loaded"
_register = "documents of the Federal Register: the source federal_register has not been loaded"
CARRIED: tuple[Carried, ...] = (
    *(each for bucket in BUCKETS for each in _bucket(bucket)),
    _topic("topic.trade", "count_7", "news_trade_count_7d_number", "items", "items on trade of 7 days", _counted,
           "china", _FEEDS),
    _topic("topic.rins", "count_7", "news_rin_analysis_count_7d_number", "items",
           "items of farmdoc on RINs of 7 days", "Analysts explain credits when these move.", "biofuel", _FEEDS),
    _topic("topic.budget_speech", "count_7", "news_budget_speech_count_7d_number", "items",
           "items on the budget and speeches of the Federal Reserve of 7 days", _counted, "fed", _FEEDS),
    _topic("topic.china", "count_7", "news_china_mentions_7d_number", "items", "items that name China, of 7 days",
           _counted, "tariff", _FEEDS),
    _topic("topic.post", "count_7", "scrc_trump_posts_7d_number", "posts", "posts of the president of 7 days",
           "Tariffs have been announced by post.", "tariff", _posts),
    _topic("topic.post", "ratio", "scrc_trump_posts_velocity_ratio", "ratio", "posts a day of 7 days over those of 30",
           "Tariffs have been announced by post.", "tariff", _posts),
    _topic("policy.tariff", "count_30", "policy_register_tariff_30d_number", "documents",
           "documents of the Federal Register on tariffs of 30 days", "Duties are made by rule.", "tariff", _register),
    _topic("policy.rfs", "count_30", "policy_register_rfs_30d_number", "documents",
           "documents of the Federal Register on the Renewable Fuel Standard of 30 days", "Volumes are made by rule.",
           "biofuel", _register),
    Carried("fred:USEPUINDXD", Feature(
        "policy_uncertainty_points", "index points", "daily index of economic policy uncertainty (USEPUINDXD)",
        "Buyers wait while rules are in doubt.", reads=("staging.fred_macro_panel",), max_age=timedelta(days=12),
        source="Baker, Bloom & Davis by FRED", bucket="tariff", driver_group="POLICY_REGULATION", category="policy",
        publication_lag="one business day", reliability=0.4, missing="FRED series USEPUINDXD has not been loaded")),
)  # fmt: skip
SERIES = series_of(CARRIED, {})
FEATURES: tuple[Feature, ...] = tuple(each.feature for each in CARRIED)
compute = carrier(CARRIED)
