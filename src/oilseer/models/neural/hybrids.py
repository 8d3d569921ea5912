"""Residual hybrids: the path of a statistical model is the centre, and a network learns from what it left so far.

ARIMA, ETS and MSTL are those of the statistical tier, on log front prices. Their parameters are the fold's; their
states at each session follow from the prices up to it.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.neural.inputs import SESSIONS, Inputs, Parameters, deviations, learn_variance, log_realized
from oilseer.models.statistical import SESSIONS as FITTED
from oilseer.models.statistical import TABLE, WEEK


def learn_arima(window: Window) -> Parameters:
    """GARCH, and the autoregression of changes of ARIMA(1,1,0)."""
    return learn_variance(window) | {"ar": float(_fitted("ARIMA", window).model_["coef"]["ar1"])}


def read_arima(window: Window, parameters: Parameters) -> Inputs:
    """What ARIMA(1,1,0) expects: the last change fades by `ar` a session, and all of them add up."""
    logs, ar, steps = _logs(window), parameters["ar"], np.array(SESSIONS)
    change = np.concatenate([[0.0], np.diff(logs)])
    return _residuals(window, parameters, change[:, None] * ar * (1 - ar**steps) / (1 - ar), change * ar)


def learn_ets(window: Window) -> Parameters:
    """GARCH, and the smoothing of ETS with a damped trend."""
    level, trend, _, damping = (float(value) for value in _fitted("ETS", window).model_["par"][:4])
    return learn_variance(window) | {"level": level, "trend": trend, "damping": damping}


def read_ets(window: Window, parameters: Parameters) -> Inputs:
    """What ETS(A,Ad,N) expects: its level, and a trend that fades by `damping` a session (Hyndman et al. 2008)."""
    logs = _logs(window)
    share, pull, damping = parameters["level"], parameters["trend"], parameters["damping"]
    states = np.empty((len(logs), 2))
    level, trend = logs[0], 0.0
    for t, value in enumerate(logs):
        error = value - level - damping * trend
        level, trend = level + damping * trend + share * error, damping * trend + pull * error
        states[t] = level, trend
    away, trends = states[:, 0] - logs, states[:, 1]
    fading = damping * (1 - damping ** np.array(SESSIONS)) / (1 - damping)
    return _residuals(window, parameters, away[:, None] + trends[:, None] * fading, away + trends * damping)


def learn_mstl(window: Window) -> Parameters:
    """GARCH alone: the profile of the week is learned from the years before each year, the trend has no parameter."""
    return learn_variance(window)


def read_mstl(window: Window, parameters: Parameters) -> Inputs:
    """What MSTL expects: the profile of the week goes on around today's deseasonalised price.

    MSTL smooths from both sides. So that no past session knows its future, the profile of each year of sessions is
    that of the FITTED sessions before it; unknown in the first.
    """
    sessions = np.arange(len(window.settle))
    centre, next_one = np.full((len(sessions), len(SESSIONS)), np.nan), np.full(len(sessions), np.nan)
    for first in range(TRADING_DAYS, len(sessions), TRADING_DAYS):
        before = window.settle[max(0, first - FITTED) : first]
        profile = np.roll(_weekly_profile(np.log(before / before[0]).tobytes()), first % WEEK)
        year = sessions[first : first + TRADING_DAYS]
        now = profile[year % WEEK]
        centre[year] = profile[(year[:, None] + np.array(SESSIONS)) % WEEK] - now[:, None]
        next_one[year] = profile[(year + 1) % WEEK] - now
    return _residuals(window, parameters, centre, next_one)


@lru_cache(maxsize=128)  # a year's profile is asked for at every origin after it
def _weekly_profile(series: bytes) -> np.ndarray:
    """Season of a series of log prices, its first entry that of the session after the last; (WEEK,)."""
    fitted = TABLE["MSTL"].make().fit(np.frombuffer(series))
    return fitted.model_["seasonal"].to_numpy()[-WEEK:]


def _residuals(window: Window, parameters: Parameters, centre: np.ndarray, next_one: np.ndarray) -> Inputs:
    """Inputs of a network that sees what a path left: of the session before, and of each horizon's last outcome.

    centre    (n, 5) expected log change along HORIZONS;  next_one (n,) over the next session
    """
    logs = _logs(window)
    before, ahead = deviations(parameters, window)
    columns = {"residual": (np.diff(logs, prepend=np.nan) - np.concatenate([[np.nan], next_one[:-1]])) / before}
    columns["realized_21"] = log_realized(window)
    for i, horizon in enumerate(SESSIONS):
        left = np.full(len(logs), np.nan)
        left[horizon:] = (logs[horizon:] - logs[:-horizon] - centre[:-horizon, i]) / ahead[:-horizon, i]
        columns[f"error_{horizon}"] = left
    return Inputs(tuple(columns), np.column_stack(list(columns.values())), centre, ahead)


def _logs(window: Window) -> np.ndarray:
    return np.log(window.settle / window.settle[0])


def _fitted(name: str, window: Window) -> Any:
    """A model of the statistical tier on the last FITTED log prices."""
    return TABLE[name].make().fit(np.ascontiguousarray(_logs(window)[-FITTED:]))
