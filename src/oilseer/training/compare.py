"""Ways of combining compared on the same members, origins and outcomes, each blind to what came after its origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from oilseer.metrics import crps, effective_outcomes, overlap, skill_interval
from oilseer.quantiles import LEVELS
from oilseer.training.combine import ANCHOR, CRISIS, garch_spread, similarity
from oilseer.training.ensemble import weights_at
from oilseer.training.panel import Panel
from oilseer.training.regime_gate import gated
from oilseer.training.schemes import SCHEMES, Past, capped, linear_pool, quantile_average

FEWEST_PAST = 24  # outcomes before a scheme may learn; equal weights until then
PLAIN = "equal"  # what the others are compared with
PUBLISHED = "equal, GARCH spread in a crisis"
LINEAR, SHRUNK, SEEDS = "equal, linear pool", "equal, half of B1", "seeds of the specification"
CLASSIFIED = "regimes by Transformer-GARCH"  # the published way, gated by the classifier and not by the kernel


@dataclass(frozen=True)
class Combination:
    """One way of combining at all origins of a panel: log quantiles over spot (n, n_levels), largest weights (n,)."""

    name: str
    quantiles: np.ndarray
    largest: np.ndarray


def combinations(
    panel: Panel, every: Panel, regimes: np.ndarray, told: np.ndarray, seeds: dict[str, float]
) -> list[Combination]:
    """Every way at every origin, NaN where nothing can be combined; before calibration.

    every    the same origins with all models, champions or not: the specification names some that are not
    regimes  (n, 3) the kernel's memberships at each origin
    told     (n, 3) what the classifier said there, NaN where nothing
    seeds    weights that the specification names for this horizon; those that forecast share them
    """
    logs = np.log(panel.quantiles / panel.spot[:, None, None])
    outcome, losses = np.log(panel.outcome / panel.spot), panel.losses()
    names = [*SCHEMES, LINEAR, SHRUNK, PUBLISHED, CLASSIFIED, SEEDS]
    classified = gated(regimes, told)
    said = {name: np.full((len(panel.origins), len(LEVELS)), np.nan) for name in names}
    largest = {name: np.full(len(panel.origins), np.nan) for name in names}
    for i in range(len(panel.origins)):
        known = np.flatnonzero(panel.known_at(int(panel.session[i])))
        chosen = weights_at(panel, losses, regimes, known, i)
        members = [panel.column(model) for model in chosen.models]
        shared = np.isfinite(logs[np.ix_(known, members)]).all(axis=(1, 2))
        past = Past(
            logs[np.ix_(known[shared], members)], outcome[known[shared]],
            similarity(regimes[i], regimes[known[shared]]),
        )  # fmt: skip
        now = logs[i, members]
        for name, scheme in SCHEMES.items():
            enough = len(past.outcome) >= FEWEST_PAST and len(members) > 1
            weight = scheme(past) if enough else chosen.weight
            said[name][i], largest[name][i] = quantile_average(now, weight), weight.max()
        pooled, anchor = said[PLAIN][i], logs[i, panel.column(ANCHOR)]
        others = {LINEAR: linear_pool(now, chosen.weight), SHRUNK: (pooled + anchor) / 2,
                  PUBLISHED: np.log(garch_spread(np.exp(pooled), np.exp(anchor), float(regimes[i, CRISIS]))),
                  SEEDS: _seeded(every.models, np.log(every.quantiles[i] / every.spot[i]), seeds)}  # fmt: skip
        for name, row in others.items():
            said[name][i], largest[name][i] = row, largest[PLAIN][i]
        if np.isfinite(told[i]).all():
            other = weights_at(panel, losses, classified, known, i)
            pooled = quantile_average(logs[i, [panel.column(model) for model in other.models]], other.weight)
            spread = garch_spread(np.exp(pooled), np.exp(anchor), float(told[i, CRISIS]))
            said[CLASSIFIED][i], largest[CLASSIFIED][i] = np.log(spread), other.weight.max()
    return [Combination(name, said[name], largest[name]) for name in names]


def _seeded(models: tuple[str, ...], now: np.ndarray, seeds: dict[str, float]) -> np.ndarray:
    """Quantile average with the specification's weights over those of its models that forecast; NaN where none does."""
    able = {m: seeds[name] for m, name in enumerate(models) if name in seeds and np.isfinite(now[m]).all()}
    if not able:
        return np.full(len(LEVELS), np.nan)
    return quantile_average(now[list(able)], capped(np.array(list(able.values()))))


def scored(panel: Panel, found: Sequence[Combination], first: date, run_id: str) -> list[dict]:
    """Rows of COMBINATIONS: origins from `first` on with an outcome, where the way, equal weights, B0 and B1 speak."""
    losses = {way.name: _losses(panel, way.quantiles) for way in found}
    own = panel.losses()
    b0, b1 = own[:, panel.column("B0")], own[:, panel.column(ANCHOR)]
    days = np.array(panel.origins, dtype="datetime64[D]")
    rows = []
    for part, start in (("all", first), ("since_2020", max(first, date(2020, 1, 1)))):
        for way in found:
            loss, equal = losses[way.name], losses[PLAIN]
            both = np.isfinite(loss) & np.isfinite(equal) & np.isfinite(b0) & np.isfinite(b1)
            kept = np.flatnonzero(both & (days >= np.datetime64(start)))
            if len(kept) < 2:
                continue
            session = panel.session[kept]
            low, high = skill_interval(loss[kept], equal[kept], overlap(session, panel.horizon))
            rows.append({
                "combination": way.name, "horizon": panel.horizon, "slice": part, "n_origins": len(kept),
                "n_effective": effective_outcomes(session, panel.horizon), "crps": loss[kept].mean(),
                "skill_b0": 1 - loss[kept].mean() / b0[kept].mean(),
                "skill_b1": 1 - loss[kept].mean() / b1[kept].mean(),
                "gain_on_equal": 1 - loss[kept].mean() / equal[kept].mean(), "gain_low": low, "gain_high": high,
                "largest_weight": float(way.largest[kept].mean()), "run_id": run_id,
            })  # fmt: skip
    return rows


def _losses(panel: Panel, logs: np.ndarray) -> np.ndarray:
    """CRPS in ¢/lb (n,) of log quantiles over spot; NaN where forecast or outcome is unknown."""
    known = np.isfinite(panel.outcome) & np.isfinite(logs).all(axis=1)
    loss = np.full(len(panel.outcome), np.nan)
    loss[known] = crps(panel.outcome[known], panel.spot[known, None] * np.exp(logs[known]))
    return loss
