"""Prices and returns of the eight markets as they stood 1 to 21 sessions before."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.links import MARKETS, SOURCE, Market, step
from oilseer.features.rolling import lag

LAGS = (1, 2, 3, 5, 10, 21)
LOOKBACK = max(LAGS) + 1


def _features(market: Market, sessions: int) -> tuple[Feature, Feature]:
    label = market.label.upper()
    common = {
        "reads": ("staging.market_daily",), "max_age": timedelta(days=7), "source": SOURCE,
        "bucket": market.bucket, "driver_group": market.driver_group, "category": "lag",
    }  # fmt: skip
    return (
        Feature(
            f"databento_{market.label}_lag_{sessions}_{market.unit}", market.words,
            f"{label} front as known {sessions} sessions before",
            "Trees that see levels of several days can find paths that a single change hides.", **common,
        ),
        Feature(
            f"databento_{market.label}_return_lag_{sessions}_ratio", "log ratio",
            f"{label} return of one session as known {sessions} sessions before, rolls left out",
            "News spreads from one market to the next within days.", **common,
        ),
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = tuple(
    feature for market in MARKETS for sessions in LAGS for feature in _features(market, sessions)
)


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    found = {}
    for market in MARKETS:
        price, moves = known[market.column], step(known, market.column)
        for sessions in LAGS:
            found[f"databento_{market.label}_lag_{sessions}_{market.unit}"] = lag(price, sessions)
            found[f"databento_{market.label}_return_lag_{sessions}_ratio"] = lag(moves, sessions)
    return found
