"""forecasts.scenario_runs: stress tests as they were run, whole, to be listed, compared and run again."""

import hashlib
import json

import duckdb
import pyarrow as pa

from oilseer.errors import ConfigError
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import merge

RUNS = TableSpec(
    "forecasts.scenario_runs",
    "one row per scenario, session and publication",
    ("scenario_id",),
    (
        Column("scenario_id", "VARCHAR", note="name, session, and a hash of shocks, sessions, seed and publication"),
        Column("as_of_date", "DATE", note="session at whose close the shock begins", null=False),
        Column("scenario", "VARCHAR", note="a name of reference/scenarios.csv, or own", null=False),
        Column("shocks_json", "VARCHAR", note="what was shocked, how far, over how many sessions", null=False),
        Column("answer_json", "VARCHAR", note="the whole answer", null=False),
        Column("saved_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("run_id", "VARCHAR", note="the run whose forecast was stressed", null=False),
    ),
    "at the end of the command that made it",
    "stress.py, from forecasts.zl_predictions and staging; no published table takes anything from it",
    may_be_empty=True,
)


def scenario_id(name: str, as_of_date: str, run_id: str, shocks: list[dict], sessions: int, seed: int) -> str:
    """The same stress of the same publication has the same identity: vix_spike-20250630-1a2b3c4d."""
    whole = json.dumps([name, as_of_date, run_id, shocks, sessions, seed], sort_keys=True)
    return f"{name}-{as_of_date.replace('-', '')}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def save(connection: duckdb.DuckDBPyConnection, answer: dict, saved_at: object) -> None:
    """Keep one answer; the same stress run again takes its own place."""
    row = {
        "scenario_id": answer["scenario_id"],
        "as_of_date": answer["as_of_date"],
        "scenario": answer["scenario"],
        "shocks_json": json.dumps({"sessions": answer["sessions"], "shocks": answer["shocks"]}, ensure_ascii=False),
        "answer_json": json.dumps(answer, ensure_ascii=False, allow_nan=False),
        "saved_at": saved_at,
        "run_id": answer["run_id"],
    }
    merge(connection, RUNS, pa.Table.from_pylist([row]))


def saved(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """All answers kept, newest first, each with `saved_at`; none where the table is not there."""
    if RUNS.name not in tables(connection):
        return []
    rows = connection.execute(
        f"SELECT answer_json, saved_at FROM {RUNS.name} ORDER BY saved_at DESC, scenario_id"
    ).fetchall()
    return [json.loads(answer) | {"saved_at": at.isoformat()} for answer, at in rows]


def read(connection: duckdb.DuckDBPyConnection, identity: str) -> dict:
    """One answer by its identity, or by a beginning that only one has. Raises ConfigError."""
    found = [answer for answer in saved(connection) if answer["scenario_id"].startswith(identity)]
    exact = [answer for answer in found if answer["scenario_id"] == identity]
    if len(exact or found) != 1:
        raise ConfigError(
            f"{len(found)} saved scenarios begin with {identity!r}, expected one: `oilseer scenario list` names them"
        )
    return (exact or found)[0]
