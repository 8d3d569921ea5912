"""The quarantine's desk: what is held and why, one row in full, released into its table or rejected, with a note.

A row that was released goes to its raw table with its own provenance and publication; every decision is kept in
`ops.quarantine_history`, and taking one twice changes nothing.
"""

import json
from datetime import datetime

import duckdb
import pyarrow as pa

from oilseer.errors import ConfigError, ContractError
from oilseer.raw.quarantine import QUARANTINE
from oilseer.raw.specs import BY_NAME
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, load, merge, transaction

HISTORY = TableSpec(
    "ops.quarantine_history",
    "one row per decision",
    ("quarantine_id", "decided_at"),
    (
        Column("quarantine_id", "VARCHAR"),
        Column("decided_at", "TIMESTAMPTZ", "UTC"),
        Column("status", "VARCHAR", note="released or rejected", null=False),
        Column("note", "VARCHAR", note="why, in the words of who decided", null=False),
    ),
    "at the decision",
    "written by oilseer quarantine",
)
SHOWN = 200
STATUSES = ("held", "released", "rejected")
SHORTEST_ID = 6


def listing(connection: duckdb.DuckDBPyConnection, source: str | None = None, status: str = "held") -> dict:
    """Held rows by table, source and reason with counts, and the newest of them; ready for JSON."""
    ensure(connection, QUARANTINE)
    wanted = "WHERE status = $status AND ($source IS NULL OR source = $source)"
    given = {"status": status, "source": source}
    names = ("table", "source", "column", "reason", "rows", "newest")
    reasons = connection.execute(
        f"SELECT table_name, source, column_name, reason, count(*), max(loaded_at)::VARCHAR FROM {QUARANTINE.name} "
        f"{wanted} GROUP BY ALL ORDER BY count(*) DESC, table_name, source, column_name, reason",
        given,
    ).fetchall()
    fields = ("quarantine_id", "table", "source", "column", "found", "expected", "reason", "loaded_at")
    rows = connection.execute(
        "SELECT quarantine_id, table_name, source, column_name, found, expected, reason, loaded_at::VARCHAR "
        f"FROM {QUARANTINE.name} {wanted} ORDER BY loaded_at DESC, quarantine_id LIMIT {SHOWN}",
        given,
    ).fetchall()
    return {
        "status": status,
        "total": sum(row[4] for row in reasons),
        "reasons": [dict(zip(names, row, strict=True)) for row in reasons],
        "rows": [dict(zip(fields, row, strict=True)) for row in rows],
    }


def shown(connection: duckdb.DuckDBPyConnection, quarantine_id: str) -> dict:
    """One held row with all that is known of it, and the decisions on it. Raises ConfigError for an unknown one."""
    row = _row(connection, quarantine_id)
    history = connection.execute(
        f"SELECT decided_at::VARCHAR, status, note FROM {HISTORY.name} WHERE quarantine_id = ? ORDER BY decided_at",
        [row["quarantine_id"]],
    ).fetchall()
    decisions = [dict(zip(("decided_at", "status", "note"), line, strict=True)) for line in history]
    row["loaded_at"] = row["loaded_at"].isoformat()
    return row | {"row": json.loads(row.pop("row_json")), "decisions": decisions}


def release(connection: duckdb.DuckDBPyConnection, quarantine_id: str, note: str, now: datetime) -> dict:
    """Put a held row into its table; what was done. Raises ConfigError, and ContractError where it breaks its promise.

    The row counts as loaded when it was held, so it is public when it would have been.
    """
    row = _row(connection, quarantine_id)
    if row["status"] == "released":
        return {"quarantine_id": row["quarantine_id"], "status": "released", "changed": False}
    with transaction(connection):
        _load(connection, row, now)
        _decide(connection, row, "released", note, now)
    return {"quarantine_id": row["quarantine_id"], "status": "released", "changed": True}


