"""The ensemble as a model of the walk-forward: chosen, weighted and calibrated anew at each origin.

It uses the members' out-of-fold quantiles and the outcomes known at the origin's cutoff, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.metrics import effective_outcomes, overlap
from oilseer.models.zoo import ZOO
from oilseer.quantiles import HORIZONS, LEVELS
from oilseer.training import regime_gate
from oilseer.training.calibrate import scaled, width_factor
from oilseer.training.combine import (
    ANCHOR,
    CRISIS,
    PRIOR_SKILL,
    Weights,
    below_margin,
    choose,
    garch_spread,
    pool,
    require_rules,
    similarity,
)
from oilseer.training.history import History
from oilseer.training.panel import Panel, read_panels
from oilseer.training.specs import WALK_FORWARD, WEIGHTS
from oilseer.warehouse.write import ensure, merge, transaction

NAME = "ensemble"
REGIME_FEATURE = "regime_volatility_zscore_ratio"
NEURAL = frozenset(name for name, entry in ZOO.items() if entry.tier == "neural")
RIVALS = frozenset(name for name, entry in ZOO.items() if entry.tier == "statistical" and entry.target == "price")
NEURAL_FROM = HORIZONS["1m"]  # from there on one network speaks, if any has qualified
STATISTICAL = frozenset(name for name, entry in ZOO.items() if entry.tier in ("statistical", "density", "benchmark"))


@dataclass(frozen=True)
class Combined:
    """One origin and horizon of the ensemble: calibrated quantiles (n_levels,), ¢/lb, and their making."""

    origin: date
    horizon: int
    quantiles: np.ndarray
    weights: Weights
    width_factor: float


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    run_id: str,
    beside: Sequence[date] = (),
    gate: regime_gate.Gate = "kernel",
) -> list[Combined]:
    """Combine at every origin and store quantiles and weights; the combinations in order of origin.

    Origins `beside` the others are combined too, and are evidence for none: what they add is what was said there,
    so that the same day's forecast is the same whichever sessions were looked at before it. `gate` tells the regimes:
    the kernel of the volatility z-score, or the classifier. Raises ConfigError where that has not spoken.
    """
    whole = sorted({*origins, *beside})
    panels = read_panels(connection, history, models, whole, "price", tuple(HORIZONS.values()))
    regimes = regime_gate.memberships(connection, history, whole, gate)
    evidence = np.isin(whole, sorted(origins))
    combined = [item for panel in panels.values() for item in combine_panel(panel, regimes, evidence)]
    merge(connection, WALK_FORWARD, _quantile_rows(combined, run_id))
    ensure(connection, WEIGHTS)
    with transaction(connection):
        connection.execute(f"DELETE FROM {WEIGHTS.name} WHERE origin IN (SELECT unnest(?))", [whole])
        merge(connection, WEIGHTS, _weight_rows(combined, run_id))
    return combined


def combine_panel(panel: Panel, regimes: np.ndarray, evidence: np.ndarray | None = None) -> list[Combined]:
    """The ensemble at every origin of one horizon.

    regimes   (n, 3) probabilities of the regimes at each origin
    evidence  (n,) bool, origins whose outcomes later ones learn from; None for all
    """
    losses, lag = panel.losses(), overlap(panel.session, panel.horizon)
    before = np.full((len(panel.origins), len(LEVELS)), np.nan)
    result = []
    for i, origin in enumerate(panel.origins):
        known = np.flatnonzero(panel.known_at(int(panel.session[i])) & (True if evidence is None else evidence))
        weights = weights_at(panel, losses, regimes, known, i)
        members = [panel.column(model) for model in weights.models]
        pooled = pool(panel.quantiles[i, members], weights.weight)
        before[i] = garch_spread(pooled, panel.quantiles[i, panel.column(ANCHOR)], float(regimes[i, CRISIS]))
        factor = width_factor(before[known], panel.outcome[known], lag)
        result.append(Combined(origin, panel.horizon, scaled(before[i], factor), weights, factor))
    return result


def weights_at(panel: Panel, losses: np.ndarray, regimes: np.ndarray, known: np.ndarray, i: int) -> Weights:
    """Who speaks at origin number `i` and with what weight, from the losses (n, n_models) at the places `known`.

    Raises GateFailed naming every rule that the weights break.
    """
    silent = {m for m, q in zip(panel.models, panel.quantiles[i], strict=True) if not np.isfinite(q).all()}
    weights = choose(
        losses[known],
        panel.models,
        np.array([PRIOR_SKILL[ZOO[model].tier] for model in panel.models]),
        similarity(regimes[i], regimes[known]),
        effective_outcomes(panel.session[known], panel.horizon),
        frozenset(silent) | below_margin(losses[known], panel.models, NEURAL, RIVALS),
        NEURAL if panel.horizon >= NEURAL_FROM else frozenset(),
    )
    require_rules(weights, STATISTICAL)
    return weights


def _quantile_rows(combined: Sequence[Combined], run_id: str) -> pa.Table:
    each = np.repeat(np.arange(len(combined)), len(LEVELS))
    return pa.table(
        {
            "model": [NAME] * len(each),
            "target": ["price"] * len(each),
            "origin": [combined[i].origin for i in each],
            "horizon": [combined[i].horizon for i in each],
            "level": np.tile(LEVELS, len(combined)),
            "value": np.concatenate([item.quantiles for item in combined]),
            "work_hash": ["combination"] * len(each),
            "run_id": [run_id] * len(each),
        }
    )


def _weight_rows(combined: Sequence[Combined], run_id: str) -> pa.Table:
    rows = [
        (
            item.origin, item.horizon, model, float(weight), item.weights.past_outcomes,
            float(skill), float(scored), item.width_factor, run_id,
        )
        for item in combined
        for model, weight, skill, scored in zip(
            item.weights.models, item.weights.weight, item.weights.skill, item.weights.scored, strict=True
        )
    ]  # fmt: skip
    return pa.table(dict(zip(WEIGHTS.column_names, zip(*rows, strict=True), strict=True)))
