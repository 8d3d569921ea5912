"""How much soybean oil moves: from daily returns, hourly bars and daily ranges, beside soybeans and the VIX."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

_own = partial(
    Feature, unit="ratio a year", max_age=timedelta(days=1), bucket="volatility", driver_group="TECHNICAL_REGIME",
    category="volatility", source="exchange prices of ZL",
    why="Volatility clusters, and sets how wide a forecast must be.",
)  # fmt: skip
_daily = partial(_own, reads=("staging.zl_prices_clean",))
_bars = partial(_own, reads=("staging.zl_realized_vol",), reliability=0.7)
_vix = partial(
    Feature, reads=("staging.market_daily", "staging.fred_macro_panel"), max_age=timedelta(days=12),
    bucket="volatility",
    driver_group="MACRO_RISK", category="volatility", source="Cboe VIX, FRED's the next day where that is missing",
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _daily("volatility_realized_21_ratio", formula="standard deviation of 21 returns · √252"),
    _daily("volatility_realized_63_ratio", formula="standard deviation of 63 returns · √252"),
    _bars("volatility_realized_hourly_ratio",
          formula="√(252 · (sum of squared hourly returns + squared gap)) of the session"),
    _bars("volatility_hourly_5_ratio", formula="√(252 · mean hourly variance of 5 sessions)"),
    _bars("volatility_hourly_21_ratio", formula="√(252 · mean hourly variance of 21 sessions)"),
    _bars("volatility_parkinson_21_ratio", formula="√(252 · mean of ln(H/L)² / (4 ln 2)) of 21 sessions"),
    _bars("volatility_garman_klass_21_ratio",
          formula="√(252 · mean of ½ ln(H/L)² − (2 ln 2 − 1) ln(C/O)²) of 21 sessions"),
    _own("volatility_zs_21_ratio", formula="standard deviation of 21 ZS returns · √252",
         reads=("staging.market_daily",), max_age=timedelta(days=7),
         why="Soybeans react first to weather and carry their oil along."),
    _vix("volatility_vix_points", "index points", "VIX of the session, else the last published",
         "Fear in shares reaches commodities through funds and the dollar."),
    _vix("volatility_vix_percentile_252_ratio", "ratio", "share of the last 252 sessions with a VIX no higher",
         "How fearful the market is for its own year."),
)  # fmt: skip
