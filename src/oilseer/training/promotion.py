"""The rule of promotion (R41, R32): every condition is measured on what the walk-forward stored, and told by name.

A model is compared with the champions that it would join, as they speak together: the stored ensemble. Both are
compared at the same month ends, on outcomes that are known. That its signs hold is asked of the model itself.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
from threadpoolctl import threadpool_limits

from oilseer.checks import Check, require
from oilseer.errors import ConfigError
from oilseer.metrics import diebold_mariano, overlap
from oilseer.models.base import Window, seed_of
from oilseer.models.predictors import PREDICTORS
from oilseer.models.zoo import ZOO, build
from oilseer.quantiles import HORIZON_LABELS, HORIZONS, MEDIAN
from oilseer.training import ensemble, registry
from oilseer.training.artefacts import Artefacts
from oilseer.training.combine import NEURAL_MARGIN
from oilseer.training.history import History, monthly_origins, read_history
from oilseer.training.panel import Panel, read_panels
from oilseer.training.specs import ARTEFACTS, SCORES
from oilseer.training.work import code_hash
from oilseer.warehouse.tables import tables

GATES = "ops.gate_results"
ENOUGH_ORIGINS = 60
ANSWERED = 0.90  # share of the origins from which it gave a forecast
BETTER = 0.10  # of the champions' CRPS
SIGNIFICANT = 0.05  # two-sided, for all horizons together (Holm)
IMPLAUSIBLE = 0.01  # share of medians outside B1's 95 % band
SOUND = ("no_feature_holds_the_future", "not_too_good_to_be_true", "error_grows_with_horizon", "explanations_add_up")
SLACK = 1e-9


def judge(connection: duckdb.DuckDBPyConnection, name: str, kept: Path | None = None) -> list[Check]:
    """Every condition that `name` must meet to become a champion, each with what was found and expected.

    kept  folder of the fits that last; without one a model that lasts is fitted anew
    Raises ConfigError for an unknown model, one that cannot be promoted, and one without scores.
    """
    registry.require_known(name)
    entry = ZOO[name]
    if entry.tier == "benchmark":
        raise ConfigError(f"{name} is a benchmark: it is always shown, and never promoted")
    if entry.target != "price":
        raise ConfigError(
            f"{name} forecasts {entry.target}, which no combination weighs: there is nothing to promote it to"
        )
    span = _span(connection, name)
    history = read_history(connection, entry.reads)
    statistical = [one for one in ensemble.RIVALS if one != name]
    models = [name, ensemble.NAME, "B1", *statistical]
    origins = [origin for origin in monthly_origins(history, *span) if span[0] <= origin]
    panels = read_panels(connection, history, models, origins, "price", tuple(HORIZONS.values()))
    return [
        *_answers(panels),
        *_gains(panels, entry.tier),
        *_sanity(panels),
        *_gates(connection),
        _signs(history, name, _newest_fit(connection, name, Artefacts(kept))),
    ]


def _span(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[date, date]:
    """First and last origin at which it is scored."""
    found = (None, None)
    if SCORES.name in tables(connection):
        query = f"SELECT min(first_origin), max(last_origin) FROM {SCORES.name} WHERE model = ? AND slice = 'all'"
        found = connection.execute(query, [name]).fetchone()
    if found[0] is None:
        raise ConfigError(f"{name} has no scores yet: `oilseer backtest` or `oilseer run` makes them")
    return found


def _answers(panels: dict[int, Panel]) -> list[Check]:
    """Whether it was judged often enough, and gave its forecasts; of two columns the first is the model."""
    losses = {horizon: panel.losses() for horizon, panel in panels.items()}
    counts = {horizon: int(np.isfinite(loss[:, :2]).all(axis=1).sum()) for horizon, loss in losses.items()}
    there = np.isfinite(panels[HORIZONS["1w"]].quantiles[:, :2]).all(axis=2)
    share = float(there[there[:, 1], 0].mean()) if there[:, 1].any() else 0.0
    found = ", ".join(f"{HORIZON_LABELS[horizon]} {count}" for horizon, count in counts.items())
    return [
        Check(
            "enough_origins", max(counts.values()) >= ENOUGH_ORIGINS, found, f"{ENOUGH_ORIGINS} or more at a horizon"
        ),
        Check("forecasts_at_most_origins", share >= ANSWERED, f"{share:.1%} of origins", f"at least {ANSWERED:.0%}"),
    ]


def _gains(panels: dict[int, Panel], tier: str) -> list[Check]:
    """Whether it is better than the champions together, and a network than the best statistical model too."""
    gain: dict[int, float] = {}
    chance: dict[int, float] = {}
    beside: dict[int, float] = {}
    for horizon, panel in panels.items():
        losses = panel.losses()
        both = np.isfinite(losses[:, :2]).all(axis=1)
        if both.sum() < ENOUGH_ORIGINS:
            continue
        ours, theirs = losses[both, 0], losses[both, 1]
        gain[horizon] = 1 - float(ours.mean() / theirs.mean())
        statistic, p = diebold_mariano(ours, theirs, overlap(panel.session[both], horizon))
        chance[horizon] = p if statistic < 0 else 1.0
        others = losses[both][:, 3:]
        whole = others[:, np.isfinite(others).all(axis=0)]
        if whole.size:
            beside[horizon] = 1 - float(ours.mean() / whole.mean(axis=0).min())
    held = _holm(chance)
    passed = [horizon for horizon in gain if gain[horizon] >= BETTER or held[horizon] < SIGNIFICANT]
    found = ", ".join(f"{HORIZON_LABELS[h]} {gain[h]:+.1%} (p {held[h]:.2f})" for h in gain) or "nothing to compare"
    expected = f"{BETTER:.0%} less CRPS than the champions together, or p below {SIGNIFICANT}, at a horizon"
    checks = [Check("better_than_the_champions", bool(passed), found, expected)]
    if tier == "neural":
        able = any(beside.get(horizon, -1.0) >= NEURAL_MARGIN for horizon in passed or gain)
        found = ", ".join(f"{HORIZON_LABELS[h]} {beside[h]:+.1%}" for h in beside) or "nothing to compare"
        expected = f"{NEURAL_MARGIN:.0%} less CRPS than the best statistical model, at such a horizon"
        checks.append(Check("better_than_statistical", able, found, expected))
    return checks


def _holm(chance: dict[int, float]) -> dict[int, float]:
    """Probabilities of several tests, each raised so that together they err as seldom as one (Holm 1979)."""
    held, before = {}, 0.0
    for place, horizon in enumerate(sorted(chance, key=lambda one: chance[one])):
        before = max(before, min(1.0, (len(chance) - place) * chance[horizon]))
        held[horizon] = before
    return held


def _sanity(panels: dict[int, Panel]) -> list[Check]:
    """Whether its quantiles are ordered, its bands widen with the horizon, and its medians are plausible."""
    crossed = outside = medians = 0
    widths = {}
    for horizon, panel in panels.items():
        said = panel.quantiles[np.isfinite(panel.quantiles[:, 0]).all(axis=1)]
        ours, b1 = said[:, 0], said[:, 2]
        crossed += int((np.diff(ours, axis=1) < 0).any(axis=1).sum())
        widths[horizon] = float(np.log(ours[:, -1] / ours[:, 0]).mean()) if len(ours) else 0.0
        known = np.isfinite(b1).all(axis=1)
        middle = ours[known, MEDIAN]
        outside += int(((middle < b1[known, 0]) | (middle > b1[known, -1])).sum())
        medians += len(middle)
    wide = ", ".join(f"{HORIZON_LABELS[horizon]} {np.expm1(width):.0%}" for horizon, width in widths.items())
    return [
        Check("quantiles_do_not_cross", crossed == 0, f"{crossed} forecasts", "none"),
        Check("bands_widen_with_the_horizon", bool((np.diff(list(widths.values())) > 0).all()), wide, "wider at each"),
        Check("medians_are_plausible", medians > 0 and outside <= IMPLAUSIBLE * medians,
              f"{outside} of {medians} outside B1's 95 % band", f"at most {IMPLAUSIBLE:.0%}"),
    ]  # fmt: skip


def _gates(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """No leakage, and explanations that add up: the newest verdict of each gate that says so."""
    verdicts = {}
    if GATES in tables(connection):
        found = connection.execute(
            f"SELECT gate, arg_max(passed, checked_at), arg_max(found, checked_at), arg_max(expected, checked_at) "
            f"FROM {GATES} WHERE gate IN (SELECT unnest(?)) GROUP BY gate", [list(SOUND)],
        ).fetchall()  # fmt: skip
        verdicts = {gate: Check(gate, *verdict) for gate, *verdict in found}
    return [verdicts.get(gate) or Check(gate, False, "no verdict", "a run that passes it") for gate in SOUND]


def _newest_fit(connection: duckdb.DuckDBPyConnection, name: str, artefacts: Artefacts) -> bytes | None:
    """The newest fit that today's code made of a model that lasts, where one is kept."""
    if ARTEFACTS.name not in tables(connection):
        return None
    query = (
        f"SELECT fit_hash FROM {ARTEFACTS.name} WHERE model = ? AND ends_with(fit_hash, ?) "
        "ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
    )
    found = connection.execute(query, [name, code_hash(name)]).fetchone()
    return artefacts.read(name, found[0]) if found else None


