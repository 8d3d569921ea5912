"""The audit right after a training run (R42): leaderboard, time, lift against no change, and alarms, in one log."""

from datetime import datetime

import duckdb
import pyarrow as pa

from oilseer.checks import Check
from oilseer.quantiles import HORIZONS
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, merge, transaction

MODEL_RUNS = "training.zl_model_runs"

LOGS = TableSpec(
    "ops.training_logs",
    "one row per run and entry: a place of the leaderboard, or an alarm",
    ("run_id", "entry"),
    (
        Column("run_id", "VARCHAR"),
        Column("entry", "INTEGER", "", "1 first", low=1),
        Column("kind", "VARCHAR", null=False, note="leaderboard or alarm"),
        Column("horizon", "INTEGER", "sessions", "of a place of the leaderboard"),
        Column("place", "INTEGER", "", "by CRPS saved against no change, each on its own origins; 1 is best", low=1),
        Column("model", "VARCHAR"),
        Column("status", "VARCHAR"),
        Column("crps", "DOUBLE", "¢/lb"),
        Column("lift_b0", "DOUBLE", "ratio", "CRPS saved against no change"),
        Column("lift_b1", "DOUBLE", "ratio", "CRPS saved against a GARCH simulation"),
        Column("seconds", "DOUBLE", "s", "of the model's work in this run, at all horizons"),
        Column("alarm", "VARCHAR", "", "name of the check"),
        Column("passed", "BOOLEAN"),
        Column("found", "VARCHAR"),
        Column("expected", "VARCHAR"),
        Column("logged_at", "TIMESTAMPTZ", "UTC", null=False),
    ),
    "at the end of the training",
    "training.zl_model_runs and the gates after scores",
)
SPECS = (LOGS,)


def log(connection: duckdb.DuckDBPyConnection, run_id: str, alarms: list[Check], now: datetime) -> int:
    """Write the audit of a run, in place of an earlier one of the same identity; number of entries.

    alarms  verdicts of the gates after scores, passed or not
    """
    ensure(connection, LOGS)
    rows: list[dict] = []
    for label, horizon in HORIZONS.items():
        board = connection.execute(
            f"SELECT model, status, crps_{label}, skill_b0_{label}, skill_b1_{label}, seconds FROM {MODEL_RUNS} "
            f"WHERE run_id = ? AND target = 'price' AND crps_{label} IS NOT NULL "
            f"ORDER BY skill_b0_{label} DESC NULLS LAST, model", [run_id],
        ).fetchall()  # fmt: skip
        names = ("model", "status", "crps", "lift_b0", "lift_b1", "seconds")
        rows += [{"kind": "leaderboard", "horizon": horizon, "place": place} | dict(zip(names, row, strict=True))
                 for place, row in enumerate(board, 1)]  # fmt: skip
    rows += [{"kind": "alarm", "alarm": check.name, "passed": check.passed, "found": check.found,
              "expected": check.expected} for check in alarms]  # fmt: skip
    full = [{name: row.get(name) for name in LOGS.column_names} | {"run_id": run_id, "entry": entry, "logged_at": now}
            for entry, row in enumerate(rows, 1)]  # fmt: skip
    with transaction(connection):
        connection.execute(f"DELETE FROM {LOGS.name} WHERE run_id = ?", [run_id])
        return merge(connection, LOGS, pa.Table.from_pylist(full))
