"""How much soybean oil moves: from daily returns, hourly bars and daily ranges, beside soybeans and the VIX."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change, lag, rank_share, rolling_mean, rolling_std

LOOKBACK = 320  # a year of tails, each against the quarter before it

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
    _daily("volatility_realized_5_ratio", formula="standard deviation of 5 returns · √252"),
    _daily("volatility_realized_10_ratio", formula="standard deviation of 10 returns · √252"),
    _daily("volatility_realized_126_ratio", formula="standard deviation of 126 returns · √252"),
    _bars("volatility_parkinson_63_ratio", formula="√(252 · mean of ln(H/L)² / (4 ln 2)) of 63 sessions"),
    _bars("volatility_garman_klass_63_ratio",
          formula="√(252 · mean of ½ ln(H/L)² − (2 ln 2 − 1) ln(C/O)²) of 63 sessions"),
    _daily("volatility_tail_252_ratio", unit="ratio",
           formula="share of 252 sessions whose return was beyond two deviations of the 63 before it",
           why="A bell curve has 4.6 %: more is a market of jumps."),
    _vix("volatility_vix_term_ratio", "ratio", "VIXCLS over VXVCLS as published, 30 over 93 days",
         "Above 1 the fear is of now, and crises begin so.", reads=("staging.fred_macro_panel",),
         missing="VXVCLS of FRED"),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`; deviations of a year of 252 sessions."""
    moves = known["zl_return"]
    vix = np.where(np.isnan(known["vix"]), known["fred_vixcls"], known["vix"])

    def by_returns(returns: np.ndarray, window: int) -> np.ndarray:
        return np.sqrt(252) * rolling_std(returns, window, 0.85)

    def by_variance(name: str, window: int) -> np.ndarray:
        return np.sqrt(252 * np.maximum(rolling_mean(known[f"variance_{name}_ratio"], window, 0.8), 0))

    return {
        "volatility_realized_5_ratio": by_returns(moves, 5),
        "volatility_realized_10_ratio": by_returns(moves, 10),
        "volatility_realized_21_ratio": by_returns(moves, 21),
        "volatility_realized_63_ratio": by_returns(moves, 63),
        "volatility_realized_126_ratio": by_returns(moves, 126),
        "volatility_realized_hourly_ratio": known["volatility_hourly_ratio"],
        "volatility_hourly_21_ratio": by_variance("hourly", 21),
        "volatility_parkinson_21_ratio": by_variance("parkinson", 21),
        "volatility_parkinson_63_ratio": by_variance("parkinson", 63),
        "volatility_garman_klass_21_ratio": by_variance("garman_klass", 21),
        "volatility_garman_klass_63_ratio": by_variance("garman_klass", 63),
        "volatility_tail_252_ratio": rolling_mean(_tail(moves), 252),
        "volatility_zs_21_ratio": by_returns(change(known["zs_log_index"], 1), 21),
        "volatility_vix_points": vix,
        "volatility_vix_percentile_252_ratio": rank_share(vix, 252, 0.79, own=True),
        "volatility_vix_term_ratio": known["fred_vixcls"] / _positive(known["fred_vxvcls"]),
    }


def _tail(moves: np.ndarray) -> np.ndarray:
    """1 where a return is beyond two deviations of the 63 before it, 0 where not; (n,), NaN where unknown."""
    before = rolling_std(lag(moves, 1), 63)
    known = ~(np.isnan(moves) | np.isnan(before))
    return np.where(known, (np.abs(moves) > 2 * before).astype(float), np.nan)


def _positive(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, np.nan)
