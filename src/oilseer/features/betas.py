"""What soybean oil moves when another market moves by one: seven markets over 30, 60, 90 and 252 sessions."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.links import MARKETS, SOURCE, WINDOWS, Market, step
from oilseer.features.rolling import rolling_beta

OTHERS = MARKETS[1:]
LOOKBACK = max(WINDOWS)


def _feature(market: Market, window: int) -> Feature:
    return Feature(
        f"signal_beta_zl_{market.label}_{window}_ratio", "log ratio per log ratio",
        f"slope of ZL returns on {market.label.upper()} returns, {window} sessions, rolls left out",
        "How much of the other market's move soybean oil takes over.",
        reads=("staging.market_daily",), max_age=timedelta(days=7), source=SOURCE,
        bucket=market.bucket, driver_group=market.driver_group, category="link",
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = tuple(_feature(market, window) for market in OTHERS for window in WINDOWS)


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    own = np.column_stack([step(known, "zl")] * len(OTHERS))
    others = np.column_stack([step(known, market.column) for market in OTHERS])
    found = {}
    for window in WINDOWS:
        slopes = rolling_beta(own, others, window)
        found |= {f"signal_beta_zl_{m.label}_{window}_ratio": slopes[:, i] for i, m in enumerate(OTHERS)}
    return found
