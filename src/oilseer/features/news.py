"""News by bucket of the Big 8: how much is written, which way it points by mechanism, and what is posted or ruled."""

from datetime import timedelta
from functools import partial

from oilseer.features.carried import Carried, carrier, series_of
from oilseer.features.feature import Feature

LOOKBACK = 0
MAX_AGE = timedelta(days=7)
_GROUP = {
    "china": "TRADE_TARIFF", "fed": "MACRO_RISK", "tariff": "TRADE_TARIFF", "biofuel": "BIOFUEL_ENERGY",
}  # fmt: skip
_FEEDS = "a news feed: load farm_policy_news, farmdoc, fed_speeches or scrapecreators"
_news = partial(
    Feature, reads=("staging.news_bucketed",), max_age=MAX_AGE, category="news",
    source="Farm Policy News, farmdoc daily, Federal Reserve, Federal Register, ScrapeCreators",
    publication_lag="none: as published, counted at 21:00 UTC", reliability=0.4, missing=_FEEDS,
)  # fmt: skip
_counted = "Many words on one subject show what the market waits for."


def _counts(group: str, item: str, name: str, unit: str, formula: str, why: str, bucket: str, missing: str) -> Carried:
    feature = _news(name, unit, formula, why, bucket=bucket, driver_group=_GROUP[bucket], missing=missing)
    return Carried(f"news:{group}.{item}", feature)


def _net(bucket: str, days: int) -> Carried:
    return _counts(
        bucket, f"net_{days}", f"news_{bucket}_net_{days}d_ratio", "−1 to 1",
        f"mean direction of {days} days, weighted by trust and 0.9 a day of age, bucket {bucket}",
        "News moves prices by a mechanism: supply, buying, or a rule.", bucket, _FEEDS,
    )  # fmt: skip


_posts = "posts of the president: the source truth_social has not been loaded"
CARRIED: tuple[Carried, ...] = (
    *(_net(bucket, 7) for bucket in ("china", "fed", "tariff", "biofuel")),
    _net("biofuel", 30),
    _counts("tariff", "ratio", "news_tariff_velocity_ratio", "ratio", "items a day of 7 days over those of 30, "
            "bucket tariff", _counted, "tariff", _FEEDS),
    _counts("topic.trade", "count_7", "news_trade_count_7d_number", "items", "items on trade of 7 days", _counted,
           "china", _FEEDS),
    _counts("topic.rins", "count_7", "news_rin_analysis_count_7d_number", "items",
           "items of farmdoc on RINs of 7 days", "Analysts explain credits when these move.", "biofuel", _FEEDS),
    _counts("topic.budget_speech", "count_7", "news_budget_speech_count_7d_number", "items",
           "items on the budget and speeches of the Federal Reserve of 7 days", _counted, "fed", _FEEDS),
    _counts("topic.china", "count_7", "news_china_mentions_7d_number", "items", "items that name China, of 7 days",
           _counted, "tariff", _FEEDS),
    _counts("topic.post", "ratio", "scrc_trump_posts_velocity_ratio", "ratio", "posts a day of 7 days over those of 30",
           "Tariffs have been announced by post.", "tariff", _posts),
    Carried("fred:USEPUINDXD", Feature(
        "policy_uncertainty_points", "index points", "daily index of economic policy uncertainty (USEPUINDXD)",
        "Buyers wait while rules are in doubt.", reads=("staging.fred_macro_panel",), max_age=timedelta(days=12),
        source="Baker, Bloom & Davis by FRED", bucket="tariff", driver_group="POLICY_REGULATION", category="policy",
        publication_lag="one business day", reliability=0.4, missing="the FRED series USEPUINDXD")),
)  # fmt: skip
SERIES = series_of(CARRIED, {})
FEATURES: tuple[Feature, ...] = tuple(each.feature for each in CARRIED)
compute = carrier(CARRIED)
