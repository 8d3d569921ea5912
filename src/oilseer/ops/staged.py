"""Whether staging was made from what raw holds now, by the code that is here now: else it has to be made again."""

import hashlib
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from oilseer.ops.runs import data_hash, lock_hash
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import replace

STAGED = TableSpec(
    "ops.staged",
    "one row: what staging was made from",
    ("fingerprint",),
    (Column("fingerprint", "VARCHAR", "", "sha256 of deliveries, raw rows, code, libraries and settings"),),
    "at the build",
    "written by the pipeline",
)
_CODE = ("oilseer.staging", "oilseer.market", "oilseer.reference")
_KEPT = (".py", ".sql", ".csv")


def is_current(connection: duckdb.DuckDBPyConnection, finbert: Path | None) -> bool:
    """Whether the staging that stands is what a build would make now."""
    there = STAGED.name in tables(connection)
    found = connection.execute(f"SELECT fingerprint FROM {STAGED.name}").fetchall() if there else []
    return found == [(_fingerprint(connection, finbert),)]


def remember(connection: duckdb.DuckDBPyConnection, finbert: Path | None) -> None:
    """Keep what staging, which stands now, was made from."""
    replace(connection, STAGED, pa.table({"fingerprint": [_fingerprint(connection, finbert)]}))


def _fingerprint(connection: duckdb.DuckDBPyConnection, finbert: Path | None) -> str:
    raw = sorted(name for name in tables(connection) if name.startswith("raw."))
    counted = [connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in raw]
    made_from = (data_hash(connection), raw, counted, lock_hash(), finbert)
    digest = hashlib.sha256(repr(made_from).encode())
    for package in _CODE:
        for path in sorted(files(package).iterdir(), key=lambda found: found.name):
            if path.name.endswith(_KEPT):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
