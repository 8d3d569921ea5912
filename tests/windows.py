"""Simulated windows with a known truth, for tests of models; no real market rows."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from oilseer.models.base import Window
from oilseer.models.zoo import ENTRIES

CURVE_SLOPE = "curve_slope_annualized_ratio"
CURVE_SPAN = "curve_span_days"
HOURLY_VOLATILITY = "volatility_realized_hourly_ratio"
OTHERS = tuple(
    sorted({name for entry in ENTRIES for name in entry.reads} - {CURVE_SLOPE, CURVE_SPAN, HOURLY_VOLATILITY})
)
DAILY = 0.015  # standard deviation of daily log returns
START = 50.0  # ¢/lb
ROLL_EVERY = 42  # sessions a contract is held


def make_window(
    n: int = 1500, seed: int = 0, stochastic: bool = True, slope: float = 0.06, rolls: bool = True
) -> Window:
    """Window of `n` sessions: a driftless log random walk from 50 ¢/lb.

    stochastic   log variance follows an AR(1) and returns are fat-tailed; otherwise normal with constant 1.5 %
    rolls        every 42 sessions the front price jumps by 0.4 % (one standard deviation), which no holder earns
    slope        curve slope at every session (ratio a year); NaN for no second contract

    Its features are the curve slope, a noisy measure of each session's true volatility, 61 days of curve, and
    noise for all else that a model reads.
    """
    rng = np.random.default_rng(seed)
    log_variance = np.zeros(n)
    if stochastic:
        shocks = rng.standard_normal(n)
        for t in range(1, n):
            log_variance[t] = 0.98 * log_variance[t - 1] + 0.15 * shocks[t]
    daily = DAILY * np.exp(log_variance / 2)
    score = rng.standard_t(6, n) * np.sqrt(4 / 6) if stochastic else rng.standard_normal(n)
    returns = daily * score
    jumps = np.where(np.arange(n) % ROLL_EVERY == ROLL_EVERY - 1, 0.004 * rng.standard_normal(n), 0)
    settle = START * np.exp(np.cumsum(returns + (jumps if rolls else 0)))
    returns[0] = np.nan
    hourly = daily * np.sqrt(252) * np.exp(0.2 * rng.standard_normal(n))
    dates = np.datetime64("2012-01-02") + np.arange(n)
    return Window(
        cutoff=datetime(2022, 5, 2, 21, tzinfo=UTC),
        dates=dates,
        session=np.arange(n),
        settle=settle,
        returns=returns,
        features=np.column_stack([np.full(n, slope), hourly, np.full(n, 61.0), rng.standard_normal((n, len(OTHERS)))]),
        names=(CURVE_SLOPE, HOURLY_VOLATILITY, CURVE_SPAN, *OTHERS),
    )


def scaled(window: Window, factor: float) -> Window:
    """The same window with every price multiplied by `factor`."""
    return Window(
        window.cutoff,
        window.dates,
        window.session,
        window.settle * factor,
        window.returns,
        window.features,
        window.names,
    )


def cut(window: Window, end: int) -> Window:
    """What was known at row `end` − 1: the first `end` rows, copied."""
    return Window(
        window.cutoff,
        window.dates[:end].copy(),
        window.session[:end].copy(),
        window.settle[:end].copy(),
        window.returns[:end].copy(),
        window.features[:end].copy(),
        window.names,
    )


def planted_window(
    names: tuple[str, ...], planted: str, slope: float, n: int = 5000, last: float = 2.0, seed: int = 3
) -> Window:
    """Window whose daily returns of 1 % follow one feature, around 0.4 in steps of 0.05; the others are noise.

    slope  deviations of the next session's return for one deviation of the persistent (0.99) driver
    last   where the driver stands at the end, in its deviations
    """
    rng = np.random.default_rng(seed)
    driver = np.zeros(n)
    for t in range(1, n):
        driver[t] = 0.99 * driver[t - 1] + np.sqrt(1 - 0.99**2) * rng.standard_normal()
    driver[-1] = last
    returns = 0.01 * (rng.standard_normal(n) + slope * np.roll(driver, 1))
    returns[0] = np.nan
    features = rng.standard_normal((n, len(names)))
    features[:, names.index(planted)] = 0.4 + 0.05 * driver
    settle = START * np.exp(np.cumsum(np.nan_to_num(returns)))
    return replace(make_window(n, rolls=False), settle=settle, returns=returns, features=features, names=names)
