"""The technical features with a memory: RSI, exponential averages, PPO and true range."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.recursive import ema, wilder_mean, wilder_rsi

_own = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="volatility",
    driver_group="TECHNICAL_REGIME", category="technical", source="exchange prices of ZL",
)  # fmt: skip
FEATURES: tuple[Feature, ...] = (
    _own("tech_rsi_14_points", "0 to 100", "Wilder's relative strength index of the return index, 14 sessions",
         "Runs of gains or losses mark crowded moves."),
    _own("tech_distance_ema_21_ratio", "ratio", "return index over its exponential average of 21 sessions, less 1",
         "Distance to a month's average, recent days first."),
    _own("tech_ppo_12_26_ratio", "ratio", "(EMA 12 − EMA 26) / EMA 26 of the return index",
         "Whether the trend gains or loses speed."),
    _own("tech_distance_ema_5_ratio", "ratio", "return index over its exponential average of 5 sessions, less 1",
         "Distance to a week's average, recent days first."),
    _own("tech_distance_ema_10_ratio", "ratio", "return index over its exponential average of 10 sessions, less 1",
         "Distance to two weeks' average, recent days first."),
    _own("tech_atr_14_ratio", "ratio", "Wilder's average true range of 14 sessions over the front price; the close "
         "before is that of the held contract", "The room a price needs in a day, gaps counted.", reliability=0.7),
    _own("tech_ppo_histogram_ratio", "ratio", "PPO less its exponential average of 9 sessions",
         "A turn of the trend's speed comes before a turn of the trend."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    held = np.exp(known["zl_log_index"] - known["zl_log_index"][0])
    slow = ema(held, 26)
    ppo = (ema(held, 12) - slow) / slow
    start = 25  # the first value of ppo
    signal = np.full(len(held), np.nan)
    signal[start:] = ema(ppo[start:], 9)
    close = known["zl_close"]
    before = close * np.exp(-known["zl_return"])  # what the held contract closed at the session before
    true_range = np.maximum(known["zl_high"], before) - np.minimum(known["zl_low"], before)
    price = np.where(known["zl"] > 0, known["zl"], np.nan)
    return {
        "tech_distance_ema_5_ratio": held / ema(held, 5) - 1,
        "tech_distance_ema_10_ratio": held / ema(held, 10) - 1,
        "tech_atr_14_ratio": wilder_mean(true_range / price, 14),
        "tech_rsi_14_points": wilder_rsi(held, 14),
        "tech_distance_ema_21_ratio": held / ema(held, 21) - 1,
        "tech_ppo_12_26_ratio": ppo,
        "tech_ppo_histogram_ratio": ppo - signal,
    }
