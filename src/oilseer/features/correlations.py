"""How closely the eight markets move together: 28 pairs over 30, 60, 90 and 252 sessions."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.links import MARKETS, PAIRS, SOURCE, WINDOWS, Market, step
from oilseer.features.rolling import rolling_corr

LOOKBACK = max(WINDOWS)


def name(one: Market, other: Market, window: int) -> str:
    """Name of the feature of a pair, in the order of MARKETS."""
    return f"signal_corr_{one.label}_{other.label}_{window}_ratio"


def _feature(one: Market, other: Market, window: int) -> Feature:
    return Feature(
        name(one, other, window), "correlation",
        f"correlation of {one.label.upper()} and {other.label.upper()} returns, {window} sessions, rolls left out",
        "A link that tightens carries the other market's news over; one that breaks is news itself.",
        reads=("staging.market_daily",), max_age=timedelta(days=7), source=SOURCE,
        bucket=other.bucket, driver_group=other.driver_group, category="link",
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = tuple(_feature(one, other, window) for one, other in PAIRS for window in WINDOWS)


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    steps = np.column_stack([step(known, market.column) for market in MARKETS])
    place = {market.label: i for i, market in enumerate(MARKETS)}
    ones = steps[:, [place[one.label] for one, _ in PAIRS]]
    others = steps[:, [place[other.label] for _, other in PAIRS]]
    found = {}
    for window in WINDOWS:
        together = rolling_corr(ones, others, window)
        found |= {name(one, other, window): together[:, i] for i, (one, other) in enumerate(PAIRS)}
    return found
