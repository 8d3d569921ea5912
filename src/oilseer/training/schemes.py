"""Ways to weigh and pool the members of a combination, from past out-of-fold quantiles alone.

Each scheme takes what was known at an origin and returns weights (n_members,) that sum to 1, none over CAP. They are
compared in `compare`; the published combination uses `equal`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.stats import norm

from oilseer.metrics import crps
from oilseer.quantiles import LEVELS
from oilseer.training.combine import CAP

PICKS = 20  # of the greedy scheme: weights in steps of a twentieth
LEARNED_LEVELS = (1, 4, 7)  # places of 5, 50 and 95 % among LEVELS, on which linear pooling is fitted
GRID = 512  # prices at which the distribution of a linear pool is evaluated


@dataclass(frozen=True)
class Past:
    """What a scheme may learn from: forecasts of the members whose outcome was known.

    quantiles  (n, n_members, n_levels) log of quantile over spot
    outcome    (n,) log of outcome over spot
    closeness  (n,) similarity of each past origin's regime to today's
    """

    quantiles: np.ndarray
    outcome: np.ndarray
    closeness: np.ndarray

    def loss(self, pooled: np.ndarray) -> float:
        """Mean CRPS of log quantiles (n, n_levels), origins of today's regime weighing more."""
        return float(crps(self.outcome, pooled) @ self.closeness / self.closeness.sum())


def equal(past: Past) -> np.ndarray:
    """The same weight for each: hard to beat on few outcomes (Stock & Watson 2004)."""
    members = past.quantiles.shape[1]
    return np.full(members, 1 / members)


def inverse_pinball(past: Past) -> np.ndarray:
    """Weights in proportion to one over past loss (Bates & Granger 1969, without covariances)."""
    return capped(1 / np.array([past.loss(past.quantiles[:, m]) for m in range(past.quantiles.shape[1])]))


def greedy(past: Past) -> np.ndarray:
    """The member that helps the pool most is added, PICKS times, again if it helps again (Caruana et al. 2004)."""
    members = past.quantiles.shape[1]
    count, total = np.zeros(members), np.zeros_like(past.quantiles[:, 0])
    for pick in range(1, PICKS + 1):
        tried = [
            past.loss((total + past.quantiles[:, m]) / pick) if count[m] < CAP * PICKS else np.inf
            for m in range(members)
        ]
        best = int(np.argmin(tried))
        count[best] += 1
        total = total + past.quantiles[:, best]
    return count / PICKS


def constrained(past: Past) -> np.ndarray:
    """Weights of least past pinball loss under all constraints, as a linear program (quantile regression)."""
    n, members, _ = past.quantiles.shape
    level = np.tile(np.array(LEVELS)[list(LEARNED_LEVELS)], n)
    said = past.quantiles[:, :, LEARNED_LEVELS].transpose(0, 2, 1).reshape(-1, members)
    truth, worth = np.repeat(past.outcome, len(LEARNED_LEVELS)), np.repeat(past.closeness, len(LEARNED_LEVELS))
    over = sparse.eye(len(truth))
    equalities = sparse.vstack([
        sparse.hstack([sparse.csr_matrix(said), over, -over]),
        sparse.csr_matrix(np.concatenate([np.ones(members), np.zeros(2 * len(truth))])),
    ]).tocsc()  # fmt: skip
    solved = linprog(
        np.concatenate([np.zeros(members), worth * level, worth * (1 - level)]),
        A_eq=equalities,
        b_eq=np.append(truth, 1.0),
        bounds=[(0, CAP)] * members + [(0, None)] * (2 * len(truth)),
        method="highs",
    )
    return capped(np.maximum(solved.x[:members], 0)) if solved.success else equal(past)


def capped(weight: np.ndarray) -> np.ndarray:
    """Weights scaled to a sum of 1 with none over CAP; what is cut off goes to the others in proportion.

    Members of weight zero stay at zero while the others can take it all.
    """
    result = weight / weight.sum()
    for _ in range(len(result)):
        over = result > CAP
        rest = result[~over].sum()
        if not over.any() or rest <= 0:
            break
        result = np.where(over, CAP, result * (1 - CAP * over.sum()) / rest)
    return result if result.max() <= CAP + 1e-9 else np.full(len(result), 1 / len(result))


SCHEMES: dict[str, Callable[[Past], np.ndarray]] = {
    "equal": equal,
    "inverse pinball": inverse_pinball,
    "greedy": greedy,
    "constrained": constrained,
}


def quantile_average(quantiles: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of the members' log quantiles (n_members, n_levels); (n_levels,)."""
    return weight @ quantiles


def linear_pool(quantiles: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Quantiles of the weighted mixture of the members' distributions; both arguments as in `quantile_average`.

    Between its quantiles a member is normal piece by piece, and beyond the outer ones goes on as the last piece.
    """
    scores = norm.ppf(LEVELS)
    span = quantiles[:, -1].max() - quantiles[:, 0].min()
    grid = np.linspace(quantiles[:, 0].min() - span / 2, quantiles[:, -1].max() + span / 2, GRID)
    mixture = weight @ np.stack([norm.cdf(_score(grid, row, scores)) for row in quantiles])
    return np.interp(LEVELS, mixture, grid)


def _score(grid: np.ndarray, row: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Normal score of each point of `grid` in one member's distribution."""
    place = np.clip(np.searchsorted(row, grid), 1, len(row) - 1)
    low, high = row[place - 1], row[place]
    return scores[place - 1] + (grid - low) * (scores[place] - scores[place - 1]) / np.maximum(high - low, 1e-12)
