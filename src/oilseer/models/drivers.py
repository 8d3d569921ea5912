"""A handful of predictors with an economic reason and a sign each, linear, and shrunk hard towards carry.

The front's log change over a horizon, less carry and over the volatility of late, is regressed on standardised
predictors. The signs are set before any data: a slope that the data would turn round is zero. Prices are close
to a random walk, so the prior says that each predictor explains little; the posterior says no more than the
outcomes that share no session allow. Ridge and the elastic net differ in the prior's shape alone.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import nnls

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import TRADING_DAYS, Window, session_pairs
from oilseer.models.density import garch_empirical, roll_yield
from oilseer.models.local import Answer, LocalModel
from oilseer.models.predictors import PREDICTORS, Predictor

PRIOR_SLOPE = 0.05  # standard deviation of a slope at a month: R² of a quarter of a percent a predictor
STEP = 5  # sessions between rows: neighbours share most of their outcome
VOLATILITY_SESSIONS = 63
MIN_KNOWN = 5 * TRADING_DAYS  # sessions of a predictor before it is believed
CLIP = 2.5  # standard deviations: beyond, a predictor says no more
# share of the log prior that is Laplace, of the same deviation; the rest is normal. Half lets weak predictors be zero
LAPLACE = {"Drivers-ridge": 0.0, "Drivers-elastic-net": 0.5}


@dataclass(frozen=True)
class Slopes:
    """What was learned for one horizon. Arrays are (k,) along PREDICTORS.

    slope  standard deviations of the outcome for one standard deviation of the predictor, in its own sign
    shift  what each predictor adds to the expected log change of the front today
    """

    slope: np.ndarray
    shift: np.ndarray


def learn_slopes(window: Window, horizon: int, laplace: float = 0.0) -> Slopes:
    """Posterior mode of the slopes under their signs, from outcomes known at the window's end.

    Rows every STEP sessions are each worth STEP / horizon of an independent outcome; the prior has standard
    deviation PRIOR_SLOPE · √(horizon / 21) a slope, and `laplace` says its shape (see LAPLACE).
    Raises ModelError where fewer than 30 past changes are known.
    """
    known = np.column_stack([_standardised(window, predictor) for predictor in PREDICTORS])
    rows, outcome, deviation = scaled_outcomes(window, horizon)
    slope = posterior_mode(known[rows], outcome, min(1.0, STEP / horizon), PRIOR_SLOPE * np.sqrt(horizon / 21), laplace)
    signs = np.array([predictor.sign for predictor in PREDICTORS])
    return Slopes(slope * signs, slope * known[-1] * deviation)


def posterior_mode(
    known: np.ndarray, outcome: np.ndarray, worth: float, deviation: float, laplace: float
) -> np.ndarray:
    """Non-negative slopes (k,) of `outcome` (m,) on `known` (m, k), each row worth `worth` of an outcome.

    Minimises worth/2 · |outcome − known·b|² + (1 − laplace)/2 · |b|²/deviation² + laplace · √2 · Σb/deviation, the
    elastic net of Zou & Hastie (2005), exactly: completing the square leaves non-negative least squares.
    """
    precision = worth * known.T @ known + (1 - laplace) / deviation**2 * np.eye(known.shape[1])
    root = np.linalg.cholesky(precision)
    pull = worth * known.T @ outcome - laplace * np.sqrt(2) / deviation
    return nnls(root.T, solve_triangular(root, pull, lower=True))[0]


def scaled_outcomes(
    window: Window, horizon: int, expected: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Past outcomes every STEP sessions: rows (m,), what was not expected of their log change over its volatility (m,).

    And that volatility today (log change over `horizon`, ratio). `expected` (n,) is the log change over `horizon`
    seen from each session, NaN for no outcome; None for carry. Raises ModelError where the volatility is unknown,
    or where fewer than 30 past changes are known.
    """
    if expected is None:
        expected = np.nan_to_num(roll_yield(window)) * horizon / TRADING_DAYS
    deviation = _volatility(window) * np.sqrt(horizon)
    if not np.isfinite(deviation[-1]):
        raise ModelError(f"no volatility at {window.dates[-1]}: a return of the past {VOLATILITY_SESSIONS} is unknown")
    start, end = session_pairs(window, horizon)
    start, end = start[::-STEP][::-1], end[::-STEP][::-1]
    outcome = (np.log(window.settle[end] / window.settle[start]) - expected[start]) / deviation[start]
    usable = np.isfinite(outcome)
    return start[usable], outcome[usable], float(deviation[-1])


def drivers(laplace: float, window: Window, seed: int) -> Answer:
    """The distribution of GARCH-empirical-carry, moved by what the predictors expect."""
    unmoved = garch_empirical(window, seed)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        shifts = np.array([learn_slopes(window, horizon, laplace).shift.sum() for horizon in horizons])
        return unmoved(horizons) * np.exp(shifts)[:, None]

    return answer


def _standardised(window: Window, predictor: Predictor) -> np.ndarray:
    """A predictor over its mean and deviation in the window, turned by its sign, clipped; 0 where unknown or young."""
    column = window.feature(predictor.name)
    there = np.isfinite(column)
    if there.sum() < MIN_KNOWN or column[there].std() == 0:
        return np.zeros(len(column))
    scores = (column - column[there].mean()) / column[there].std()
    return np.where(there, np.clip(scores, -CLIP, CLIP), 0.0) * predictor.sign


def _volatility(window: Window) -> np.ndarray:
    """Standard deviation a session of the last VOLATILITY_SESSIONS returns about zero; (n,), NaN before."""
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(window.returns) ** 2)])
    result = np.full(len(window.returns), np.nan)
    result[VOLATILITY_SESSIONS:] = np.sqrt(
        (total[VOLATILITY_SESSIONS + 1 :] - total[1:-VOLATILITY_SESSIONS]) / VOLATILITY_SESSIONS
    )
    return np.where(result > 0, result, np.nan)


def make(name: str) -> LocalModel:
    """The model called `name`. Raises ConfigError for an unknown one."""
    if name not in LAPLACE:
        raise ConfigError(f"no drivers model {name!r}; there are {', '.join(LAPLACE)}")
    return LocalModel(name, partial(drivers, LAPLACE[name]))