def _signs(history: History, name: str, kept: bytes | None) -> Check:
    """Whether the median rises when every signed predictor that it reads moves to the side of higher prices.

    Each moves by one standard deviation of its past, at the last session; a model that does not last is fitted there.
    """
    window = history.window(history.dates[-1].astype(object)).select(ZOO[name].reads)
    signs = {predictor.name: predictor.sign for predictor in PREDICTORS}
    moved = np.array([signs.get(feature, 0) for feature in window.names]) * np.nan_to_num(_spread(window.features))
    expected = "no median falls when every signed predictor moves to the side of higher prices"
    if not moved.any() or ZOO[name].learns != "window":
        return Check("signs_hold", True, "reads no signed predictor", expected)
    raised = replace(window, features=np.vstack([window.features[:-1], window.features[-1:] + moved]))
    before, after = (_medians(name, window, seen, kept) for seen in (window, raised))
    changes = after / before - 1
    found = ", ".join(f"{label} {change:+.2%}" for label, change in zip(HORIZONS, changes, strict=True))
    return Check("signs_hold", bool((changes >= -SLACK).all()), found, expected)


def _spread(features: np.ndarray) -> np.ndarray:
    """Standard deviation of each feature's known values, 0 where it has none; (k,)."""
    known = np.where(np.isfinite(features), features, np.nan)
    counted = np.isfinite(known).sum(axis=0) > 1
    return np.array([np.nanstd(column) if there else 0.0 for column, there in zip(known.T, counted, strict=True)])


def _medians(name: str, window: Window, seen: Window, kept: bytes | None) -> np.ndarray:
    """Medians at the five horizons of the model on `seen`; one that lasts is the `kept`, or fitted on `window`."""
    model = build(name)
    with threadpool_limits(1):
        if kept is not None:
            fitted = model.load(kept)
        else:
            fitted = model.fit(window if ZOO[name].refit else seen, seed_of(name, window.cutoff))
        return fitted.predict(seen, tuple(HORIZONS.values())).values[:, MEDIAN]


def promote(
    connection: duckdb.DuckDBPyConnection, name: str, order: registry.Order, kept: Path | None = None
) -> list[Check]:
    """Make `name` a champion where the rule allows it, or the order is forced; what it was judged by.

    Raises GateFailed with every condition that is not met, and what `judge` raises.
    """
    checks = judge(connection, name, kept)
    if not order.forced:
        require(checks)
    registry.set_statuses(connection, {name: "champion"}, "promote", order, checks)
    return checks
