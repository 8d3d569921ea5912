"""A handful of predictors with an economic reason and a sign each, linear, and shrunk hard towards carry.

The front's log change over a horizon, less carry and over the volatility of late, is regressed on standardised
predictors. The signs are set before any data: a slope that the data would turn round is zero. Prices are close
to a random walk, so the prior says that each predictor explains little; the posterior says no more than the
outcomes that share no session allow.
"""

from dataclasses import dataclass

import numpy as np
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


@dataclass(frozen=True)
class Slopes:
    """What was learned for one horizon. Arrays are (k,) along PREDICTORS.

    slope  standard deviations of the outcome for one standard deviation of the predictor, in its own sign
    shift  what each predictor adds to the expected log change of the front today
    """

    slope: np.ndarray
    shift: np.ndarray


def learn_slopes(window: Window, horizon: int) -> Slopes:
    """Posterior mode of the slopes under their signs, from outcomes known at the window's end.

    Ridge with non-negative coefficients on sign-turned predictors: with rows every STEP sessions, each worth
    STEP / horizon of an independent outcome, and a normal prior of standard deviation PRIOR_SLOPE · √(horizon / 21).
    Raises ModelError where fewer than 30 past changes are known.
    """
    known = np.column_stack([_standardised(window, predictor) for predictor in PREDICTORS])
    rows, outcome, deviation = scaled_outcomes(window, horizon)
    worth = np.sqrt(min(1.0, STEP / horizon))
    prior = np.eye(len(PREDICTORS)) / (PRIOR_SLOPE * np.sqrt(horizon / 21))
    slope, _ = nnls(
        np.vstack([known[rows] * worth, prior]), np.concatenate([outcome * worth, np.zeros(len(PREDICTORS))])
    )
    signs = np.array([predictor.sign for predictor in PREDICTORS])
    return Slopes(slope * signs, slope * known[-1] * deviation)


def scaled_outcomes(window: Window, horizon: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Past outcomes every STEP sessions: rows (m,), what carry left of their log change over its volatility (m,).

    And that volatility today (log change over `horizon`, ratio). Raises ModelError where it is unknown, or where
    fewer than 30 past changes are known.
    """
    deviation = _volatility(window) * np.sqrt(horizon)
    if not np.isfinite(deviation[-1]):
        raise ModelError(f"no volatility at {window.dates[-1]}: a return of the past {VOLATILITY_SESSIONS} is unknown")
    start, end = session_pairs(window, horizon)
    start, end = start[::-STEP][::-1], end[::-STEP][::-1]
    drift = np.nan_to_num(roll_yield(window)[start]) * horizon / TRADING_DAYS
    outcome = (np.log(window.settle[end] / window.settle[start]) - drift) / deviation[start]
    usable = np.isfinite(outcome)
    return start[usable], outcome[usable], float(deviation[-1])


def drivers(window: Window, seed: int) -> Answer:
    """Drivers-ridge: the distribution of GARCH-empirical-carry, moved by what the predictors expect."""
    unmoved = garch_empirical(window, seed)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        shifts = np.array([learn_slopes(window, horizon).shift.sum() for horizon in horizons])
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
    if name != "Drivers-ridge":
        raise ConfigError(f"no drivers model {name!r}; there is Drivers-ridge")
    return LocalModel(name, drivers)
