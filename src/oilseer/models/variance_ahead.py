"""Expected variance of the sessions to come, at every session of a window: GARCH family, HAR, log-linear, average.

Made from roll-adjusted returns, hourly bars where there are any, the VIX and the calendar. A variance is that of the
log return over the sessions `first` + 1 … `stop` ahead (ratio, their sum); parameters come from the first `learned`
rows only, so that later rows are honest forecasts of a model that is not refitted.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.garch import KINDS, Garch, _step, fit_garch, variance_path

Ahead = Callable[[int, int], np.ndarray]  # (first, stop) → (n,) along the window's rows

HOURLY = "volatility_realized_hourly_ratio"
VIX = "volatility_vix_points"
TO_REPORT = "season_to_wasde_days"
TO_DELIVERY = "season_to_delivery_days"

MEMORIES = (5, 21, 63, 252)  # sessions: week, month, quarter, year, as in HAR-empirical-carry
HOURLY_MEMORIES = (1, 5, 21)
LEAST_VARIANCE = 1e-6  # a tenth of a percent a session: quieter pasts count as this quiet
WEATHER_PEAK = 196  # day of the year, 15 July: silking of corn, flowering of beans
DAYS_A_SESSION = 365.25 / TRADING_DAYS
USUAL_VIX, USUAL_DELIVERY = 20.0, 45.0  # points, days: what an unknown one counts as
PRIOR_SLOPE, UNEXPLAINED = 0.25, 0.5  # standard deviations of a slope, and of log variance that no model explains
VIX_BOUNDS = (5.0, 100.0)  # points: it has been at 9 and at 83
MIN_OUTCOMES = 250
KNOWN_SHARE = 0.8
ROUNDS, SETTLED = 500, 1e-6


def learn(name: str, window: Window, learned: int | None = None) -> Ahead:
    """The expected variances of the model called `name`, fitted on the first `learned` rows (None: all).

    Raises ConfigError for an unknown name, ModelError where the rows are too few.
    """
    if name not in LEARN:
        raise ConfigError(f"no variance model {name!r}; there are {', '.join(LEARN)}")
    return LEARN[name](window, len(window.returns) if learned is None else learned)


def _garch(kind: str, window: Window, learned: int) -> Ahead:
    """GARCH family on all known returns, filtered on with the parameters of the first `learned` rows."""
    known = np.isfinite(window.returns)
    returns = window.returns[known]
    seen = int(known[:learned].sum())
    model = filtered(fit_garch(returns[:seen], kind), returns[seen:])
    place = np.maximum(np.cumsum(known) - 1, 0)

    def ahead(first: int, stop: int) -> np.ndarray:
        return variance_path(model, stop)[:, first:].sum(axis=1)[place] / 1e4

    return ahead


def filtered(model: Garch, returns: np.ndarray) -> Garch:
    """`model` run on over later daily log `returns` (m,) with its parameters unchanged."""
    variance = list(model.next_variance)
    for percent in np.asarray(returns, float) * 100:
        variance.append(float(_step(model, percent, variance[-1])))
    return replace(model, next_variance=np.array(variance))


def _regression(design: Callable[[Window, int, int], np.ndarray], window: Window, learned: int) -> Ahead:
    """A log-linear regression of the variance to come, one a span."""
    squared = np.nan_to_num(window.returns) ** 2
    total = np.concatenate([[0.0], np.cumsum(squared)])

    def ahead(first: int, stop: int) -> np.ndarray:
        columns = design(window, first, stop)
        ended = max(learned - stop, 0)  # rows whose outcome lies within the rows that may be learned from
        rows = np.flatnonzero(np.isfinite(columns[:ended]).all(axis=1))
        if len(rows) < MIN_OUTCOMES:
            raise ModelError(f"{len(rows)} variances over {stop} sessions, {MIN_OUTCOMES} needed: lengthen the window")
        outcome = total[rows + stop + 1] - total[rows + first + 1]
        slopes = fit_log_linear(columns[rows], outcome, stop)
        return np.exp(slopes[0] + columns @ slopes[1:])

    return ahead


def fit_log_linear(columns: np.ndarray, outcome: np.ndarray, overlap: int) -> np.ndarray:
    """Constant and slopes b ≥ 0 (k + 1,) of E[outcome] = exp(b₀ + columns · b), by the loss that judges it.

    columns  (m, k)  signs turned so that each is believed to raise variance; a slope the data would turn is zero
    outcome  (m,)    variances, zero allowed
    overlap          rows that share outcomes: m / overlap count as independent

    Least QLIKE, a gamma regression with a logarithmic link, needs no logarithm of a variance that came out zero, and
    its forecasts are right on average. Slopes have a normal prior around zero. Raises ModelError without convergence.
    Source: McCullagh & Nelder (1989); Patton & Sheppard (2009) for QLIKE.
    """
    if not outcome.mean() > 0:
        raise ModelError(f"the price stood still in all {len(outcome)} outcomes: there is no variance to learn")
    kept = np.arange(columns.shape[1])
    penalty = overlap * (UNEXPLAINED / PRIOR_SLOPE) ** 2
    while True:
        design = np.column_stack([np.ones(len(columns)), columns[:, kept]])
        ridge = np.diag([0.0, *np.full(len(kept), penalty)])
        slopes = _score(design, outcome, ridge)
        if not (slopes[1:] < 0).any():
            break
        kept = np.delete(kept, np.argmin(slopes[1:]))
    result = np.zeros(columns.shape[1] + 1)
    result[0], result[1 + kept] = slopes[0], slopes[1:]
    return result


def _score(design: np.ndarray, outcome: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """Fisher scoring, whose information matrix never changes under this link; (k + 1,).

    The loss is convex, and a step that does not lower it is halved.
    """

    def loss(slopes: np.ndarray) -> float:
        expected = design @ slopes
        return float((outcome * np.exp(-expected) + expected).sum() + slopes @ ridge @ slopes / 2)

    inverse = np.linalg.inv(design.T @ design + ridge)
    slopes = inverse @ (design.T @ np.log(outcome + outcome.mean()))
    now = loss(slopes)
    for _ in range(ROUNDS):
        step = inverse @ (design.T @ (outcome * np.exp(-design @ slopes) - 1) - ridge @ slopes)
        step /= max(1.0, np.abs(step).max())
        if np.abs(step).max() < SETTLED:
            return slopes + step
        while (then := loss(slopes + step)) > now and np.abs(step).max() >= SETTLED:
            step /= 2
        slopes, now = slopes + step, then
    raise ModelError(f"the regression of {len(outcome)} variances did not settle in {ROUNDS} rounds")


def har_columns(window: Window, first: int, stop: int) -> np.ndarray:
    """Log variances of the past week to year, and what hourly bars of day, week and month say beyond the month; (n, 7).

    NaN before a year of returns; 0 where the bars are unknown. Source: Corsi (2009).
    """
    past = [np.log(np.maximum(_mean(window.returns**2, n), LEAST_VARIANCE)) for n in MEMORIES]
    hourly = window.feature(HOURLY) ** 2 / TRADING_DAYS
    inside = [np.log(np.maximum(_mean(hourly, n), LEAST_VARIANCE)) - past[1] for n in HOURLY_MEMORIES]
    return np.column_stack([*past, *np.nan_to_num(inside)])


def log_linear_columns(window: Window, first: int, stop: int) -> np.ndarray:
    """HAR's columns, then VIX, weather season, WASDE in the span and nearness of delivery, each said to raise variance.

    (n, 11). The calendar of the span is known at each row: WASDE comes by USDA's rule (features/policy.py), and the
    season is its mean over the span.
    """
    ahead = np.ceil(window.feature(TO_REPORT) * 5 / 7)  # sessions; 0 is today's, seen at the close
    calendar = [
        np.nan_to_num(np.log(np.clip(window.feature(VIX), *VIX_BOUNDS) / USUAL_VIX)),
        weather_season(window.dates, first, stop),
        ((ahead > first) & (ahead <= stop)).astype(float),
        np.nan_to_num((USUAL_DELIVERY - window.feature(TO_DELIVERY)) / 100),
    ]
    return np.column_stack([har_columns(window, first, stop), *calendar])


def weather_season(dates: np.ndarray, first: int, stop: int) -> np.ndarray:
    """Mean over a span of a yearly wave that is 1 on 15 July and −1 in mid January; (n,)."""
    of_year = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(float) + 1
    start, end = (2 * np.pi * (of_year + n * DAYS_A_SESSION - WEATHER_PEAK) / 365.25 for n in (first + 0.5, stop + 0.5))
    return (np.sin(end) - np.sin(start)) / (end - start)


def _mean(values: np.ndarray, sessions: int) -> np.ndarray:
    """Mean of the known among the last `sessions` values; (n,), NaN where fewer than four in five are known."""
    known = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    result = np.full(len(values), np.nan)
    if len(values) >= sessions:
        number = count[sessions:] - count[:-sessions]
        enough = number >= max(1, KNOWN_SHARE * sessions)
        result[sessions - 1 :] = np.where(
            enough, (total[sessions:] - total[:-sessions]) / np.maximum(number, 1), np.nan
        )
    return result


def _average(window: Window, learned: int) -> Ahead:
    """Geometric mean of GARCH, HAR and log-linear: three kinds of memory, none of them trusted alone."""
    parts = [learn(name, window, learned) for name in AVERAGED]
    return lambda first, stop: np.exp(np.mean([np.log(part(first, stop)) for part in parts], axis=0))


AVERAGED = ("GARCH", "HAR", "Log-linear")
LEARN: dict[str, Callable[[Window, int], Ahead]] = {
    **{kind: partial(_garch, kind) for kind in KINDS},
    "HAR": partial(_regression, har_columns),
    "Log-linear": partial(_regression, log_linear_columns),
    "Average": _average,
}
