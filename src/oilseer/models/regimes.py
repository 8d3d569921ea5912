"""The three regimes of volatility, and how often each has followed each: counted, not learned."""

import numpy as np

from oilseer.models.base import Window, session_pairs

NAME = "Transformer-GARCH"  # who tells them ahead
ZSCORE = "regime_volatility_zscore_ratio"
REGIMES = ("CALM", "STRESSED", "CRISIS")
BORDERS = (1.0, 2.0)  # of the volatility z-score between them
AHEAD = 21  # sessions: the month in which most of a forecast's members are judged
HEARSAY = 63  # daily pairs by which each state's frequencies are drawn to those of all states


def states(zscore: np.ndarray) -> np.ndarray:
    """Place among REGIMES of each volatility z-score (n,), int; −1 where it is unknown."""
    return np.where(np.isfinite(zscore), np.digitize(zscore, BORDERS), -1)


def transitions(window: Window, last: int) -> np.ndarray:
    """How often each regime stood AHEAD sessions after each, over pairs that end by row `last`; (3, 3), rows add to 1.

    A state that was seldom seen is drawn to what followed all states.
    """
    state = states(window.feature(ZSCORE))
    start, end = known_pairs(window)
    kept = end <= last
    counts = np.zeros((3, 3))
    np.add.at(counts, (state[start[kept]], state[end[kept]]), 1)
    overall = (counts.sum(axis=0) + 1) / (counts.sum() + 3)
    return (counts + HEARSAY * overall) / (counts.sum(axis=1, keepdims=True) + HEARSAY)


def known_pairs(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Rows AHEAD sessions apart whose regimes are both known; two (m,)."""
    state = states(window.feature(ZSCORE))
    start, end = session_pairs(window, AHEAD)
    known = (state[start] >= 0) & (state[end] >= 0)
    return start[known], end[known]
