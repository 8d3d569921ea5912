"""Pure score functions for quantile forecasts; no skipping of NaN, no state.

Losses are in the unit of the outcome. Sources are named per function.
"""

from functools import cache

import numpy as np
from scipy import stats

from oilseer.errors import ShapeError
from oilseer.quantiles import LEVELS


def pinball_loss(outcome: np.ndarray, forecast: np.ndarray, levels=LEVELS) -> np.ndarray:
    """Pinball loss per outcome and level, in the unit of `outcome`; (n, n_levels).

    outcome   (n,)            NaN is refused, not skipped
    forecast  (n, n_levels)   non-decreasing along levels

    Raises ShapeError. Source: Koenker & Bassett (1978).
    """
    outcome, forecast, levels = np.asarray(outcome, float), np.asarray(forecast, float), np.asarray(levels, float)
    if forecast.shape != (len(outcome), len(levels)):
        raise ShapeError(f"forecast has shape {forecast.shape}, expected {(len(outcome), len(levels))}")
    if not (np.isfinite(outcome).all() and np.isfinite(forecast).all()):
        raise ShapeError("pinball loss needs finite outcomes and forecasts; drop unknown outcomes first")
    error = outcome[:, None] - forecast
    return np.maximum(levels * error, (levels - 1) * error)


def crps_weights(levels=LEVELS) -> np.ndarray:
    """Weights that turn pinball losses at `levels` into a CRPS; (n_levels,), sum near 1.

    CRPS = 2 ∫ pinball dα by the trapezoid rule, the loss being zero at levels 0 and 1.
    Source: Gneiting & Ranjan (2011), quantile decomposition.
    """
    padded = np.concatenate([[0.0], np.asarray(levels, float), [1.0]])
    return (padded[2:] - padded[:-2]) / 2


