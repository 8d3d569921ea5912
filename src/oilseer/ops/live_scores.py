"""The newest live scores in a small file beside the database: for readers that must not hold its lock."""

import json
import os
from pathlib import Path

import duckdb

from oilseer.warehouse.tables import tables

LIVE = "signals.big_eight_live"


def path_of(home: Path) -> Path:
    """Where they are."""
    return home / "live.json"


def leave(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Write the scores of the newest bars, whole or not at all; nothing where there are none."""
    if LIVE not in tables(connection):
        return
    query = f"SELECT * FROM {LIVE} WHERE observed_at = (SELECT max(observed_at) FROM {LIVE}) ORDER BY bucket"
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    for row in found:
        row |= {"observed_at": row["observed_at"].isoformat(), "as_of_date": row["as_of_date"].isoformat()}
    draft = path_of(home).with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(found))
    os.replace(draft, path_of(home))