def reject(connection: duckdb.DuckDBPyConnection, quarantine_id: str, note: str, now: datetime) -> dict:
    """Mark a held row as rightly held; it stays, and stays out. Raises ConfigError for an unknown or released one."""
    row = _row(connection, quarantine_id)
    if row["status"] == "released":
        raise ConfigError(f"{row['quarantine_id']} was released into {row['table_name']}: it cannot be rejected now")
    if row["status"] == "rejected":
        return {"quarantine_id": row["quarantine_id"], "status": "rejected", "changed": False}
    with transaction(connection):
        _decide(connection, row, "rejected", note, now)
    return {"quarantine_id": row["quarantine_id"], "status": "rejected", "changed": True}


def release_again(connection: duckdb.DuckDBPyConnection, source: str, now: datetime) -> None:
    """Put every released row of a source into its table, after all its rows were made anew from the archive."""
    found = connection.execute(
        f"SELECT quarantine_id FROM {QUARANTINE.name} WHERE source = ? AND status = 'released' ORDER BY ALL", [source]
    ).fetchall()
    for (quarantine_id,) in found:
        _load(connection, _row(connection, quarantine_id), now)


def forget_held(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drop the undecided rows of a source that is read anew."""
    ensure(connection, QUARANTINE)
    connection.execute(f"DELETE FROM {QUARANTINE.name} WHERE source = ? AND status = 'held'", [source])


def _row(connection: duckdb.DuckDBPyConnection, quarantine_id: str) -> dict:
    """The one row whose identity begins so."""
    ensure(connection, QUARANTINE)
    ensure(connection, HISTORY)
    names = ", ".join(QUARANTINE.column_names)
    found = connection.execute(
        f"SELECT {names} FROM {QUARANTINE.name} WHERE starts_with(quarantine_id, ?) LIMIT 2", [quarantine_id]
    ).fetchall()
    if len(found) != 1 or len(quarantine_id) < SHORTEST_ID:
        raise ConfigError(
            f"{quarantine_id!r} names {'several rows' if len(found) > 1 else 'no row'} of the quarantine; expected "
            f"{SHORTEST_ID} or more characters of one id; `oilseer quarantine list` shows them"
        )
    return dict(zip(QUARANTINE.column_names, found[0], strict=True))


def _load(connection: duckdb.DuckDBPyConnection, row: dict, now: datetime) -> None:
    """Load the row as it was checked. Raises ConfigError for a row of an import, which holds the file's columns."""
    spec, values = BY_NAME[row["table_name"]], json.loads(row["row_json"])
    needed = [c.name for c in spec.columns if c.name not in ("ingested_at", "source", "provenance_id")]
    if any(name not in values for name in needed):
        raise ConfigError(
            f"{row['quarantine_id']} came by `oilseer import` from {row['file']}, row {row['row_number']}: "
            "it is held as its file says it; correct the file or its mapping and import again"
        )
    absent = [name for name in (*spec.key, "available_at") if values[name] is None]
    if absent:
        raise ContractError(f"{row['quarantine_id']} has no {', '.join(absent)}: {spec.name} cannot hold it; reject it")
    values |= {name: row[name] for name in ("source", "provenance_id")} | {"ingested_at": row["loaded_at"].isoformat()}
    columns = {name: pa.array([None if values[name] is None else str(values[name])]) for name in spec.column_names}
    load(connection, spec, pa.table(columns), now, now)


def _decide(connection: duckdb.DuckDBPyConnection, row: dict, status: str, note: str, now: datetime) -> None:
    connection.execute(
        f"UPDATE {QUARANTINE.name} SET status = ? WHERE quarantine_id = ?", [status, row["quarantine_id"]]
    )
    decision = {"quarantine_id": row["quarantine_id"], "decided_at": now, "status": status, "note": note}
    schema = pa.schema([("quarantine_id", pa.string()), ("decided_at", pa.timestamp("us", "UTC")),
                        ("status", pa.string()), ("note", pa.string())])  # fmt: skip
    merge(connection, HISTORY, pa.Table.from_pylist([decision], schema=schema))
