"""The eight markets whose links to soybean oil are features, and the returns that links are measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from oilseer.features.rolling import change


@dataclass(frozen=True)
class Market:
    """One of the eight: its label in names, its column of `known`, the unit of its price, bucket and driver group."""

    label: str
    column: str
    unit: str
    words: str
    bucket: str
    driver_group: str


MARKETS: tuple[Market, ...] = (
    Market("zl", "zl", "cents_per_lb", "¢/lb", "crush", "TECHNICAL_REGIME"),
    Market("zs", "zs", "cents_per_bu", "¢/bu", "crush", "WEATHER_SUPPLY"),
    Market("zm", "zm", "usd_per_short_ton", "USD/short ton", "crush", "WEATHER_SUPPLY"),
    Market("cl", "cl", "usd_per_bbl", "USD/bbl", "energy", "BIOFUEL_ENERGY"),
    Market("ho", "ho", "usd_per_gal", "USD/gal", "energy", "BIOFUEL_ENERGY"),
    Market("cpo", "cpo", "usd_per_mt", "USD/t", "china", "PALM_SUBSTITUTION"),
    Market("6l", "brl", "usd_per_brl", "USD per real", "fx", "MACRO_RISK"),
    Market("dx", "dxy", "points", "index points", "fx", "MACRO_RISK"),
)
PAIRS: tuple[tuple[Market, Market], ...] = tuple(combinations(MARKETS, 2))  # 28
WINDOWS = (30, 60, 90, 252)
SOURCE = "exchange prices by Databento, a user's own history, or Yahoo"


def step(known: Mapping[str, np.ndarray], column: str) -> np.ndarray:
    """Log return of the held contract since the session before, so a roll is no move; (n,)."""
    return known["zl_return"] if column == "zl" else change(known[f"{column}_log_index"], 1)
