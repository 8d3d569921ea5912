"""Pairs of a past session and its outcomes for one fold: which to learn from, and which tell when to stop.

No outcome that is learned from shares a session with those that tell when to stop, horizon by horizon.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.errors import ModelError
from oilseer.models.base import TRADING_DAYS, Window, session_pairs
from oilseer.models.neural.inputs import DECIMALS, SESSIONS, Inputs
from oilseer.quantiles import LEVELS, MEDIAN

LOOKBACK = 42  # sessions that a network sees: two months, as the predictors hold longer pasts themselves
STEP = 5  # sessions between rows: neighbours share most of what they see
MEMORY = 20 * TRADING_DAYS  # sessions: before, most inputs did not exist
STOPPING = 0.2  # of the rows, the last ones: they tell when to stop
CLIP = 4.0  # standard deviations of an outcome: beyond, it is not learned from
MIN_ROWS = 100


@dataclass(frozen=True)
class Fold:
    """m rows, oldest first, and the outcomes of each at the five horizons.

    rows      (m,) row numbers in the window
    outcome   (m, 5) what the centre left of the log change, over the deviation; NaN where not known in the window
    learned   (m, 5) bool, outcomes to learn from: they end by the first session of the tail
    stopping  (m, 5) bool, outcomes of the tail
    """

    rows: np.ndarray
    outcome: np.ndarray
    learned: np.ndarray
    stopping: np.ndarray


def make_fold(window: Window, inputs: Inputs) -> Fold:
    """The fold of a window. Raises ModelError where fewer than MIN_ROWS rows have an outcome."""
    first = max(LOOKBACK - 1, TRADING_DAYS, len(window.settle) - MEMORY)
    rows = np.arange(len(window.settle) - 1 - STEP, first - 1, -STEP)[::-1]
    if len(rows) < MIN_ROWS:
        raise ModelError(f"{len(rows)} rows every {STEP} sessions, {MIN_ROWS} needed: the window is too short")
    outcome, ends = np.full((len(rows), len(SESSIONS)), np.nan), np.zeros((len(rows), len(SESSIONS)), int)
    for i, horizon in enumerate(SESSIONS):
        start, end = session_pairs(window, horizon)
        _, here, there = np.intersect1d(rows, start, assume_unique=True, return_indices=True)
        change = np.log(window.settle[end[there]] / window.settle[rows[here]])
        scores = (change - inputs.centre[rows[here], i]) / inputs.deviation[rows[here], i]
        outcome[here, i] = np.round(np.clip(scores, -CLIP, CLIP), DECIMALS)
        ends[here, i] = end[there]
    tail = rows[int(len(rows) * (1 - STOPPING))]
    known = np.isfinite(outcome)
    return Fold(rows, outcome, known & (ends <= tail), known & (rows >= tail)[:, None])


def past_quantiles(window: Window, deviation: np.ndarray, last: int) -> np.ndarray:
    """Quantiles of all past log changes known at row `last`, over their deviation (n, 5), median zero; (5, n_levels).

    What is said where a network has learned nothing, around any centre: exactly as GARCH-empirical-carry has them.
    Taking the centre off past changes too was no better on real prices (CRPS worse by 0.2 % at 3 to 12 months).
    """
    result = []
    for i, horizon in enumerate(SESSIONS):
        start, end = session_pairs(window, horizon)
        start, end = start[end <= last], end[end <= last]
        quantiles = np.quantile(np.log(window.settle[end] / window.settle[start]) / deviation[start, i], LEVELS)
        result.append(quantiles - quantiles[MEDIAN])
    return np.stack(result)


def sequences(scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The LOOKBACK sessions up to each of `rows` of scaled channels (n, k); (m, LOOKBACK, k)."""
    return np.stack([scores[row - LOOKBACK + 1 : row + 1] for row in rows])
