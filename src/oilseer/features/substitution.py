"""What may replace soybean oil: palm, sunflower and rapeseed oil against it, in one currency and unit (USD/t).

Months are the World Bank's means, in which all oils are quoted alike; days are palm's nearest future against ZL.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, combined, of_combined, ratio, zscore
from oilseer.features.rolling import rolling_zscore
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
CARRIED: tuple[Carried, ...] = (
    *(
        Carried(f"substitute_spread:{oil}", _monthly(f"spread_{oil}_soyoil_usd_per_mt", "USD/t",
                f"{oil} oil less soybean oil of the same month", _why,
                missing="" if oil == "palm" else f"{oil} oil is not in the months loaded"))
        for oil in OILS
    ),
    Carried("substitute_zscore:palm", _monthly("spread_palm_soyoil_zscore_60m_ratio", "standard deviations",
            "palm oil over soybean oil, against the mean and deviation of five years before",
            "A gap beyond its habit closes.")),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(f"substitute_spread:{oil}", (f"oil_price:{oil}", "oil_price:soybean"), combined(lambda a, b: a - b))
        for oil in OILS
    ),
    Measure("substitute_zscore:palm", ("oil_price:palm", "oil_price:soybean"), of_combined(ratio, zscore(1830, 36))),
)
SERIES = series_of(CARRIED, {}, aged=("substitute_spread:palm",))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _monthly("spread_substitutes_age_sessions", "sessions", "sessions since the first day of the newest month of palm",
             "A mean of last month says little of today."),
    _daily("spread_palm_soyoil_day_usd_per_mt", "USD/t", "palm (CPO) less ZL · 22.0462, same session", _why),
    _daily("spread_palm_soyoil_day_zscore_252_ratio", "standard deviations",
           "the same, against its mean and deviation of 252 sessions", "A gap beyond its habit closes."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    soy = cents_per_lb_to_usd_per_mt(known["zl"])
    quotient = known["cpo"] / np.where(soy > 0, soy, np.nan)
    gap = np.where((quotient >= LOW) & (quotient <= HIGH), known["cpo"] - soy, np.nan)
    return carry(CARRIED, known) | {
        "spread_substitutes_age_sessions": known[f"{column('substitute_spread:palm')}_age_sessions"],
        "spread_palm_soyoil_day_usd_per_mt": gap,
        "spread_palm_soyoil_day_zscore_252_ratio": rolling_zscore(gap, 252),
    }
