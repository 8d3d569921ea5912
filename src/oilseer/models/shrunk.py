"""The random walk, moved by as much as few old ideas have earned: drift with a tight normal prior around none.

Closed form: the log change of the front, over the volatility of late, is regressed on inputs whose zero means
"nothing to expect"; the prior holds each slope near zero, and only outcomes that share no session loosen it.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.benchmarks import CALENDAR_DAYS, CURVE_SLOPE, CURVE_SPAN
from oilseer.models.density import carry, garch_empirical, roll_yield, value
from oilseer.models.drivers import CLIP, PRIOR_SLOPE, STEP, scaled_outcomes
from oilseer.models.local import Answer, LocalModel

BASIS_SESSIONS = 5 * TRADING_DAYS  # the basis is held against its mean of so long
BASIS_KNOWN = 2 * TRADING_DAYS  # sessions with two contracts among them before that mean is believed
LEAST = 1e-9  # an input smaller than this is zero and rounding
CARRY, VALUE, MOMENTUM = "carry", "tech_value_1260_ratio", "tech_momentum_252_ratio"


def walk_drift(window: Window, horizon: int) -> dict[str, float]:
    """Expected log change of the front by its reason: carry, value, momentum; none where they say nothing."""
    yearly = roll_yield(window)
    held = np.full(len(yearly), np.nan)
    held[TRADING_DAYS:] = np.log(window.settle[TRADING_DAYS:] / window.settle[:-TRADING_DAYS])
    inputs = np.column_stack([_about_zero(column) for column in (yearly, value(window), held - yearly)])
    moves = posterior_drift(window, horizon, inputs, np.zeros(len(yearly)))
    return dict(zip((CARRY, VALUE, MOMENTUM), moves.tolist(), strict=True))


def basis_drift(window: Window, horizon: int) -> float:
    """Expected log change of the front: the curve as B2 follows it, and what the basis has since earned by reverting.

    Raises ModelError where there is no second contract at the origin.
    """
    slope, span = window.feature(CURVE_SLOPE), window.feature(CURVE_SPAN) / CALENDAR_DAYS
    followed = slope * np.minimum(horizon / TRADING_DAYS, span)
    if not np.isfinite(followed[-1]):
        raise ModelError(f"B2-basis at {window.dates[-1]}: no second contract at this origin, so no curve to follow")
    departure = _about_zero(slope - _mean_of_late(slope))
    return float(followed[-1] + posterior_drift(window, horizon, departure[:, None], followed)[0])


def posterior_drift(window: Window, horizon: int, inputs: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """What each input (n, k) adds to the `expected` (n,) log change of the front today; (k,).

    Normal prior of mean zero and standard deviation PRIOR_SLOPE · √(horizon / 21) a slope, normal outcomes of which
    each is worth STEP / horizon: the posterior mean in closed form. Raises ModelError as `scaled_outcomes` does.
    """
    rows, outcome, deviation = scaled_outcomes(window, horizon, expected)
    worth, known = min(1.0, STEP / horizon), inputs[rows]
    precision = worth * known.T @ known + np.eye(inputs.shape[1]) / (PRIOR_SLOPE**2 * horizon / 21)
    slope = np.linalg.solve(precision, worth * known.T @ outcome)
    return slope * inputs[-1] * deviation


def _about_zero(column: np.ndarray) -> np.ndarray:
    """A column over its root mean square, clipped, not centred: its zero means something; 0 where unknown."""
    there = np.isfinite(column)
    size = np.sqrt(np.mean(column[there] ** 2)) if there.any() else 0.0
    if size < LEAST:
        return np.zeros(len(column))
    return np.clip(np.where(there, column, 0.0) / size, -CLIP, CLIP)


def _mean_of_late(column: np.ndarray) -> np.ndarray:
    """Mean of the known ones of the last BASIS_SESSIONS; (n,), NaN where fewer than BASIS_KNOWN are known."""
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(column))])
    count = np.concatenate([[0], np.cumsum(np.isfinite(column))])
    last = np.arange(1, len(total))
    first = np.maximum(last - BASIS_SESSIONS, 0)
    known = count[last] - count[first]
    return np.where(known >= BASIS_KNOWN, (total[last] - total[first]) / np.maximum(known, 1), np.nan)


def _moved(drift: Callable[[Window, int], float], window: Window, seed: int) -> Answer:
    """The distribution of GARCH-empirical-carry around the drift in place of carry."""
    carried = garch_empirical(window, seed)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        moves = np.array([drift(window, horizon) - carry(window, horizon) for horizon in horizons])
        return carried(horizons) * np.exp(moves)[:, None]

    return answer


DRIFT: dict[str, Callable[[Window, int], float]] = {
    "Walk-shrunk": lambda window, horizon: sum(walk_drift(window, horizon).values()),
    "B2-basis": basis_drift,
}


def make(name: str) -> LocalModel:
    """The model called `name`. Raises ConfigError for an unknown one."""
    if name not in DRIFT:
        raise ConfigError(f"no shrunk model {name!r}; there are {', '.join(DRIFT)}")
    return LocalModel(name, partial(_moved, DRIFT[name]))
