"""Whole price distributions from volatility, history and two old ideas: carry and value.

They use settles and roll-adjusted returns of the full window; unit ¢/lb. Medians move little: what
can be known about soybean oil is mostly how far it may go, hardly where.
"""

import numpy as np

from oilseer.errors import ConfigError
from oilseer.models.base import TRADING_DAYS, Window, session_pairs
from oilseer.models.garch import Garch, fit_garch, simulate_log_changes, variance_path
from oilseer.models.local import Answer, LocalModel, empirical_spread
from oilseer.quantiles import LEVELS, MEDIAN

PATHS = 10_000
VALUE_SESSIONS = 5 * TRADING_DAYS
SHRINK = 0.5  # half of what the past says: in-sample slopes on overlapping changes are too steep


def long_no_change(window: Window, seed: int) -> Answer:
    """B0-long: B0 on everything the window holds, 55 years where there are so many."""

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        return window.settle[-1] * np.exp(np.stack([empirical_spread(window, h) for h in horizons]))

    return answer


def garch_long(window: Window, seed: int) -> Answer:
    """GARCH-t-long: the simulation of B1 with parameters from all known returns."""
    return _shifted(window, seed, None)


def garch_carry(window: Window, seed: int) -> Answer:
    """GARCH-t-carry: GARCH-t-long with a median moved by the roll yield of the past year.

    Roll yield = change of the front price − return of the held contract: positive when the curve was
    in contango. Backwardation precedes falls of the front (Erb & Harvey 2006); half the slope is used.
    """
    return _shifted(window, seed, roll_yield(window))


def garch_value(window: Window, seed: int) -> Answer:
    """GARCH-t-value: GARCH-t-long with a median moved by value, minus log price over its 5-year mean.

    Long horizons revert (Asness, Moskowitz & Pedersen 2013); half the slope is used.
    """
    return _shifted(window, seed, value(window))


def garch_empirical(window: Window, seed: int) -> Answer:
    """GARCH-empirical: past h-session changes over their GARCH volatility, times today's."""
    return _scaled(window, 1.0)


def garch_empirical_half(window: Window, seed: int) -> Answer:
    """GARCH-empirical-half: as GARCH-empirical with the square root of the volatility ratio.

    Volatility today says less about a year than about a week; the root forgets half of it.
    """
    return _scaled(window, 0.5)


def roll_yield(window: Window) -> np.ndarray:
    """Log change of the front price less that of the held contract over the past 252 rows; (n,), NaN before."""
    level = np.log(window.settle) - np.cumsum(np.nan_to_num(window.returns))
    result = np.full(len(level), np.nan)
    result[TRADING_DAYS:] = level[TRADING_DAYS:] - level[:-TRADING_DAYS]
    return result


def value(window: Window) -> np.ndarray:
    """Minus log price over its mean of the past 5 years; (n,), NaN before."""
    logs = np.log(window.settle)
    total = np.concatenate([[0.0], np.cumsum(logs)])
    result = np.full(len(logs), np.nan)
    mean = (total[VALUE_SESSIONS:] - total[:-VALUE_SESSIONS]) / VALUE_SESSIONS
    result[VALUE_SESSIONS - 1 :] = mean - logs[VALUE_SESSIONS - 1 :]
    return result


def predicted_change(window: Window, predictor: np.ndarray, horizon: int) -> float:
    """Expected log change over `horizon` sessions: shrunken slope through the origin × predictor today.

    No intercept: with the predictor at zero nothing is expected. 0 where the predictor is unknown today.
    """
    if not np.isfinite(predictor[-1]):
        return 0.0
    start, end = session_pairs(window, horizon)
    seen = np.isfinite(predictor[start])
    x, y = predictor[start][seen], np.log(window.settle[end][seen] / window.settle[start][seen])
    if len(x) < TRADING_DAYS * 5:
        return 0.0
    return float(SHRINK * (x @ y) / (x @ x) * predictor[-1])


def _shifted(window: Window, seed: int, predictor: np.ndarray | None) -> Answer:
    model = fit_garch(window.known_returns())

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        changes = np.quantile(simulate_log_changes(model, horizons, PATHS, seed), LEVELS, axis=1).T
        if predictor is not None:
            changes = changes + np.array([[predicted_change(window, predictor, h)] for h in horizons])
        return window.settle[-1] * np.exp(changes)

    return answer


def _scaled(window: Window, power: float) -> Answer:
    known = np.isfinite(window.returns)
    model = fit_garch(window.returns[known])
    place = np.cumsum(known) - 1  # row of each session among the known returns

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        return window.settle[-1] * np.exp(np.stack([_one(window, model, place, h, power) for h in horizons]))

    return answer


def _one(window: Window, model: Garch, place: np.ndarray, horizon: int, power: float) -> np.ndarray:
    """Quantiles of log changes over one horizon, scaled to today's volatility and with median zero."""
    start, end = session_pairs(window, horizon)
    usable = place[start] >= 0
    start, end = start[usable], end[usable]
    deviation = np.sqrt(horizon_variance(model, horizon))
    typical = np.median(deviation)
    changes = np.log(window.settle[end] / window.settle[start])
    scores = np.quantile(changes / (deviation[place[start]] / typical) ** power, LEVELS)
    return (scores - scores[MEDIAN]) * (deviation[-1] / typical) ** power


def horizon_variance(model: Garch, horizon: int) -> np.ndarray:
    """Expected variance of the return over the next `horizon` sessions at each session; (n,), percent²."""
    persistence = model.shock + model.asymmetry / 2 + model.memory
    if abs(1 - persistence) < 1e-6:
        return variance_path(model, 1)[:, 0] * horizon
    level = model.omega / (1 - persistence)
    return horizon * level + (model.next_variance - level) * (1 - persistence**horizon) / (1 - persistence)


LEARN = {
    "B0-long": long_no_change,
    "GARCH-t-long": garch_long,
    "GARCH-t-carry": garch_carry,
    "GARCH-t-value": garch_value,
    "GARCH-empirical": garch_empirical,
    "GARCH-empirical-half": garch_empirical_half,
}


def make(name: str) -> LocalModel:
    """The density model called `name`. Raises ConfigError for an unknown one."""
    if name not in LEARN:
        raise ConfigError(f"no density model {name!r}; there are {', '.join(LEARN)}")
    return LocalModel(name, LEARN[name])
