"""The volatility engine: nine quantiles of realized volatility (ratio, annualised) at each horizon.

Realized volatility of horizon h is the sample standard deviation of the 21 daily returns that end h
sessions ahead. Every model forecasts its logarithm at all past origins of the window too; the forecast
is the one at the last origin times the empirical quantiles of past relative errors at that horizon,
which carry its bias (a mean variance is not a median) as well as its spread.
"""

from functools import partial
from typing import Any

import numpy as np
from statsforecast import models as sf

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import TRADING_DAYS, VOLATILITY_SESSIONS, Window, realized_volatility
from oilseer.models.garch import fit_garch, variance_path
from oilseer.models.local import Answer, LocalModel
from oilseer.quantiles import LEVELS

SESSIONS = 2520  # ten years: many past errors, and none from a market that is gone
MIN_ERRORS = 40
HOURLY = "volatility_realized_hourly_ratio"
COMPONENTS = (1, 5, VOLATILITY_SESSIONS)  # sessions of a day, a week, a month


def _log_realized(returns: np.ndarray) -> np.ndarray:
    """Log realized volatility ending at each session; (n,), NaN before the 21st return.

    Raises ModelError where 21 sessions in a row did not move at all.
    """
    realized = realized_volatility(returns)
    if (realized == 0).any():
        raise ModelError(f"price stood still for {VOLATILITY_SESSIONS} sessions: realized volatility has no logarithm")
    return np.log(realized)


def _with_past_errors(log_forecast: np.ndarray, log_realized: np.ndarray, horizon: int) -> np.ndarray:
    """Quantiles exp(last forecast + quantiles of past errors); both arguments (n,), NaN = none at that origin.

    Raises ModelError where fewer than 40 past errors are known.
    """
    errors = log_realized[horizon:] - log_forecast[:-horizon]
    errors = errors[np.isfinite(errors)]
    if len(errors) < MIN_ERRORS:
        raise ModelError(f"{len(errors)} past errors over {horizon} sessions, {MIN_ERRORS} needed: lengthen the window")
    return np.exp(log_forecast[-1] + np.quantile(errors, LEVELS))


def _garch(kind: str, window: Window, seed: int) -> Answer:
    """GARCH family: squared returns already known, then the expected variance path, over the 21 sessions."""
    returns = window.known_returns()[-SESSIONS:]
    model = fit_garch(returns, kind)
    log_realized = _log_realized(returns)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        path = variance_path(model, max(horizons)) / 1e4
        return np.stack([
            _with_past_errors(0.5 * np.log(expected_variance(returns, path, h)), log_realized, h) for h in horizons
        ])  # fmt: skip

    return answer


def expected_variance(returns: np.ndarray, path: np.ndarray, horizon: int) -> np.ndarray:
    """Expected annualised variance of the 21 sessions ending `horizon` ahead, at every origin; (n,).

    returns  (n,)         daily log returns
    path     (n, steps)   expected variance 1 … steps sessions ahead of each origin; steps ≥ horizon

    For h < 21 the last 21 − h squared returns are known already; NaN where they reach before the start.
    """
    ahead = path[:, max(horizon - VOLATILITY_SESSIONS, 0) : horizon].sum(axis=1)
    behind = max(VOLATILITY_SESSIONS - horizon, 0)
    known = np.concatenate([[0.0], np.cumsum(returns**2)])
    past = np.full(len(returns), np.nan)
    past[max(behind - 1, 0) :] = known[max(behind, 1) :] - known[: len(known) - max(behind, 1)] if behind else 0.0
    return (past + ahead) / VOLATILITY_SESSIONS * TRADING_DAYS


SERIES = 1000  # sessions of log realized volatility that ETS and ARIMA see
STRIDE, FORWARD = 10, 250  # past origins: every tenth session, run on the 250 before it


def _series_model(make: Any, window: Window, seed: int) -> Answer:
    """AutoETS or ARIMA on log realized volatility: fitted once, then run forward at past origins unchanged."""
    log_realized = _log_realized(window.known_returns())
    series = log_realized[np.isfinite(log_realized)][-SERIES:]
    if len(series) < FORWARD + MIN_ERRORS:
        raise ModelError(f"{len(series)} realized volatilities, {FORWARD + MIN_ERRORS} needed: lengthen the window")
    fitted = make().fit(series)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        steps = np.array(horizons) - 1
        forecasts = np.full((len(series), len(horizons)), np.nan)
        forecasts[-1] = fitted.predict(max(horizons))["mean"][steps]
        for origin in range(FORWARD, len(series) - 1, STRIDE):
            past = np.ascontiguousarray(series[origin - FORWARD + 1 : origin + 1])
            forecasts[origin] = fitted.forward(past, max(horizons))["mean"][steps]
        return np.stack([_with_past_errors(column, series, h) for column, h in zip(forecasts.T, horizons, strict=True)])

    return answer


