"""Soybean oil against its own past: returns, distances to averages, bands, volume, value."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

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
)  # fmt: skip
