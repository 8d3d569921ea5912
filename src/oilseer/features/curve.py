"""The futures curve of soybean oil: slope and carry between the front and the delivery month next to it."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

_curve = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="crush",
    driver_group="WEATHER_SUPPLY", category="curve", source="exchange prices of single ZL contracts", reliability=0.6,
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _curve("curve_slope_annualized_ratio", "log ratio a year", "log(F2 / F1) over the years between delivery months",
           "The market's own path of prices: scarcity now pays more than delivery later."),
    _curve("curve_carry_cents_per_lb", "¢/lb", "nearer less later contract, both closes of the session",
           "Backwardation shows tight stocks, and has preceded falling prices."),
    _curve("curve_span_days", "days", "days between the two delivery months",
           "A slope over years says less about the next month than one over weeks."),
)  # fmt: skip
