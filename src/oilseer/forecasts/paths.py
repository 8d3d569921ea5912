"""Daily price paths (¢/lb) that reproduce the published quantiles at every published horizon.

Made from a base simulation with volatility clustering, whose ranks are mapped to the forecast.
"""

import numpy as np

from oilseer.errors import ShapeError
from oilseer.quantiles import QuantileForecast, price_at

# Student-t GARCH(1, 1) of ZL's roll-adjusted daily returns 2010 to 2025 (arch, 3,759 returns): 0.038, 0.958, 12.8.
REACTION, MEMORY, DEGREES = 0.04, 0.955, 12.0


def draw_paths(
    spot: float,
    forecast: QuantileForecast,
    daily_volatility: np.ndarray | float,
    seed: int,
    n: int = 10_000,
    sessions: int = 252,
) -> np.ndarray:
    """Price paths in ¢/lb from the origin on; (n, sessions + 1), column t is t sessions ahead, column 0 the spot.

    spot              front price at the origin, ¢/lb
    forecast          published quantiles; its last horizon must reach `sessions`
    daily_volatility  standard deviation of daily log returns (ratio): a number, or (sessions,) along
                      the sessions ahead. Only its shape over time matters, as the published
                      quantiles set the width: a constant of any size gives the same paths.

    1. Base paths are a t-GARCH around `daily_volatility`: they bring clustering and the dependence
       between horizons (their copula).
    2. At each session the k-th lowest of n base paths gets the price at probability (k − ½) / n of that
       session's distribution. At a published horizon this is the published distribution
       (quantiles.price_at), so quantiles are met to the order of 1 / n, whatever the base is.
    3. Between horizons log median and squared log deviation from it, per probability, run linearly in the
       base variance passed: variance grows with time as for returns without memory, and ranks never cross.

    For risk only: the paths hold no view beyond the published quantiles. The same seed gives the same
    paths. Raises ShapeError for a spot, volatility or forecast that cannot be used.
    """
    variance = _variance(daily_volatility, sessions)
    return fit_to_forecast(_base_returns(variance, n, seed), spot, forecast, variance)


def fit_to_forecast(base: np.ndarray, spot: float, forecast: QuantileForecast, variance: np.ndarray) -> np.ndarray:
    """Paths with the forecast's distributions and the ranks of `base` at every session; (n, sessions + 1), ¢/lb.

    base      (sessions, n)  cumulative log returns of any simulation
    variance  (sessions,)    expected variance of each session's log return: how it passes between horizons

    Steps 2 and 3 of `draw_paths`. Raises ShapeError for a spot or forecast that cannot be used.
    """
    sessions, n = base.shape
    if not (np.isfinite(spot) and spot > 0):
        raise ShapeError(f"spot is {spot}, expected a positive price in ¢/lb")
    if max(forecast.horizons) < sessions:
        raise ShapeError(f"forecast ends at horizon {max(forecast.horizons)}, {sessions} sessions asked: ask fewer")
    if (forecast.values <= 0).any():
        raise ShapeError("forecast holds prices that are not positive: paths live in log prices")
    order = np.argsort(base, axis=1)
    median, spread = _distributions(spot, forecast, variance, n, sessions)
    paths = np.empty((sessions + 1, n))
    paths[0] = spot
    np.put_along_axis(paths[1:], order, np.exp(median[1:, None] + spread[1:]), axis=1)
    return np.ascontiguousarray(paths.T)


def _variance(daily_volatility: np.ndarray | float, sessions: int) -> np.ndarray:
    """Daily variance along the sessions; (sessions,)."""
    volatility = np.asarray(daily_volatility, float)
    if volatility.shape not in ((), (sessions,)) or not (np.isfinite(volatility).all() and (volatility > 0).all()):
        raise ShapeError(
            f"daily volatility has shape {volatility.shape}, expected one positive number or ({sessions},) of them"
        )
    return np.broadcast_to(volatility**2, (sessions,))


def _base_returns(variance: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Cumulative log returns of a t-GARCH(1, 1) whose variance averages `variance`; (sessions, n)."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(DEGREES, (len(variance), n)) * np.sqrt((DEGREES - 2) / DEGREES)
    state = np.ones(n)  # variance over its average; starts at the average, as daily_volatility is today's
    for row, scale in zip(shocks, np.sqrt(variance), strict=True):
        squared = row**2
        row *= scale * np.sqrt(state)
        state = (1 - REACTION - MEMORY) + state * (REACTION * squared + MEMORY)
    return np.cumsum(shocks, axis=0, out=shocks)


def _distributions(
    spot: float, forecast: QuantileForecast, variance: np.ndarray, n: int, sessions: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log median (sessions + 1,) and deviations of n equally likely log prices (sessions + 1, n) per session."""
    by_time = np.argsort(forecast.horizons)
    horizons = np.array([0, *np.array(forecast.horizons)[by_time]])
    probability = (np.arange(n) + 0.5) / n
    curves = np.array([price_at(row, np.append(probability, 0.5)) for row in forecast.values[by_time]])
    logs = np.vstack([np.full(n + 1, np.log(spot)), np.log(curves)])
    squares = np.sign(logs[:, :-1] - logs[:, -1:]) * (logs[:, :-1] - logs[:, -1:]) ** 2
    passed = np.append(0.0, np.cumsum(variance))
    passed = np.append(passed, passed[-1] + variance[-1] * np.arange(1, horizons[-1] - sessions + 1))
    right = np.maximum(np.searchsorted(horizons, np.arange(sessions + 1)), 1)
    start, end = passed[horizons[right - 1]], passed[horizons[right]]
    weight = (passed[: sessions + 1] - start) / (end - start)
    median = logs[right - 1, -1] * (1 - weight) + logs[right, -1] * weight
    squared = squares[right - 1] * (1 - weight)[:, None] + squares[right] * weight[:, None]
    return median, np.sign(squared) * np.sqrt(np.abs(squared))
