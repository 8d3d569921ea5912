"""The combination: which 5 to 7 models speak at an origin, and with what weight, from the past alone.

A model speaks if it beats B1 out of fold, on outcomes known at the origin and seen through the regime of
today. Members weigh alike before the cap: on so few independent outcomes, weights fitted to past scores lose
to equal ones (Stock & Watson 2004, "forecast combination puzzle"), which our own walk-forward confirmed.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.errors import GateFailed, ShapeError
from oilseer.quantiles import MEDIAN

ANCHOR = "B1"
FEWEST, MOST = 5, 7
CAP = 0.40
NEURAL_MARGIN = 0.05  # of CRPS that a network must save over the best statistical model before it speaks (R32)
PRIOR_SKILL = {  # against B1, before any outcome
    "density": 0.01, "direct": 0.0, "benchmark": 0.0, "meta": 0.0, "statistical": -0.01, "neural": -0.01,
    "autogluon": -0.01,
}  # fmt: skip
PRIOR_SD = 0.01  # how far a model's true skill is believed to lie from its tier's
OUTCOMES_NEEDED = 12  # monthly; with fewer the spread of losses is unknown and the prior stands
REGIME_CENTRES = np.array([0.0, 1.5, 3.0])  # volatility z-score: CALM below 1, STRESSED to 2, CRISIS above
REGIME_WIDTH = 0.75
CRISIS = 2  # its place among them


@dataclass(frozen=True)
class Weights:
    """Weights of the members, their skill against B1 (posterior and as scored) and the number of past outcomes."""

    models: tuple[str, ...]
    weight: np.ndarray
    skill: np.ndarray
    scored: np.ndarray
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


def similarity(now: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Weight (n,) of each past origin for the regime of today: 0.5 to 1.5.

    now, past  (3,) and (n, 3) probabilities of the regimes: the kernel's memberships, or a classifier's
    """
    return 0.5 + past @ now


def choose(
    losses: np.ndarray,
    models: tuple[str, ...],
    prior: np.ndarray,
    closeness: np.ndarray,
    independent: int,
    excluded: frozenset[str],
    wanted: frozenset[str] = frozenset(),
) -> Weights:
    """Members and weights from past losses (n, n_models), NaN where a model gave no forecast.

    prior        (n_models,) skill against B1 that each is believed to have before any outcome
    closeness    (n,) similarity of each past origin's regime to today's
    independent  outcomes among them that share no session
    excluded     models that do not forecast today, or may not speak
    wanted       models of which one speaks if its skill is positive: the best of them takes the last place if need be

    Skill is the posterior mean of a normal prior and of the past score with its standard error over independent
    outcomes, so a model whose losses swing wildly cannot win by luck. B1 and the up to six models of highest
    positive skill are members; with fewer than four such B1 speaks alone. Raises ShapeError where B1 is missing.
    """
    if ANCHOR not in models or ANCHOR in excluded:
        raise ShapeError(f"the combination is anchored at {ANCHOR}, which gave no forecast; see training.failures")
    anchor = models.index(ANCHOR)
    skill, scored, _ = believed_skill(losses, anchor, prior, closeness, independent)
    ranked = np.argsort(-skill, kind="stable")
    able = [m for m in ranked if skill[m] > 0 and m != anchor and models[m] not in excluded]
    able = able[: MOST - 1] if _heard(able, models, wanted) else [*able[: MOST - 2], *_first(able, models, wanted)]
    members = [anchor, *able] if len(able) >= FEWEST - 1 else [anchor]
    return Weights(
        tuple(models[m] for m in members),
        np.full(len(members), 1 / len(members)),
        skill[members],
        scored[members],
        len(losses),
    )


def _heard(able: list[int], models: tuple[str, ...], wanted: frozenset[str]) -> bool:
    """Whether one of `wanted` is among the best, or none of them is able at all."""
    places = [place for place, m in enumerate(able) if models[m] in wanted]
    return not places or places[0] < MOST - 1


def _first(able: list[int], models: tuple[str, ...], wanted: frozenset[str]) -> list[int]:
    return [m for m in able if models[m] in wanted][:1]


def below_margin(
    losses: np.ndarray, models: tuple[str, ...], judged: frozenset[str], rivals: frozenset[str]
) -> frozenset[str]:
    """Those of `judged` whose past loss is not NEURAL_MARGIN below that of the best of `rivals` (R32).

    losses  (n, n_models) past CRPS; each is compared on the outcomes that it shares with all rivals that have spoken
            there. With fewer than OUTCOMES_NEEDED of them it has not qualified.
    """
    against = losses[:, [m for m, name in enumerate(models) if name in rivals]]
    spoke = np.isfinite(against).any(axis=0)
    against = against[:, spoke]
    barred = set()
    for m, name in enumerate(models):
        if name not in judged:
            continue
        shared = np.isfinite(losses[:, m]) & np.isfinite(against).all(axis=1)
        qualified = shared.sum() >= OUTCOMES_NEEDED and spoke.any()
        if not qualified or losses[shared, m].mean() > (1 - NEURAL_MARGIN) * against[shared].mean(axis=0).min():
            barred.add(name)
    return frozenset(barred)


def believed_skill(
    losses: np.ndarray, anchor: int, prior: np.ndarray, closeness: np.ndarray, independent: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posterior skill of each model against column `anchor`, past skill, and its error; three (n_models,), ratios."""
    scored, error = past_skill(losses, anchor, closeness, independent)
    trust = PRIOR_SD**2 / (PRIOR_SD**2 + error**2)
    return trust * scored + (1 - trust) * prior, scored, error


def past_skill(
    losses: np.ndarray, anchor: int, closeness: np.ndarray, independent: int
) -> tuple[np.ndarray, np.ndarray]:
    """Skill of each model against column `anchor`, and its standard error; two (n_models,), ratios.

    Weighted by `closeness`; the error is infinite (and the skill 0) with fewer than OUTCOMES_NEEDED shared outcomes.
    """
    shared = np.isfinite(losses) & np.isfinite(losses[:, [anchor]])
    weight = closeness[:, None] * shared
    count, total = shared.sum(axis=0), weight.sum(axis=0)
    enough = count >= OUTCOMES_NEEDED
    total = np.where(enough, total, 1.0)
    base = (weight * np.where(shared, losses[:, [anchor]], 0)).sum(axis=0) / total
    base = np.where(enough, base, 1.0)
    gain = np.where(shared, (losses[:, [anchor]] - losses), 0) / base
    skill = np.where(enough, (weight * gain).sum(axis=0) / total, 0.0)
    spread = np.sqrt((weight * (gain - skill) ** 2).sum(axis=0) / total)
    evidence = np.maximum(independent * count / max(len(losses), 1), 1.0)
    return skill, np.where(enough, spread / np.sqrt(evidence), np.inf)


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


def garch_spread(pooled: np.ndarray, garch: np.ndarray, crisis: float) -> np.ndarray:
    """The pool's median with a spread that is the GARCH simulation's as far as today is a crisis (R38); (n_levels,).

    pooled, garch  (n_levels,) quantiles, ¢/lb;  crisis: probability that today is one
    """
    own, other = np.log(pooled / pooled[MEDIAN]), np.log(garch / garch[MEDIAN])
    return pooled[MEDIAN] * np.exp((1 - crisis) * own + crisis * other)


def pool(quantiles: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of log quantiles over members (n_members, n_levels); (n_levels,).

    Averaging quantiles keeps the members' shape where averaging densities would widen it.
    Source: Lichtendahl, Grushka-Cockayne & Winkler (2013).
    """
    return np.exp(weight @ np.log(quantiles))
