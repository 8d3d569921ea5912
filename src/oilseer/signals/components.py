"""What each of the Big 8 is made of: its components over columns of the matrix, with the hand-set coefficients.

A score is 50 plus its components, clipped to 0 to 100. The coefficients are for display, not fitted: beside every
score stands the sign that the data support.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

MONTH = 21
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Component:
    """One term of a score, in points: `value` of the columns it reads, (n,), NaN where it is unknown."""

    bucket: str
    name: str
    reads: tuple[str, ...]
    value: Callable[..., np.ndarray]  # takes the columns in the order of `reads`


def _zscore(values: np.ndarray, window: int) -> np.ndarray:
    """Standard scores over the last `window` sessions, the session itself included; NaN before there are that many."""
    out = np.full(len(values), np.nan)
    if len(values) < window:
        return out
    seen = np.lib.stride_tricks.sliding_window_view(values, window)
    spread = seen.std(axis=1, ddof=1)
    out[window - 1 :] = (seen[:, -1] - seen.mean(axis=1)) / np.where(spread > 0, spread, np.nan)
    return out


def _change(values: np.ndarray, sessions: int = MONTH) -> np.ndarray:
    out = np.full(len(values), np.nan)
    out[sessions:] = values[sessions:] - values[:-sessions]
    return out


def _momentum(values: np.ndarray) -> np.ndarray:
    """Relative change over a month."""
    before = values - _change(values)
    return _change(values) / np.where(before > 0, before, np.nan)


def _change_over_sigma(values: np.ndarray) -> np.ndarray:
    """Change over a month against the usual size of such changes in the year: for what may cross zero."""
    moved = _change(values)
    out = np.full(len(values), np.nan)
    window = 252
    if len(values) >= window:
        spread = np.lib.stride_tricks.sliding_window_view(moved, window).std(axis=1, ddof=1)
        out[window - 1 :] = moved[window - 1 :] / np.where(spread > 0, spread, np.nan)
    return out


def _extreme(net: np.ndarray) -> np.ndarray:
    """−1 where speculators are net long beyond 30 % of open interest, +1 where they are as short."""
    return np.where(np.isnan(net), np.nan, np.where(net > 0.30, -1.0, np.where(net < -0.30, 1.0, 0.0)))


def _smart_money(speculators: np.ndarray, commercials: np.ndarray) -> np.ndarray:
    """+1 where commercials are net long and speculators net short, −1 the other way round."""
    known = ~(np.isnan(speculators) | np.isnan(commercials))
    up, down = (commercials > 0) & (speculators < 0), (commercials < 0) & (speculators > 0)
    return np.where(known, up.astype(float) - down, np.nan)


_SPECULATORS, _COMMERCIALS = "cftc_zl_noncommercial_net_ratio", "cftc_zl_commercial_net_ratio"
COMPONENTS: tuple[Component, ...] = (
    Component("crush", "board crush against 61 sessions", ("spread_board_crush_usd_per_bu",),
              lambda crush: 8 * _zscore(crush, 61)),
    Component("crush", "speculators at an extreme", (_SPECULATORS,), lambda net: 5 * _extreme(net)),
    Component("crush", "commercials against speculators", (_SPECULATORS, _COMMERCIALS),
              lambda speculators, commercials: 7 * _smart_money(speculators, commercials)),
    Component("china", "copper, a month", ("databento_hg_momentum_21_ratio",), lambda change: 100 * change),
    Component("china", "copper with soybeans", ("signal_china_pulse_60_ratio",), lambda corr: 25 * corr),
    Component("fx", "dollar index, a month", ("fx_dxy_momentum_21_ratio",), lambda change: -100 * change),
    Component("fed", "10-year less 2-year yield", ("fred_t10y2y_percent",), lambda slope: 5 * slope),
    Component("fed", "policy rate, a month", ("fred_dfedtaru_percent",), lambda rate: -10 * _change(rate)),
    Component("tariff", "tone of tariff news, a week", ("news_tariff_net_7d_ratio",), lambda tone: 25 * tone),
    Component("tariff", "posts of the president against usual", ("scrc_trump_posts_velocity_ratio",),
              lambda ratio: 10 * (ratio - 1)),
    Component("biofuel", "biodiesel production, three months", ("eia_biodiesel_production_momentum_3m_ratio",),
              lambda change: 50 * change),
    Component("biofuel", "D4 credits, four weeks", ("epa_rin_d4_momentum_4w_ratio",), lambda change: 25 * change),
    Component("energy", "crude oil, a month", ("databento_cl_momentum_21_ratio",), lambda change: 50 * change),
    Component("energy", "oil over heating oil, a month", ("spread_boho_usd_per_gal",),
              lambda boho: 25 * _change_over_sigma(boho)),
    Component("volatility", "VIX, a month", ("volatility_vix_points",), lambda vix: -25 * _momentum(vix)),
    Component("volatility", "soybean oil's volatility, a month", ("volatility_realized_21_ratio",),
              lambda spread: -25 * _momentum(spread)),
)  # fmt: skip
BUCKETS = tuple(dict.fromkeys(component.bucket for component in COMPONENTS))
WEIGHTS = {  # of each bucket at one week, by the gate's state
    "CALM": (0.18, 0.12, 0.10, 0.10, 0.08, 0.15, 0.12, 0.15),
    "STRESSED": (0.14, 0.12, 0.12, 0.12, 0.10, 0.12, 0.12, 0.16),
    "CRISIS": (0.08, 0.10, 0.14, 0.14, 0.12, 0.08, 0.10, 0.24),
}


@dataclass(frozen=True)
class Score:
    """One bucket: `points` (n,) from 0 to 100, NaN where no component is known; by session what was missing."""

    points: np.ndarray
    missing: tuple[str, ...]
    terms: dict[str, np.ndarray]


def score(bucket: str, columns: Columns) -> Score:
    """Score of one bucket over all sessions. A column that is not there counts as unknown throughout."""
    n = len(next(iter(columns.values())))
    nothing = np.full(n, np.nan)
    terms = {
        c.name: c.value(*(columns.get(name, nothing) for name in c.reads)) for c in COMPONENTS if c.bucket == bucket
    }
    stacked = np.vstack(list(terms.values()))
    known = ~np.isnan(stacked)
    points = np.clip(50 + np.where(known, stacked, 0).sum(axis=0), 0, 100)
    missing = tuple(
        "; ".join(name for name, there in zip(terms, column, strict=True) if not there) for column in known.T
    )
    return Score(np.where(known.any(axis=0), points, np.nan), missing, terms)
