"""One row a run and model: what made it, on what, what it cost in time, how it scores, and where its fit is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from oilseer.models.zoo import ZOO
from oilseer.quantiles import HORIZON_LABELS, HORIZONS
from oilseer.training import ensemble, registry
from oilseer.training.specs import ARTEFACTS, SCORES, WALK_FORWARD
from oilseer.training.work import code_hash
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import ensure, merge, transaction

MEASURES = ("crps", "skill_b0", "skill_b1")

MODEL_RUNS = TableSpec(
    "training.zl_model_runs",
    "one row per run and model of the zoo, the ensemble among them",
    ("run_id", "model"),
    (
        Column("run_id", "VARCHAR"),
        Column("model", "VARCHAR"),
        Column("tier", "VARCHAR", null=False),
        Column("target", "VARCHAR", null=False),
        Column("status", "VARCHAR", null=False, note="in the registry when it ran"),
        Column("code", "VARCHAR", null=False, note="version and git commit"),
        Column("code_hash", "VARCHAR", note="of the model's modules and entry; null for the work of a job"),
        Column("data_hash", "VARCHAR", null=False, note="of the deliveries loaded"),
        Column("lock_hash", "VARCHAR", null=False, note="of the libraries' versions"),
        Column("seed", "BIGINT", null=False),
        Column("reads", "VARCHAR", null=False, note="features, with commas between"),
        Column("settings_json", "VARCHAR", null=False, note="those that change a number"),
        Column("n_origins", "INTEGER", "origins", "of its forecasts that are stored", null=False, low=0),
        Column("new_forecasts", "INTEGER", "origins", "forecast from in this run", null=False, low=0),
        Column("seconds", "DOUBLE", "s", "of work in this run, on the machine that did it", null=False, low=0),
        *(Column(f"{measure}_{label}", "DOUBLE", "¢/lb or ratio" if measure == "crps" else "ratio")
          for label in HORIZONS for measure in MEASURES),
        Column("artefact", "VARCHAR", "", "newest fit that lasts, in artefacts of the home folder"),
        Column("artefact_sha256", "VARCHAR"),
        Column("recorded_at", "TIMESTAMPTZ", "UTC", null=False),
    ),
    "at the end of the training",
    "training.walk_forward, training.model_backtest_zl, training.artefacts",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """The identity of a run as its rows carry it; `settings` as JSON text."""

    run_id: str
    code: str
    data_hash: str
    lock_hash: str
    seed: int
    settings: str


def record(connection: duckdb.DuckDBPyConnection, made: Made, seconds: Mapping[str, float], now: datetime) -> int:
    """Keep a row of every model, in place of one of the same run; how many.

    One that did not run has a row too: its status is part of what `oilseer models rollback --to` goes back to.
    seconds  of work by model, as the walk-forward measured them
    """
    ensure(connection, MODEL_RUNS)
    ensure(connection, ARTEFACTS)
    held, counts = registry.statuses(connection), _counts(connection, made.run_id)
    scores, fits = _scores(connection), _fits(connection)
    before = dict(connection.execute(
        f"SELECT model, seconds FROM {MODEL_RUNS.name} WHERE run_id = ?", [made.run_id]
    ).fetchall())  # fmt: skip
    rows = []
    for name in sorted({*ZOO} | {ensemble.NAME} & scores.keys()):
        entry = ZOO.get(name)
        origins, new = counts.get(name, (0, 0))
        file, digest = fits.get(name, (None, None))
        rows.append({
            "run_id": made.run_id, "model": name, "tier": entry.tier if entry else "combination",
            "target": entry.target if entry else "price", "status": held.get(name, "champion"),
            "code": made.code, "code_hash": code_hash(name) if entry and entry.make else None,
            "data_hash": made.data_hash, "lock_hash": made.lock_hash,
            "seed": made.seed, "reads": ", ".join(entry.reads) if entry else "",
            "settings_json": made.settings, "n_origins": origins, "new_forecasts": new,
            # a run that was interrupted and goes on has the same identity: its work adds up
            "seconds": before.get(name, 0.0) + seconds.get(name, 0.0),
            **{f"{measure}_{label}": scores.get(name, {}).get(label, dict.fromkeys(MEASURES))[measure]
               for label in HORIZONS for measure in MEASURES},
            "artefact": file, "artefact_sha256": digest, "recorded_at": now,
        })  # fmt: skip
    with transaction(connection):
        return merge(connection, MODEL_RUNS, pa.Table.from_pylist(rows, _SCHEMA))


_TYPES = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
          "TIMESTAMPTZ": pa.timestamp("us", "UTC")}  # fmt: skip
_SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in MODEL_RUNS.columns])


def _counts(connection: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, tuple[int, int]]:
    """Origins forecast from by model: all that are stored, and those of this run."""
    query = (
        "SELECT model, count(DISTINCT origin), count(DISTINCT origin) FILTER (run_id = ?) "
        f"FROM {WALK_FORWARD.name} GROUP BY model"
    )
    return {name: (origins, new) for name, origins, new in connection.execute(query, [run_id]).fetchall()}


def _scores(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, float | None]]]:
    """Measures of all scored origins by model and horizon."""
    query = f"SELECT model, horizon, {', '.join(MEASURES)} FROM {SCORES.name} WHERE slice = 'all'"
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for name, horizon, *values in connection.execute(query).fetchall():
        found.setdefault(name, {})[HORIZON_LABELS[horizon]] = dict(zip(MEASURES, values, strict=True))
    return found


def _fits(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str | None, str]]:
    """File (model/name) and SHA-256 of the newest fit of each model that lasts; no file where none is kept."""
    query = (
        f"SELECT model, arg_max(CASE WHEN file IS NULL THEN '' ELSE model || '/' || file END, fitted_at), "
        f"arg_max(sha256, fitted_at) FROM {ARTEFACTS.name} GROUP BY model"
    )
    return {name: (file or None, digest) for name, file, digest in connection.execute(query).fetchall()}


def statuses_in(connection: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, str]:
    """Status of every model in an earlier run; empty where it is not kept."""
    if MODEL_RUNS.name not in tables(connection):
        return {}
    query = f"SELECT model, status FROM {MODEL_RUNS.name} WHERE run_id = ?"
    return {name: status for name, status in connection.execute(query, [run_id]).fetchall() if name in ZOO}
