"""The combination: which 5 to 7 models speak at an origin, and with what weight, from the past alone.

Weights come from out-of-fold CRPS on outcomes known at the origin, seen through the regime of today,
and are pulled towards B1, so that a bad quarter cannot do harm.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.errors import GateFailed, ShapeError

ANCHOR = "B1"
FEWEST, MOST = 5, 7
CAP = 0.40
PAST_NEEDED = 24  # monthly outcomes; with fewer the anchor speaks alone
ANCHOR_OUTCOMES = 24  # prior strength of B1, in outcomes that share no session
REGIME_CENTRES = np.array([0.0, 1.5, 3.0])  # volatility z-score: CALM below 1, STRESSED to 2, CRISIS above
REGIME_WIDTH = 0.75


@dataclass(frozen=True)
class Weights:
    """Weights of the members, their past skill against B1 and the number of past outcomes."""

    models: tuple[str, ...]
    weight: np.ndarray
    skill: np.ndarray
    past_outcomes: int

    @property
    def is_anchor(self) -> bool:
        """True where nothing beat B1 and it speaks alone."""
        return self.models == (ANCHOR,)


def regime_probabilities(zscore: np.ndarray) -> np.ndarray:
    """Smooth membership in CALM, STRESSED, CRISIS of volatility z-scores; (n, 3), rows sum to 1.

    Gaussian kernels around the middle of each regime, so weights move without a jump at a border.
    An unknown z-score (NaN) belongs to all alike.
    """
    z = np.clip(np.atleast_1d(np.asarray(zscore, float)), -1, 4)
    distance = (np.maximum(z, 0)[:, None] - REGIME_CENTRES) / REGIME_WIDTH
    kernel = np.exp(-0.5 * distance**2)
    return np.where(np.isfinite(z)[:, None], kernel / kernel.sum(axis=1, keepdims=True), 1 / 3)


def similarity(now: float, past: np.ndarray) -> np.ndarray:
    """Weight (n,) of each past origin for the regime of today: 0.5 to 1.5, from its z-score."""
    return 0.5 + regime_probabilities(past) @ regime_probabilities(np.array([now]))[0]


def choose(
    losses: np.ndarray, models: tuple[str, ...], closeness: np.ndarray, independent: int, excluded: frozenset[str]
) -> Weights:
    """Members and weights from past losses (n, n_models), NaN where a model gave no forecast.

    closeness    (n,) similarity of each past origin's regime to today's
    independent  outcomes among them that share no session
    excluded     models that do not forecast today

    A model needs a forecast at every past origin of B1 of the last PAST_NEEDED, and a CRPS below B1's.
    Fewer than four such beside B1: B1 alone. Raises ShapeError where B1 is missing.
    """
    if ANCHOR not in models or ANCHOR in excluded:
        raise ShapeError(f"the combination is anchored at {ANCHOR}, which gave no forecast; see training.failures")
    anchor = models.index(ANCHOR)
    if len(losses) < PAST_NEEDED:
        return Weights((ANCHOR,), np.ones(1), np.zeros(1), len(losses))
    shared = np.isfinite(losses) & np.isfinite(losses[:, [anchor]])
    weight = closeness[:, None] * shared
    total = np.where(shared, losses, 0)
    anchored = np.where(shared, losses[:, [anchor]], 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        skill = 1 - (weight * total).sum(axis=0) / (weight * anchored).sum(axis=0)
    complete = shared.sum(axis=0) >= PAST_NEEDED
    able = [
        m for m in np.argsort(-np.nan_to_num(skill, nan=-np.inf), kind="stable")
        if complete[m] and skill[m] > 0 and m != anchor and models[m] not in excluded
    ][: MOST - 1]  # fmt: skip
    if len(able) < FEWEST - 1:
        return Weights((ANCHOR,), np.ones(1), np.zeros(1), len(losses))
    members = [anchor, *able]
    trust = independent / (independent + ANCHOR_OUTCOMES)
    earned = np.zeros(len(members))
    earned[1:] = skill[able] / skill[able].sum()
    raw = trust * earned
    raw[0] += 1 - trust
    return Weights(tuple(models[m] for m in members), capped(raw), skill[members], len(losses))


def capped(weight: np.ndarray, cap: float = CAP) -> np.ndarray:
    """Weights scaled to sum 1 with none over `cap`; the excess goes to the others in proportion.

    Raises ShapeError where there are too few to stay under the cap.
    """
    if len(weight) * cap < 1 - 1e-12:
        raise ShapeError(f"{len(weight)} weights cannot sum to 1 under a cap of {cap}")
    weight = np.maximum(np.asarray(weight, float), 1e-9)
    weight = weight / weight.sum()
    held = np.zeros(len(weight), bool)
    while (weight > cap + 1e-12).any():
        held |= weight >= cap
        weight = np.where(held, cap, weight * (1 - cap * held.sum()) / weight[~held].sum())
    return weight


def require_rules(weights: Weights, statistical: frozenset[str]) -> None:
    """Raise GateFailed naming every broken rule of a set of weights (R38), unless B1 speaks alone."""
    if weights.is_anchor:
        return
    broken = []
    if not FEWEST <= len(weights.models) <= MOST:
        broken.append(f"{len(weights.models)} members, {FEWEST} to {MOST} allowed")
    if abs(weights.weight.sum() - 1) > 1e-9:
        broken.append(f"weights sum to {weights.weight.sum():.6f}, not 1")
    over = [m for m, w in zip(weights.models, weights.weight, strict=True) if w > CAP + 1e-9]
    if over:
        broken.append(f"over {CAP}: {', '.join(over)}")
    if not statistical & set(weights.models):
        broken.append("no statistical member")
    if broken:
        raise GateFailed("ensemble weights: " + "; ".join(broken))


def pool(quantiles: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of log quantiles over members (n_members, n_levels); (n_levels,).

    Averaging quantiles keeps the members' shape where averaging densities would widen it.
    Source: Lichtendahl, Grushka-Cockayne & Winkler (2013).
    """
    return np.exp(weight @ np.log(quantiles))