def crps(outcome: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score per outcome from nine quantiles; (n,), unit of outcome."""
    return 2 * pinball_loss(outcome, forecast) @ crps_weights()


def covered(outcome: np.ndarray, forecast: np.ndarray, low: float, high: float) -> np.ndarray:
    """Whether each outcome lies inside the band between two levels; (n,) bool."""
    outcome, forecast = np.asarray(outcome, float), np.asarray(forecast, float)
    return (outcome >= forecast[:, LEVELS.index(low)]) & (outcome <= forecast[:, LEVELS.index(high)])


def qlike(realized_variance: np.ndarray, forecast_variance: np.ndarray) -> np.ndarray:
    """QLIKE loss per outcome, 0 when perfect; (n,). Raises ShapeError unless both are positive.

    Source: Patton (2011), "Volatility forecast comparison using imperfect volatility proxies".
    """
    realized, forecast = np.asarray(realized_variance, float), np.asarray(forecast_variance, float)
    if not ((realized > 0).all() and (forecast > 0).all()):
        raise ShapeError("QLIKE needs positive variances")
    ratio = realized / forecast
    return ratio - np.log(ratio) - 1


def effective_outcomes(position: np.ndarray, horizon: int) -> int:
    """Number of outcomes that share no session, of origins at integer `position`s (sessions)."""
    count, free_from = 0, -np.inf
    for place in np.sort(position):
        if place >= free_from:
            count, free_from = count + 1, place + horizon
    return count


def overlap(position: np.ndarray, horizon: int) -> int:
    """How many consecutive origins' outcomes share sessions: the lag of the loss's dependence."""
    if len(position) < 2:
        return 1
    return max(1, int(np.ceil(horizon / np.median(np.diff(np.sort(position))))))


def diebold_mariano(loss: np.ndarray, reference: np.ndarray, lag: int) -> tuple[float, float]:
    """Statistic and two-sided p value that mean(loss − reference) is zero; negative favours `loss`.

    Newey-West variance over `lag` − 1 autocovariances (statsmodels), small-sample correction
    and Student's t. Source: Harvey, Leybourne & Newbold (1997).
    """
    import statsmodels.api as sm

    difference = np.asarray(loss, float) - np.asarray(reference, float)
    n = len(difference)
    if n < 3 or np.allclose(difference, 0):
        return 0.0, 1.0
    fit = sm.OLS(difference, np.ones(n)).fit(cov_type="HAC", cov_kwds={"maxlags": min(lag - 1, n - 2)})
    correction = np.sqrt(max((n + 1 - 2 * lag + lag * (lag - 1) / n) / n, 1 / n))
    statistic = float(fit.tvalues[0] * correction)
    return statistic, float(2 * stats.t.sf(abs(statistic), n - 1))


def skill_interval(
    loss: np.ndarray, reference: np.ndarray, lag: int, nominal: float = 0.9, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Block-bootstrap interval of the skill 1 − mean(loss) / mean(reference), as two ratios."""
    rows = _block_rows(len(loss), lag, draws, seed)
    skill = 1 - np.asarray(loss, float)[rows].mean(axis=1) / np.asarray(reference, float)[rows].mean(axis=1)
    return _central(skill, nominal)


def mean_interval(
    values: np.ndarray, lag: int, nominal: float = 0.9, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Block-bootstrap interval of mean(values), in their unit."""
    return _central(np.asarray(values, float)[_block_rows(len(values), lag, draws, seed)].mean(axis=1), nominal)


def running_interval(
    values: np.ndarray, lag: int, nominal: float = 0.9, draws: int = 1000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Block-bootstrap interval of the sum of `values` up to each of them, in their unit; two (n,).

    At each place the resampled sums, moved to where the sum stands; the last is n times `mean_interval`.
    """
    values = np.asarray(values, float)
    sums = values[_block_rows(len(values), lag, draws, seed)].cumsum(axis=1)
    tail = (1 - nominal) / 2
    low, high = np.quantile(sums, (tail, 1 - tail), axis=0)
    drift = values.cumsum() - values.mean() * np.arange(1, len(values) + 1)
    return low + drift, high + drift


def joint_intervals(
    values: np.ndarray, lag: int, nominal: float = 0.9, draws: int = 1000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of all column means of `values` (n, k) that hold together with probability `nominal`; two (k,).

    The max-statistic bootstrap: wide enough that the best of k columns may be picked after looking (White 2000;
    Romano & Wolf 2005). A column that never varies keeps its mean.
    """
    values = np.asarray(values, float)
    mean = values.mean(axis=0)
    means = values[_block_rows(len(values), lag, draws, seed)].mean(axis=1)
    error = means.std(axis=0)
    worst = np.max(np.abs(means - mean)[:, error > 0] / error[error > 0], axis=1, initial=0.0)
    width = float(np.quantile(worst, nominal)) * error
    return mean - width, mean + width


def shortfall_change_interval(
    values: np.ndarray, reference: np.ndarray, lag: int, nominal: float = 0.9, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Block-bootstrap interval of CVaR95(values) / CVaR95(reference) − 1, as two ratios.

    Draws in which the reference has no positive shortfall say nothing and are left out.
    """
    rows = _block_rows(len(values), lag, draws, seed)
    tails = [
        (expected_shortfall(values[row]), usual) for row in rows if (usual := expected_shortfall(reference[row])) > 0
    ]
    return _central(np.array([tail / usual - 1 for tail, usual in tails]), nominal)


def reality_check(reference: np.ndarray, losses: np.ndarray, lag: int, draws: int = 1000, seed: int = 0) -> float:
    """p value that no column of `losses` (n, k) is better on average than `reference` (n,), lower being better.

    Hansen's test for superior predictive ability (2005), a studentised reality check, by the `arch` library.
    """
    from arch.bootstrap import SPA

    test = SPA(reference, losses, block_size=_block(len(reference), lag), reps=draws, bootstrap="circular", seed=seed)
    test.compute()
    return float(test.pvalues["consistent"])


def best_set(losses: np.ndarray, lag: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """p value of each column of `losses` (n, k) that it belongs to the models of smallest expected loss; (k,).

    The model confidence set of Hansen, Lunde & Nason (2011), by the `arch` library, with the maximum statistic.
    """
    from arch.bootstrap import MCS

    test = MCS(
        losses, 0.1, reps=draws, block_size=_block(len(losses), lag), method="max", bootstrap="circular", seed=seed
    )
    test.compute()
    return test.pvalues["Pvalue"].reindex(range(losses.shape[1])).to_numpy(float)


def _block(n: int, lag: int) -> int:
    """Block length: at least `lag`, growing with n, and half of n at most."""
    return int(min(max(lag, np.ceil(n ** (1 / 3))), max(n // 2, 1)))


@cache
def _block_rows(n: int, lag: int, draws: int, seed: int) -> np.ndarray:
    """Resampled row numbers (draws, n) in circular blocks of at least `lag`, which keep the dependence
    of overlapping outcomes. Source: Politis & Romano (1992), by the `arch` library.
    """
    from arch.bootstrap import CircularBlockBootstrap

    bootstrap = CircularBlockBootstrap(_block(n, lag), np.arange(n), seed=np.random.default_rng(seed))
    return np.stack([draw[0][0] for draw in bootstrap.bootstrap(draws)])


def _central(values: np.ndarray, nominal: float) -> tuple[float, float]:
    tail = (1 - nominal) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)


def value_at_risk(values: np.ndarray, level: float = 0.95) -> float:
    """The value that is exceeded with probability 1 − `level`: a buyer's tail is the upper one."""
    return float(np.quantile(_draws(values, level), level))


def expected_shortfall(values: np.ndarray, level: float = 0.95) -> float:
    """Mean of the largest 1 − `level` of equally likely `values` (CVaR of the upper tail), in their unit.

    The value at the edge counts with the fraction of its weight that lies in the tail.
    Source: Acerbi & Tasche (2002); equals the minimum of Rockafellar & Uryasev (2000).
    """
    worst = np.sort(_draws(values, level))[::-1]
    weights = np.clip((1 - level) * len(worst) - np.arange(len(worst)), 0, 1)
    return float(worst @ weights / weights.sum())


def _draws(values: np.ndarray, level: float) -> np.ndarray:
    """`values` as floats. Raises ShapeError for NaN, none at all, or a level outside (0, 1)."""
    values = np.asarray(values, float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not 0 < level < 1:
        raise ShapeError(
            f"risk needs finite values (n,) and a level in (0, 1); got shape {values.shape}, level {level}"
        )
    return values


def kupiec(exceeded: np.ndarray, probability: float) -> tuple[float, float]:
    """Likelihood ratio and p value that exceedances (n,) bool come with `probability`: unconditional coverage.

    Chi-square with one degree of freedom. Raises ShapeError for none at all or a probability outside (0, 1).
    Source: Kupiec (1995).
    """
    exceeded = np.asarray(exceeded, bool)
    if not len(exceeded) or not 0 < probability < 1:
        raise ShapeError(f"{len(exceeded)} exceedances at probability {probability}: expected some, within (0, 1)")
    n, hits = len(exceeded), int(exceeded.sum())
    ratio = 2 * (_bernoulli(hits, n - hits, hits / n) - _bernoulli(hits, n - hits, probability))
    return float(ratio), float(stats.chi2.sf(ratio, 1))


def christoffersen(exceeded: np.ndarray) -> tuple[float, float]:
    """Likelihood ratio and p value that an exceedance is as likely after another as after none: independence.

    exceeded  (n,) bool, in the order of time, outcomes that share no session

    Chi-square with one degree of freedom; 0 and 1 where nothing was exceeded. Raises ShapeError for fewer than two.
    Source: Christoffersen (1998).
    """
    exceeded = np.asarray(exceeded, bool)
    if len(exceeded) < 2:
        raise ShapeError(f"{len(exceeded)} exceedances: independence needs two outcomes or more")
    before, after = exceeded[:-1], exceeded[1:]
    counts = [[int((after[before == was] == now).sum()) for now in (False, True)] for was in (False, True)]
    apart = sum(_bernoulli(hit, miss, hit / max(hit + miss, 1)) for miss, hit in counts)
    hits, n = int(after.sum()), len(after)
    ratio = max(0.0, 2 * (apart - _bernoulli(hits, n - hits, hits / n)))
    return float(ratio), float(stats.chi2.sf(ratio, 1))


def _bernoulli(hits: int, misses: int, probability: float) -> float:
    """Log likelihood of hits and misses; an outcome that did not happen counts nothing, whatever its probability."""
    return float((hits and hits * np.log(probability)) + (misses and misses * np.log1p(-probability)))
