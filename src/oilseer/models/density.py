"""Whole price distributions from volatility, history, carry and value.

They use settles and roll-adjusted returns of the full window; unit ¢/lb. Carry needs no fitted number: if
futures prices are fair, the held contract has no drift, and the front price drifts by what its rolls add.
"""

from collections.abc import Callable

import numpy as np

from oilseer.errors import ConfigError
from oilseer.models.base import TRADING_DAYS, Window, session_pairs
from oilseer.models.garch import Garch, fit_garch, simulate_log_changes, variance_path
from oilseer.models.local import Answer, LocalModel, empirical_spread
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN

PATHS = 10_000
HAR_SESSIONS = (5, 21, 63, 252)
VARIANCE_FLOOR = 1e-8  # a session without a move has a logarithm all the same
VALUE_SESSIONS = 5 * TRADING_DAYS
VALUE_SHRINK = 0.5  # half of what the past says: slopes fitted on overlapping changes are too steep


def b0_long(window: Window, seed: int) -> Answer:
    """B0-long: B0 on everything the window holds, 55 years where there are so many."""
    return _moved(window, lambda horizon: empirical_spread(window, horizon), None)


def b0_carry(window: Window, seed: int) -> Answer:
    """B0-carry: B0-long around a median that follows the roll yield."""
    return _moved(window, lambda horizon: empirical_spread(window, horizon), carry)


def garch_long(window: Window, seed: int) -> Answer:
    """GARCH-t-long: the simulation of B1 with parameters from all known returns."""
    return _moved(window, _simulated(window, seed), None)


def garch_carry(window: Window, seed: int) -> Answer:
    """GARCH-t-carry: GARCH-t-long around a median that follows the roll yield."""
    return _moved(window, _simulated(window, seed), carry)


def garch_carry_value(window: Window, seed: int) -> Answer:
    """GARCH-t-carry-value: GARCH-t-carry with half of what value has said about the rest of the change."""
    return _moved(window, _simulated(window, seed), carry_and_value)


def garch_empirical(window: Window, seed: int) -> Answer:
    """GARCH-empirical-carry: past h-session changes over their GARCH volatility, times today's; with carry."""
    return _moved(window, _scaled(window, 1.0), carry)


def garch_empirical_half(window: Window, seed: int) -> Answer:
    """GARCH-empirical-half-carry: the same with the square root of the volatility ratio.

    Volatility today says less about a year than about a week; the root forgets half of it.
    """
    return _moved(window, _scaled(window, 0.5), carry)


def har_empirical(window: Window, seed: int) -> Answer:
    """HAR-empirical-carry: past h-session changes over the volatility a HAR regression expected, times today's.

    Log variance of the next h returns on log variances of the past week, month, quarter and year: memory on
    several scales where GARCH has one (Corsi 2009). With carry.
    """
    return _moved(window, lambda horizon: _standardised(window, horizon, har_deviation(window, horizon)), carry)


def carry(window: Window, horizon: int) -> float:
    """Expected log change of the front over `horizon` sessions: the past year's roll yield, pro rata; 0 if unknown.

    A year holds each roll of the season once. Source: the unbiased futures price, as in Fama & French (1987).
    """
    yearly = roll_yield(window)[-1]
    return float(yearly * horizon / TRADING_DAYS) if np.isfinite(yearly) else 0.0


def carry_and_value(window: Window, horizon: int) -> float:
    """Carry, and half the past slope of what it left unexplained on value (log change; 0 if unknown).

    Through the origin: at its 5-year mean nothing more is expected (Asness, Moskowitz & Pedersen 2013).
    """
    cheapness, yearly = value(window), roll_yield(window)
    expected = carry(window, horizon)
    start, end = session_pairs(window, horizon)
    seen = np.isfinite(cheapness[start]) & np.isfinite(yearly[start])
    if seen.sum() < VALUE_SESSIONS or not np.isfinite(cheapness[-1]):
        return expected
    x = cheapness[start][seen]
    rest = np.log(window.settle[end] / window.settle[start])[seen] - yearly[start][seen] * horizon / TRADING_DAYS
    return expected + float(VALUE_SHRINK * (x @ rest) / (x @ x) * cheapness[-1])


def roll_yield(window: Window) -> np.ndarray:
    """Log change of the front price less that of the held contract over the past 252 rows; (n,).

    NaN before, and where one of these 252 returns is unknown: the price move of that session would pass for a roll.
    """
    level = np.log(window.settle) - np.cumsum(np.nan_to_num(window.returns))
    unknown = np.cumsum(~np.isfinite(window.returns))
    result = np.full(len(level), np.nan)
    complete = unknown[TRADING_DAYS:] == unknown[:-TRADING_DAYS]
    result[TRADING_DAYS:] = np.where(complete, level[TRADING_DAYS:] - level[:-TRADING_DAYS], np.nan)
    return result


