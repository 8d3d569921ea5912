"""Levels and momentum of the markets around soybean oil that the prices family does not hold."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.known import column_of
from oilseer.features.links import SOURCE
from oilseer.features.rolling import change

_market = partial(
    Feature, reads=("staging.market_daily",), max_age=timedelta(days=7), category="neighbour", source=SOURCE
)
# symbol, unit of the name, unit in words, bucket, driver group, why its level matters
LEVELS = (
    ("ZC", "cents_per_bu", "¢/bu", "crush", "WEATHER_SUPPLY", "Corn competes with soybeans for acres and feed."),
    ("HE", "cents_per_lb", "¢/lb", "crush", "WEATHER_SUPPLY", "Dear hogs are fed more meal."),
    ("RB", "usd_per_gal", "USD/gal", "energy", "BIOFUEL_ENERGY", "Gasoline sets the blend wall of biofuels."),
    ("6E", "usd_per_eur", "USD per euro", "fx", "MACRO_RISK", "The euro is most of the dollar's other side."),
    ("6J", "usd_per_jpy", "USD per yen", "fx", "MACRO_RISK", "The yen is where money hides."),
    ("6M", "usd_per_mxn", "USD per peso", "fx", "TRADE_TARIFF", "Mexico buys soybean oil and trades under tariffs."),
)
MOMENTA = (("ZS", 21, "crush", "WEATHER_SUPPLY"), ("CPO", 21, "china", "PALM_SUBSTITUTION"))

FEATURES: tuple[Feature, ...] = (
    *(
        _market(f"databento_{symbol.lower()}_front_{unit}", words, f"settlement or close of the {symbol} front", why,
                bucket=bucket, driver_group=group)
        for symbol, unit, words, bucket, group, why in LEVELS
    ),
    *(
        _market(f"databento_{symbol.lower()}_momentum_{n}_ratio", "log ratio",
                f"sum of {symbol} returns over {n} sessions", "A neighbour's trend reaches soybean oil with a delay.",
                bucket=bucket, driver_group=group)
        for symbol, n, bucket, group in MOMENTA
    ),
)  # fmt: skip
LOOKBACK = max(n for _, n, _, _ in MOMENTA)


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    levels = {f"databento_{symbol.lower()}_front_{unit}": known[column_of(symbol)] for symbol, unit, *_ in LEVELS}
    return levels | {
        f"databento_{symbol.lower()}_momentum_{n}_ratio": change(known[f"{column_of(symbol)}_log_index"], n)
        for symbol, n, _, _ in MOMENTA
    }
