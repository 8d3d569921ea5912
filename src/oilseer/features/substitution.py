"""What may replace soybean oil: palm, sunflower and rapeseed oil against it, in one currency and unit (USD/t).

Months are the World Bank's means, in which all oils are quoted alike; days are palm's nearest future against ZL.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, change, rank, ratio, zscore
from oilseer.features.rolling import lag, rolling_zscore
from oilseer.market.units import cents_per_lb_to_usd_per_mt

MAX_AGE = timedelta(days=100)
LOOKBACK = 252
LOW, HIGH = 0.5, 5.0  # a ratio outside is a wrong unit, not a price
_monthly = partial(
    Feature, reads=("staging.substitutes",), max_age=MAX_AGE, bucket="biofuel", driver_group="PALM_SUBSTITUTION",
    category="spread", source="World Bank Pink Sheet, monthly means", update_frequency="monthly",
    publication_lag="second business day after the month", reliability=0.8,
)  # fmt: skip
_daily = partial(
    Feature, reads=("staging.market_daily",), max_age=timedelta(days=7), bucket="biofuel",
    driver_group="PALM_SUBSTITUTION", category="spread", source="Yahoo palm oil (CPO) and exchange prices of ZL",
    reliability=0.4,
)  # fmt: skip
OILS = ("palm", "sunflower", "rapeseed")
_why = "Buyers change oils when the gap pays for it."
CARRIED: tuple[Carried, ...] = tuple(
    Carried(f"substitute_{kind}:{oil}", _monthly(f"spread_{oil}_soyoil_{name}", unit, f"{oil} oil {formula}", why,
            missing="" if oil == "palm" else f"{oil} oil is not in the months loaded"))
    for oil in OILS
    for kind, name, unit, formula, why in (
        ("spread", "usd_per_mt", "USD/t", "less soybean oil of the same month", _why),
        ("ratio", "month_ratio", "ratio", "over soybean oil of the same month, null outside 0.5 to 5", _why),
        ("zscore", "zscore_60m_ratio", "standard deviations",
         "over soybean oil, against the mean and deviation of five years before", "A gap beyond its habit closes."),
        ("change", "change_3m_usd_per_mt", "USD/t", "less soybean oil, less that three months before",
         "A gap that opens draws buyers."),
    )
) + (
    Carried("oil_price:palm", _monthly("spread_palm_price_usd_per_mt", "USD/t", "palm oil, mean of the month",
            "Palm is the world's cheapest and largest oil.")),
    Carried("substitute_rank:palm", _monthly("spread_palm_soyoil_percentile_60m_ratio", "0 to 1",
            "share of the ratios of palm to soybean oil of five years no higher", "Where in its range the gap is.")),
)  # fmt: skip


def _of(make):
    """A measure of the ratio of two oils over the dates that both have."""
    return lambda dates, oil, soy: make(dates, ratio(oil, soy))


def _ratio(dates: np.ndarray, oil: np.ndarray, soy: np.ndarray) -> float:
    value = float(ratio(oil, soy)[-1])
    return value if LOW <= value <= HIGH else np.nan


MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"substitute_{kind}:{oil}", (f"oil_price:{oil}", "oil_price:soybean"), make)
    for oil in OILS
    for kind, make in (
        ("spread", lambda dates, oil, soy: oil[-1] - soy[-1]),
        ("ratio", _ratio),
        ("zscore", _of(zscore(1830, 36))),
        ("change", lambda dates, oil, soy: change(91, 5)(dates, oil - soy)),
        ("rank", _of(rank(1830, 36))),
    )
    if kind != "rank" or oil == "palm"
)
SERIES = series_of(CARRIED, {}, aged=("oil_price:palm",))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _monthly("spread_substitutes_age_sessions", "sessions", "sessions since the first day of palm's newest month",
             "A mean of last month says little of today."),
    _daily("spread_palm_soyoil_day_usd_per_mt", "USD/t", "palm (CPO) less ZL · 22.0462, same session", _why),
    _daily("spread_palm_soyoil_day_change_21_usd_per_mt", "USD/t", "the same, less that known 21 sessions before",
           "A gap that opens draws buyers."),
    _daily("spread_palm_soyoil_day_zscore_252_ratio", "standard deviations",
           "the same, against its mean and deviation of 252 sessions", "A gap beyond its habit closes."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    soy = cents_per_lb_to_usd_per_mt(known["zl"])
    quotient = known["cpo"] / np.where(soy > 0, soy, np.nan)
    gap = np.where((quotient >= LOW) & (quotient <= HIGH), known["cpo"] - soy, np.nan)
    return carry(CARRIED, known) | {
        "spread_substitutes_age_sessions": known[f"{column('oil_price:palm')}_age_sessions"],
        "spread_palm_soyoil_day_usd_per_mt": gap,
        "spread_palm_soyoil_day_change_21_usd_per_mt": gap - lag(gap, 21),
        "spread_palm_soyoil_day_zscore_252_ratio": rolling_zscore(gap, 252),
    }
