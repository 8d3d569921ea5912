"""The curve against its own past and season, what rolling has earned, and the curve of soybeans."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change, lag, log_change, rolling_mean, rolling_std

YEARS = 5  # of the season's norm
YEAR = 252  # sessions
_curve = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="crush",
    driver_group="WEATHER_SUPPLY", category="curve", source="exchange prices of single ZL contracts", reliability=0.6,
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _curve("curve_slope_seasonal_ratio", "standard deviations",
           "slope less its mean around the same session of the 5 years before (21 sessions each, 3 years at least), "
           "over its deviation of 5 years",
           "Slopes have a season of their own: only what departs from it says something."),
    _curve("curve_roll_yield_63_ratio", "log ratio", "held return of 63 sessions less the front price's log change",
           "What holding the oil through its rolls has earned."),
    _curve("curve_butterfly_cents_per_lb", "¢/lb", "F1 − 2·F2 + F3 by delivery month",
           "A bend in the curve marks one scarce delivery month.",
           missing="a third delivery month: staging.market_daily keeps the front and one more"),
    _curve("curve_zs_slope_annualized_ratio", "log ratio a year",
           "log(F2 / F1) of ZS over the years between delivery months", "Beans short of stocks pull on their oil.",
           reads=("staging.market_daily",), max_age=timedelta(days=7), source="exchange prices of single contracts"),
)  # fmt: skip
LOOKBACK = YEARS * YEAR + 21


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known` and the slope made before."""
    slope, index, price = known["curve_slope_annualized_ratio"], known["zl_log_index"], known["zl"]
    spread = rolling_std(slope, YEARS * YEAR, 0.5)
    departure = slope - _norm(slope)
    return {
        "curve_slope_seasonal_ratio": departure / np.where(spread > 0, spread, np.nan),
        "curve_roll_yield_63_ratio": change(index, 63) - log_change(price, 63),
        "curve_butterfly_cents_per_lb": np.full(len(price), np.nan),
        "curve_zs_slope_annualized_ratio": known["zs_slope"],
    }


def _norm(slope: np.ndarray) -> np.ndarray:
    """Mean slope around the same session of the years before; (n,), NaN with fewer than three of them."""
    total, years = np.zeros(len(slope)), np.zeros(len(slope))
    around = rolling_mean(slope, 21, 0.5)
    for year in range(1, YEARS + 1):
        mean = lag(around, year * YEAR - 10)  # ends ten sessions after the anniversary, long past by now
        years += ~np.isnan(mean)
        total += np.where(np.isnan(mean), 0.0, mean)
    return np.where(years >= 3, total / np.maximum(years, 1), np.nan)