def value(window: Window) -> np.ndarray:
    """Minus log price over its mean of the past 5 years; (n,), NaN before."""
    logs = np.log(window.settle)
    total = np.concatenate([[0.0], np.cumsum(logs)])
    result = np.full(len(logs), np.nan)
    mean = (total[VALUE_SESSIONS:] - total[:-VALUE_SESSIONS]) / VALUE_SESSIONS
    result[VALUE_SESSIONS - 1 :] = mean - logs[VALUE_SESSIONS - 1 :]
    return result


def _moved(window: Window, spread: Callable[[int], np.ndarray], shift: Callable[[Window, int], float] | None) -> Answer:
    """Last settle × exp(spread + shift): `spread` gives quantiles of log changes (n_levels,) for a horizon."""

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        moves = [spread(h) + (shift(window, h) if shift else 0.0) for h in horizons]
        return window.settle[-1] * np.exp(np.stack(moves))

    return answer


def _simulated(window: Window, seed: int) -> Callable[[int], np.ndarray]:
    """Quantiles of log changes from simulated GARCH-t paths, median zero."""
    model, longest = fit_garch(window.known_returns()), tuple(HORIZONS.values())
    changes = dict(zip(longest, simulate_log_changes(model, longest, PATHS, seed), strict=True))

    def spread(horizon: int) -> np.ndarray:
        found = changes.get(horizon)
        if found is None:
            found = simulate_log_changes(model, (horizon,), PATHS, seed)[0]
        return np.quantile(found, LEVELS)

    return spread


def _scaled(window: Window, power: float) -> Callable[[int], np.ndarray]:
    """Quantiles of past log changes scaled to today's GARCH volatility to a `power`, median zero."""
    known = np.isfinite(window.returns)
    model = fit_garch(window.returns[known])
    place = np.maximum(np.cumsum(known) - 1, 0)  # row of each session among the known returns
    return lambda horizon: _standardised(window, horizon, horizon_variance(model, horizon)[place] ** (power / 2))


def _standardised(window: Window, horizon: int, deviation: np.ndarray) -> np.ndarray:
    """Quantiles of past log changes over their expected `deviation` (n,), times today's; median zero; (n_levels,)."""
    start, end = session_pairs(window, horizon)
    usable = np.isfinite(deviation[start])
    start, end = start[usable], end[usable]
    scores = np.log(window.settle[end] / window.settle[start]) / deviation[start]
    quantiles = np.quantile(scores, LEVELS)
    return (quantiles - quantiles[MEDIAN]) * deviation[-1]


def horizon_variance(model: Garch, horizon: int) -> np.ndarray:
    """Expected variance of the return over the next `horizon` sessions at each session; (n,), percent²."""
    persistence = model.shock + model.asymmetry / 2 + model.memory
    if abs(1 - persistence) < 1e-6:
        return variance_path(model, 1)[:, 0] * horizon
    level = model.omega / (1 - persistence)
    return horizon * level + (model.next_variance - level) * (1 - persistence**horizon) / (1 - persistence)


def har_deviation(window: Window, horizon: int) -> np.ndarray:
    """Expected standard deviation of the next `horizon` returns at each session, up to a factor; (n,), NaN at first.

    Fitted by least squares on the pairs that ended by the origin.
    """
    squared = np.nan_to_num(window.returns) ** 2
    total = np.concatenate([[0.0], np.cumsum(squared)])
    columns = [np.ones(len(squared))]
    for sessions in HAR_SESSIONS:
        mean = np.full(len(squared), np.nan)
        mean[sessions - 1 :] = (total[sessions:] - total[:-sessions]) / sessions
        columns.append(np.log(mean + VARIANCE_FLOOR))
    known = np.column_stack(columns)
    start, end = session_pairs(window, horizon)
    usable = np.isfinite(known[start]).all(axis=1)
    ahead = np.log((total[end + 1] - total[start + 1])[usable] / horizon + VARIANCE_FLOOR)
    slope = np.linalg.lstsq(known[start][usable], ahead, rcond=None)[0]
    return np.exp(known @ slope / 2)


LEARN = {
    "B0-long": b0_long,
    "B0-carry": b0_carry,
    "GARCH-t-long": garch_long,
    "GARCH-t-carry": garch_carry,
    "GARCH-t-carry-value": garch_carry_value,
    "GARCH-empirical-carry": garch_empirical,
    "GARCH-empirical-half-carry": garch_empirical_half,
    "HAR-empirical-carry": har_empirical,
}


def make(name: str) -> LocalModel:
    """The density model called `name`. Raises ConfigError for an unknown one."""
    if name not in LEARN:
        raise ConfigError(f"no density model {name!r}; there are {', '.join(LEARN)}")
    return LocalModel(name, LEARN[name])
