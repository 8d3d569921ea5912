"""A simulated history on real CBOT sessions, for tests of training and decisions; no real market rows."""

from datetime import date

import numpy as np

from oilseer.market import sessions
from oilseer.models.zoo import ENTRIES
from oilseer.training.history import History

NAMES = (
    "curve_slope_annualized_ratio",
    "curve_span_days",
    "regime_gate_state",
    "regime_volatility_zscore_ratio",
    "volatility_realized_hourly_ratio",
)
OTHERS = tuple(sorted({name for entry in ENTRIES for name in entry.reads} - set(NAMES)))  # noise here
FIRST = date(2008, 1, 2)


def make_history(n: int = 1800, seed: int = 0, daily: float = 0.015, gap: int | None = None) -> History:
    """`n` sessions from January 2008: a driftless log random walk from 50 ¢/lb with constant `daily` deviation.

    gap  row that is left out, so a session has no price
    """
    rng = np.random.default_rng(seed)
    start = int(sessions.number(FIRST)[0])
    session = np.arange(start, start + n)
    returns = daily * rng.standard_normal(n)
    settle = 50 * np.exp(np.cumsum(returns))
    returns[0] = np.nan
    z = rng.standard_normal(n)
    known = np.column_stack(
        [np.full(n, 0.03), np.full(n, 61.0), np.digitize(z, (1, 2)).astype(float), z, np.full(n, daily * 252**0.5)]
    )
    features = np.hstack([known, rng.standard_normal((n, len(OTHERS)))])
    keep = np.ones(n, bool)
    if gap is not None:
        keep[gap] = False
        returns[gap + 1] += returns[gap]
    return History(
        sessions.sessions()[session][keep],
        session[keep],
        settle[keep],
        returns[keep],
        features[keep],
        (*NAMES, *OTHERS),
    )