def _har(window: Window, seed: int) -> Answer:
    """HAR: log volatility h ahead on log volatility of the last day, week and month, one regression a horizon.

    What is regressed is the part of the 21 sessions that is still to come; squared returns already known are
    added to it, as in the GARCH family.

    Daily variance is the realized variance from hourly bars where the whole window has it at the origin
    and on 500 sessions or more, squared daily returns otherwise. Source: Corsi (2009), in logarithms.
    """
    known = np.isfinite(window.returns)  # a session without a return would blank the 20 after it
    returns = window.returns[known]
    log_realized = _log_realized(returns)
    logs = har_components(_daily_variance(window)[known])

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        rows = []
        for h in horizons:
            to_come = _log_mean(returns**2 * TRADING_DAYS, min(h, VOLATILITY_SESSIONS))
            coefficients = har_coefficients(logs, to_come, h)
            variance = np.exp(2 * (coefficients[0] + logs @ coefficients[1:])) / TRADING_DAYS
            expected = expected_variance(returns, np.repeat(variance[:, None], h, axis=1), h)
            rows.append(_with_past_errors(0.5 * np.log(expected), log_realized, h))
        return np.stack(rows)

    return answer


def _daily_variance(window: Window) -> np.ndarray:
    """Variance of each session, annualised; (n,), NaN where unknown."""
    if HOURLY in window.names:
        hourly = window.feature(HOURLY) ** 2
        if np.isfinite(hourly[-VOLATILITY_SESSIONS:]).all() and np.isfinite(hourly).sum() >= 500:
            return hourly
    return window.returns**2 * TRADING_DAYS


def har_components(variance: np.ndarray) -> np.ndarray:
    """Log volatility of the last day, week and month at each session; (n, 3), NaN where not complete."""
    return np.column_stack([_log_mean(variance, sessions) for sessions in COMPONENTS])


def _log_mean(variance: np.ndarray, sessions: int) -> np.ndarray:
    """Log of the root of the mean of the last `sessions` variances; (n,), NaN where not complete.

    Sessions without movement have no logarithm: means below their 5 % quantile (single days) or their
    smallest positive value are raised to it. Raises ModelError where nothing ever moved.
    """
    mean = np.full(len(variance), np.nan)
    if len(variance) >= sessions:
        mean[sessions - 1 :] = np.lib.stride_tricks.sliding_window_view(variance, sessions).mean(axis=1)
    positive = mean[mean > 0]
    if not len(positive):
        raise ModelError(f"no variance known over {sessions} sessions: HAR has nothing to learn from")
    return 0.5 * np.log(np.maximum(mean, np.quantile(positive, 0.05) if sessions == 1 else positive.min()))


def har_coefficients(logs: np.ndarray, to_come: np.ndarray, horizon: int) -> np.ndarray:
    """Least-squares constant and three slopes of `to_come` (n,) on `logs` (n, 3) `horizon` sessions before; (4,)."""
    known = np.isfinite(logs[:-horizon]).all(axis=1) & np.isfinite(to_come[horizon:])
    if known.sum() < MIN_ERRORS:
        raise ModelError(f"{known.sum()} pairs over {horizon} sessions, {MIN_ERRORS} needed: lengthen the window")
    design = np.column_stack([np.ones(known.sum()), logs[:-horizon][known]])
    return np.linalg.lstsq(design, to_come[horizon:][known], rcond=None)[0]


LEARN = {
    "GARCH": partial(_garch, "GARCH"),
    "GJR-GARCH": partial(_garch, "GJR-GARCH"),
    "EGARCH": partial(_garch, "EGARCH"),
    "AutoETS-RV": partial(_series_model, sf.AutoETS),
    "ARIMA-RV": partial(_series_model, partial(sf.ARIMA, (1, 0, 1))),
    "HAR-RV": _har,
}


def make(name: str) -> LocalModel:
    """The volatility model called `name`. Raises ConfigError for an unknown one."""
    if name not in LEARN:
        raise ConfigError(f"no volatility model {name!r}; there are {', '.join(LEARN)}")
    return LocalModel(name, LEARN[name])
