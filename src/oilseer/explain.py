"""Explanations of the published medians: what each driver adds, in ¢/lb, and why they moved since the session before.

Reads what the walk-forward and the combination left, asks the members for their own decompositions, writes tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.dashboard.tables import PREDICTIONS, RUNS, WALK_FORWARD, WEIGHTS, exists
from oilseer.errors import ContractError
from oilseer.forecasts.contributions import BESIDE_FEATURES, Member, Seen, causes, in_cents
from oilseer.forecasts.explanation_specs import CHANGES, CONTRIBUTIONS, GROUP_CONTRIBUTIONS, SLOPES
from oilseer.models.attribution import log_contributions
from oilseer.models.drivers import learn_slopes
from oilseer.models.predictors import PREDICTORS, TITLES
from oilseer.models.zoo import ZOO
from oilseer.quantiles import HORIZONS
from oilseer.settings import Settings
from oilseer.training.artefacts import Artefacts
from oilseer.training.ensemble import NAME
from oilseer.training.history import History
from oilseer.training.walk_forward import fit_hash, refit_session
from oilseer.warehouse.write import ensure, merge, transaction


@dataclass(frozen=True)
class Said:
    """What was said at one origin: by horizon the weights of the members, by (model, horizon) the median in ¢/lb."""

    origin: date
    spot: float
    weights: Mapping[int, Mapping[str, float]]
    medians: Mapping[tuple[str, int], float]

    def pooled(self, horizon: int, weights: Mapping[str, float]) -> float:
        """The median of one horizon under `weights`; a member that said nothing leaves its weight to the others."""
        heard = {model: weight for model, weight in weights.items() if (model, horizon) in self.medians}
        logs = [weight * np.log(self.medians[model, horizon]) for model, weight in heard.items()]
        return float(np.exp(sum(logs) / sum(heard.values())))


def explain_published(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """Explain the medians of the history's last session, and their move since the session before it.

    history  with the features that the members read
    Raises ContractError where the combination did not speak at all horizons.
    """
    now = _said(connection, history, history.dates[-1].astype(object))
    rows = _contributions(connection, history, now, run_id, settings)
    tables = {
        CONTRIBUTIONS: rows,
        GROUP_CONTRIBUTIONS: _by_group(rows),
        CHANGES: _changes(connection, history, now, run_id),
        SLOPES: _slopes(history, now.origin, run_id),
    }
    with transaction(connection):
        for spec, made in tables.items():
            ensure(connection, spec)
            connection.execute(f"DELETE FROM {spec.name} WHERE as_of_date = ?", [now.origin])
            if made:
                merge(connection, spec, pa.Table.from_pylist(made))


def _said(connection: duckdb.DuckDBPyConnection, history: History, origin: date) -> Said:
    """Weights and medians at one origin. Raises ContractError where a horizon has none."""
    weights: dict[int, dict[str, float]] = {}
    for horizon, model, weight in connection.execute(
        f"SELECT horizon, model, weight FROM {WEIGHTS} WHERE origin = ? ORDER BY ALL", [origin]
    ).fetchall():
        weights.setdefault(horizon, {})[model] = weight
    if set(weights) != set(HORIZONS.values()):
        raise ContractError(f"{WEIGHTS} holds horizons {sorted(weights)} of {origin}: run the backtest first")
    medians = connection.execute(
        f"SELECT model, horizon, value FROM {WALK_FORWARD} "
        "WHERE origin = ? AND target = 'price' AND round(level, 6) = 0.5",
        [origin],
    ).fetchall()
    spot = float(history.settle[history.place(origin)])
    return Said(origin, spot, weights, {(model, horizon): value for model, horizon, value in medians})


def _contributions(
    connection: duckdb.DuckDBPyConnection, history: History, said: Said, run_id: str, settings: Settings
) -> list[dict]:
    """Rows of CONTRIBUTIONS, the largest first within a horizon."""
    window, about = history.window(said.origin), _about(connection)
    speakers = {model for weights in said.weights.values() for model in weights}
    kept = {model: _kept_fit(history, model, said.origin, settings) for model in speakers}
    rows = []
    for horizon, weights in said.weights.items():
        medians = {model: said.medians[model, horizon] for model in weights}
        members = [
            Member(weight, medians[model], log_contributions(model, window, horizon, medians[model], kept[model]))
            for model, weight in weights.items()
        ]
        cents = in_cents(said.spot, said.medians[NAME, horizon], members)
        for component, amount in sorted(cents.items(), key=lambda item: -abs(item[1])):
            what, bucket, group, unit = about[component]
            value = float(window.feature(component)[-1]) if unit else np.nan
            rows.append({
                "as_of_date": said.origin, "horizon": horizon, "component": component, "what": what,
                "bucket": bucket, "driver_group": group, "contribution_cents_per_lb": amount,
                "value": value if np.isfinite(value) else None, "unit": unit, "run_id": run_id,
            })  # fmt: skip
    return rows


def _kept_fit(history: History, model: str, origin: date, settings: Settings) -> bytes | None:
    """The fit with which a model that lasts spoke at `origin`; None for all others, and where none is kept."""
    session = refit_session(history, origin, settings.refit_months) if ZOO[model].refit else None
    if session is None:
        return None
    return Artefacts(settings.home / "artefacts").read(model, fit_hash(history, model, session))


def _about(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str, str, str | None]]:
    """Words, bucket, driver group and unit of every component."""
    registry = connection.execute(
        "SELECT name, formula, bucket, driver_group, unit FROM reference.feature_registry"
    ).fetchall()
    features = {name: (TITLES.get(name, formula), *rest) for name, formula, *rest in registry}
    return features | {name: (*facts, None) for name, facts in BESIDE_FEATURES.items()}


def _by_group(rows: list[dict]) -> list[dict]:
    """Rows of GROUP_CONTRIBUTIONS: the sums over the components of each driver group."""
    sums: dict[tuple[int, str], list[float]] = {}
    for row in rows:
        sums.setdefault((row["horizon"], row["driver_group"]), []).append(row["contribution_cents_per_lb"])
    shared = {name: rows[0][name] for name in ("as_of_date", "run_id")}
    return [
        shared | {"horizon": horizon, "driver_group": group, "components": len(amounts),
                  "contribution_cents_per_lb": sum(amounts)}
        for (horizon, group), amounts in sums.items()
    ]  # fmt: skip


def _slopes(history: History, origin: date, run_id: str) -> list[dict]:
    """Rows of SLOPES: what the ridge regression has learned by the origin, in the ensemble or not."""
    window = history.window(origin)
    return [
        {"as_of_date": origin, "horizon": horizon, "feature": predictor.name, "assumed_sign": predictor.sign,
         "slope": float(slope), "why": predictor.why, "run_id": run_id}
        for horizon in HORIZONS.values()
        for predictor, slope in zip(PREDICTORS, learn_slopes(window, horizon).slope, strict=True)
    ]  # fmt: skip


def _changes(connection: duckdb.DuckDBPyConnection, history: History, now: Said, run_id: str) -> list[dict]:
    """Rows of CHANGES since the session before; where nothing was published then, against what is said of it now."""
    before = _said(connection, history, history.dates[-2].astype(object))
    published = _published(connection, before.origin)
    place = history.place(now.origin)
    held = float(np.nan_to_num(history.returns[place]))
    rows = []
    for horizon, weights in before.weights.items():
        anew = before.medians[NAME, horizon]
        moved = causes(
            Seen(before.spot, published.medians.get(horizon, anew), anew),
            Seen(now.spot, now.medians[NAME, horizon], now.pooled(horizon, weights)),
            held,
            published.code in (None, _code(connection, run_id)),
        )
        rows += [
            {"as_of_date": now.origin, "horizon": horizon, "cause": cause, "since": before.origin,
             "change_cents_per_lb": change, "run_id": run_id}
            for cause, change in moved.items()
        ]  # fmt: skip
    return rows


@dataclass(frozen=True)
class Published:
    """Medians as they were published, ¢/lb by horizon, and the code that made them; nothing where none were."""

    medians: Mapping[int, float]
    code: str | None


def _published(connection: duckdb.DuckDBPyConnection, origin: date) -> Published:
    if not exists(connection, PREDICTIONS):
        return Published({}, None)
    found = connection.execute(
        f"SELECT horizon, p500, run_id FROM {PREDICTIONS} WHERE as_of_date = ?", [origin]
    ).fetchall()
    return Published(
        {horizon: median for horizon, median, _ in found}, _code(connection, found[0][2]) if found else None
    )


def _code(connection: duckdb.DuckDBPyConnection, run_id: str) -> str | None:
    """The code that made a run."""
    row = connection.execute(f"SELECT code FROM {RUNS} WHERE run_id = ?", [run_id]).fetchone()
    return row[0] if row else None
