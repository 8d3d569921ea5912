"""Soybean oil against its own past: returns, distances to averages, bands, volume, value."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import (
    change,
    rolling_max,
    rolling_mean,
    rolling_std,
    rolling_sum,
)

LOOKBACK = 1260

_own = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="volatility",
    driver_group="TECHNICAL_REGIME", category="technical", source="exchange prices of ZL",
)  # fmt: skip
_return = partial(_own, unit="log ratio", why="Trends persist over months and reverse over days.")

FEATURES: tuple[Feature, ...] = (
    _return("tech_return_1_ratio", formula="return of the held contract since the session before"),
    _return("tech_return_5_ratio", formula="sum of returns over 5 sessions"),
    _return("tech_return_21_ratio", formula="sum of returns over 21 sessions"),
    _return("tech_return_63_ratio", formula="sum of returns over 63 sessions"),
    _return("tech_momentum_252_ratio", formula="sum of returns over 252 sessions"),
    _own("tech_distance_sma_63_ratio", "ratio", "return index over its mean of 63 sessions, less 1",
         "Distance to the quarter's average shows how stretched a move is."),
    _own("tech_distance_sma_200_ratio", "ratio", "return index over its mean of 200 sessions, less 1",
         "Many funds follow the 200-session average."),
    _own("tech_bollinger_b_ratio", "ratio", "(index − mean 20) / (4 × deviation 20) + 0.5: 0 lower, 1 upper band",
         "Near a band a move is unusual for the month."),
    _own("tech_bollinger_width_ratio", "ratio", "4 × deviation 20 over mean 20 of the return index",
         "Narrow bands precede large moves."),
    _own("tech_volume_surprise_21_ratio", "log ratio", "log of volume over its mean of 21 sessions",
         "Moves on heavy volume last longer.", reliability=0.6),
    _own("tech_value_1260_ratio", "log ratio", "log of the mean price of 1,260 sessions (756 at least) over the price",
         "Prices far below their five years draw in demand and cut supply: rank correlation +0.35 with the next year."),
    _own("tech_distance_vwap_21_ratio", "ratio", "return index over its mean of 21 sessions weighted by volume, less 1",
         "Where the last month's buyers stand: above their price they hold, below it they sell.", reliability=0.6),
    _own("tech_amihud_21_ratio", "log ratio", "log of the mean of 1e9 · |return| / (volume · price · 600), 21 sessions",
         "A thin market moves far on little trade.", reliability=0.6),
    _own("tech_open_interest_volume_ratio", "ratio", "open interest over volume of the front",
         "Many positions and little trade is a crowd that has yet to leave.", reliability=0.3,
         missing="open interest of the ZL front: the loaded history gives volume only"),
    _own("tech_drawdown_252_ratio", "log ratio", "log of the return index over its most of 252 sessions",
         "How far holders are under water."),
    _own("tech_trend_strength_63_ratio", "standard deviations", "63-session return over its deviation · √63",
         "A move measured by what chance would make of it."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`.

    Averages run over the return index, so a roll moves none of them; only value looks at the price paid.
    """
    index, price, volume = known["zl_log_index"], known["zl"], known["zl_volume"]
    held = np.exp(index)
    traded = np.where(volume > 0, volume, np.nan)
    mean, deviation = rolling_mean(held, 20, 1), rolling_std(held, 20, 1) * np.sqrt(19 / 20)
    weighted = rolling_sum(held * traded, 21, 0.7) / rolling_sum(traded, 21, 0.7)
    high = rolling_max(held, 252, 1)
    moves = known["zl_return"]
    deviation_63 = rolling_std(moves, 63)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "tech_return_1_ratio": moves,
            **{f"tech_return_{n}_ratio": change(index, n) for n in (5, 21, 63)},
            "tech_momentum_252_ratio": change(index, 252),
            "tech_distance_sma_63_ratio": held / rolling_mean(held, 63, 1) - 1,
            "tech_distance_sma_200_ratio": held / rolling_mean(held, 200, 1) - 1,
            "tech_bollinger_b_ratio": (held - mean) / np.where(deviation > 0, 4 * deviation, np.nan) + 0.5,
            "tech_bollinger_width_ratio": 4 * deviation / mean,
            "tech_volume_surprise_21_ratio": np.log(traded / rolling_mean(traded, 21, 0.7)),
            "tech_value_1260_ratio": np.log(rolling_mean(price, 1260, 0.6) / price),
            "tech_distance_vwap_21_ratio": held / weighted - 1,
            "tech_amihud_21_ratio": np.log(rolling_mean(1e9 * np.abs(moves) / (traded * price * 600), 21, 0.7)),
            "tech_open_interest_volume_ratio": known["zl_open_interest"] / traded,
            "tech_drawdown_252_ratio": np.log(held / high),
            "tech_trend_strength_63_ratio": change(index, 63)
            / np.where(deviation_63 > 0, deviation_63 * 63**0.5, np.nan),
        }
