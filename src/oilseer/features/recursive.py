"""Averages that carry a memory, from arrays to arrays; each value uses its own row and earlier ones only."""

from itertools import accumulate

import numpy as np


def ema(values: np.ndarray, span: int) -> np.ndarray:
    """Exponential average with weight 2 / (span + 1), from the first value on; (n,), NaN for the first span − 1."""
    weight = 2 / (span + 1)
    out = np.fromiter(accumulate(values.tolist(), lambda state, value: state + weight * (value - state)), float)
    out[: span - 1] = np.nan
    return out


def wilder_rsi(values: np.ndarray, sessions: int = 14) -> np.ndarray:
    """Relative strength index, 0 to 100, with Wilder's smoothing; (n,), NaN for the first `sessions`.

    The first average is the plain mean of `sessions` gains and losses, later ones move by 1 / sessions.
    Without any move it is 50. Source: Wilder (1978).
    """
    out = np.full(len(values), np.nan)
    steps = np.diff(values).tolist()
    if len(steps) < sessions:
        return out
    gain = sum(max(step, 0.0) for step in steps[:sessions]) / sessions
    loss = sum(max(-step, 0.0) for step in steps[:sessions]) / sessions
    for i in range(sessions, len(values)):
        if i > sessions:
            step = steps[i - 1]
            gain += (max(step, 0.0) - gain) / sessions
            loss += (max(-step, 0.0) - loss) / sessions
        out[i] = 100 * gain / (gain + loss) if gain + loss > 0 else 50.0
    return out


def wilder_mean(values: np.ndarray, sessions: int) -> np.ndarray:
    """Wilder's average: the plain mean of the first `sessions` values, then moving by 1 / sessions; (n,).

    A NaN leaves the average where it is and is NaN itself. Source: Wilder (1978).
    """
    out = np.full(len(values), np.nan)
    total, seen, state = 0.0, 0, float("nan")
    for i, value in enumerate(values.tolist()):
        if value != value:
            continue
        seen += 1
        if seen <= sessions:
            total += value
            state = total / sessions
        else:
            state += (value - state) / sessions
        if seen >= sessions:
            out[i] = state
    return out


def hysteresis(score: np.ndarray, enter: tuple[float, ...], leave: tuple[float, ...]) -> np.ndarray:
    """State 0, 1, 2 …: up when the score passes `enter`, down only when it falls below `leave`; (n,).

    enter, leave  (n_states − 1,) increasing, leave below enter: between the two the state stays.
    NaN scores keep the state; NaN before the first score.
    """
    out = np.full(len(score), np.nan)
    ups = np.searchsorted(enter, score, side="left").tolist()  # bounds below the score
    downs = np.searchsorted(leave, score, side="right").tolist()
    state = None
    for i in np.flatnonzero(~np.isnan(score)).tolist():
        state = ups[i] if state is None else min(max(state, ups[i]), downs[i])
        out[i] = state
    given = np.maximum.accumulate(np.where(np.isnan(out), -1, np.arange(len(out))))
    return np.where(given >= 0, out[given], np.nan)
