"""The true outlook: mean, standard deviation and quantiles of log(front price h sessions later / now).

The yardstick for coverage: no forecast from the raw rows alone can know more than this.
"""

from dataclasses import replace

import numpy as np

from oilseer.market import sessions
from oilseer.simulate import volatility as model
from oilseer.simulate.complex import CARRY_HALF_LIFE, CARRY_WEIGHT, FRONT_LOADING, LEVEL_HALF_LIFE, prices
from oilseer.simulate.contracts import delivery_day
from oilseer.simulate.truth import Driver, Truth


def true_mean(truth: Truth, day: object, horizon: int) -> float:
    """Mean of the change: the way back to the mean, the step to the coming front, and what signals promise."""
    if truth.null:
        return 0.0
    place, factors = truth.place(day), truth.factors
    number = int(sessions.number(truth.dates[place])[0])
    fronts = np.array([truth.deliveries.front(number), truth.deliveries.front(number + horizon)])
    fade = 2.0 ** -np.array([[0, horizon / LEVEL_HALF_LIFE], [0, horizon / CARRY_HALF_LIFE]])
    expected = replace(factors, level=factors.level[place] * fade[0], carry=factors.carry[place] * fade[1])
    left = truth.deliveries.expiry[fronts] - np.array([number, number + horizon])
    delivery = delivery_day(truth.deliveries.month[fronts])
    now, later = prices(expected, np.array([0, 1]), left, delivery)["ZL"]
    promised = sum(driver.built_up(horizon) * truth.signals[driver.name][place] for driver in _adding(truth))
    return float(later - now + promised)


def true_sd(truth: Truth, day: object, horizon: int) -> float:
    """Standard deviation of the change given the latent state at `day`; log.

    Exact for volatility; movements of the signals enter by the memory of each driver.
    """
    if truth.null:
        return float(model.NULL_SD * horizon**0.5)
    ahead = np.arange(1, horizon + 1)
    variance = model.expected_variance(truth.volatility, _following(truth, day, horizon), truth.place(day), ahead)
    return float(np.sqrt((variance * _loading(truth, horizon) ** 2).sum() + _signal_variance(truth, horizon)))


def true_quantiles(
    truth: Truth, day: object, horizon: int, levels: np.ndarray, paths: int = 4000, seed: int = 0
) -> np.ndarray:
    """Quantiles of the change, by drawing regimes, clusters and shocks from the state at `day`; (len(levels),)."""
    random = np.random.default_rng([truth.seed, seed, horizon])
    if truth.null:
        from scipy.stats import norm

        return norm.ppf(levels) * true_sd(truth, day, horizon)
    place, days = truth.place(day), _following(truth, day, horizon)
    season, report, loading = model.season(days), model.report_days(days), _loading(truth, horizon)
    steps = np.cumsum(model.SWITCH, axis=1)
    regime = np.full(paths, truth.volatility.regime[place])
    cluster = np.full(paths, truth.volatility.cluster[place])
    keep, spread = model.CLUSTER_PERSISTENCE, model.CLUSTER_SD
    total = _signal_variance(truth, horizon) ** 0.5 * random.standard_normal(paths)
    for step in range(horizon):
        regime = (random.random(paths)[:, None] >= steps[regime, :2]).sum(axis=1)
        cluster = keep * cluster + spread * (1 - keep**2) ** 0.5 * random.standard_normal(paths)
        sd = model.REGIME_SD[regime] * np.exp(cluster - spread**2) * season[step]
        shock = sd * random.standard_t(model.FREEDOM, paths) * (1 - 2 / model.FREEDOM) ** 0.5
        total += loading[step] * (shock + report[step] * model.REPORT_SD * random.standard_normal(paths))
    return true_mean(truth, day, horizon) + np.quantile(total, levels)


def _following(truth: Truth, day: object, horizon: int) -> np.ndarray:
    """The `horizon` sessions after `day`, which may lie beyond the simulated ones."""
    first = int(sessions.number(truth.dates[truth.place(day)])[0]) + 1
    return sessions.sessions()[first : first + horizon]


def _loading(truth: Truth, horizon: int) -> np.ndarray:
    """What a unit of each session's shock leaves in the log price at the horizon; (horizon,).

    Fades towards the mean, more slowly in the level than in the carry; signals that follow the price
    (crowding) take a part back.
    """
    to_come = horizon - np.arange(1, horizon + 1)
    slow = FRONT_LOADING * 2.0 ** (-to_come / LEVEL_HALF_LIFE)
    taken = sum(
        d.follow * d.persistence**d.delay * d.built_up(np.maximum(to_come - d.delay, 0))
        for d in truth.drivers
        if d.follow
    )
    back = taken / float(np.mean(truth.daily_sd))
    short = 2.0 ** (-(to_come + 35) / CARRY_HALF_LIFE)
    return np.sqrt((1 - CARRY_WEIGHT**2) * (slow + back) ** 2 + CARRY_WEIGHT**2 * short**2)


def _signal_variance(truth: Truth, horizon: int) -> float:
    """Variance of what the signals add beyond what their present values promise."""
    ahead = np.arange(1, horizon)
    own = ((d, (1 - d.persistence**2) * d.size**2 - d.follow**2) for d in _adding(truth))
    return float(sum(variance * (driver.built_up(ahead) ** 2).sum() for driver, variance in own))


def _adding(truth: Truth) -> list[Driver]:
    return [driver for driver in truth.drivers if driver.lag == 1 and driver.adds_drift]
