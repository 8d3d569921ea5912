"""Whether the matrix that stands may be added to: the same declarations, and a past that has not changed."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

import duckdb
import pyarrow as pa

from oilseer.features.registry import Family
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import replace

STATE = TableSpec(
    "features.build_state",
    "one row: what the matrix was made from",
    ("matrix",),
    (
        Column("matrix", "VARCHAR"),
        Column("declarations", "VARCHAR", "", "sha256 of the features' code and of what runs it", null=False),
        Column("sessions", "BIGINT", "sessions", "in the matrix", null=False, low=1),
        Column("last_session", "DATE", null=False),
        Column("last_cutoff", "TIMESTAMPTZ", "UTC", null=False),
        Column("past", "VARCHAR", "", "JSON: hash of each staging table's rows public at last_cutoff", null=False),
    ),
    "at the build",
    "written by build_features",
)
_UNHASHED = ("ingested_at", "availability", "source", "provenance_id")  # how a row came, not what it says
_CODE = ("oilseer.features", "oilseer.market", "oilseer.reference")


def declarations(families: Sequence[Family]) -> str:
    """sha256 of everything but rows that decides a feature's bytes: code, SQL, libraries, families; hex."""
    digest = hashlib.sha256(_code().encode())
    for family in families:
        made_by = "sql" if family.compute is None else f"{family.compute.__module__}.{family.compute.__qualname__}"
        digest.update(repr((family.name, family.lookback, made_by, family.features)).encode())
    return digest.hexdigest()


def past(connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> dict[str, str]:
    """Hash of the rows public at `cutoff` of every staging table that this package names, by name.

    A backfill, a revision that was late to arrive, or a roll that now falls on another day changes one of them.
    """
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'staging' "
        "AND database_name = current_database() ORDER BY table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append(column)
    hashes = {}
    for table, names in columns.items():
        if table in _tables() and "available_at" in names:
            said = ", ".join(f'"{name}"' for name in names if name not in _UNHASHED)
            digest, count = connection.execute(
                f"SELECT bit_xor(hash({said})), count(*) FROM staging.{table} WHERE available_at <= $cutoff",
                {"cutoff": cutoff},
            ).fetchone()
            hashes[table] = f"{digest or 0:016x}-{count}"
    return hashes


def why_rebuild(connection: duckdb.DuckDBPyConnection, matrix: str, families: Sequence[Family]) -> str | date:
    """The session after which rows can be added; or in words why all rows must be made anew."""
    row = None
    if {STATE.name, matrix} <= tables(connection):
        row = connection.execute(
            f"SELECT declarations, sessions, last_session, last_cutoff, past FROM {STATE.name} WHERE matrix = $matrix",
            {"matrix": matrix},
        ).fetchone()
    if row is None:
        return "no earlier build"
    declared, sessions, last_session, last_cutoff, before = row
    if declared != declarations(families):
        return "the features' declarations, code or libraries changed"
    rows, inputs = (
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in (matrix, "features.known_inputs")
    )
    if not rows == inputs == sessions:
        return f"{sessions} sessions were made, {rows} of the matrix and {inputs} of its inputs are there"
    now, before = past(connection, last_cutoff), json.loads(before)
    changed = sorted(table for table in {*now, *before} if now.get(table) != before.get(table))
    if changed:
        return f"rows public by {last_session} changed in " + ", ".join(f"staging.{table}" for table in changed)
    return last_session


def remember(connection: duckdb.DuckDBPyConnection, matrix: str, families: Sequence[Family]) -> None:
    """Keep what the matrix, which stands now, was made from."""
    sessions, session, cutoff = connection.execute(
        "SELECT count(*), max(as_of_date), max(cutoff) FROM features.known_inputs"
    ).fetchone()
    row = {
        "matrix": matrix, "declarations": declarations(families), "sessions": sessions,
        "last_session": session, "last_cutoff": cutoff,
        "past": json.dumps(past(connection, cutoff), sort_keys=True),
    }  # fmt: skip
    replace(connection, STATE, pa.Table.from_pylist([row]))


@cache
def _tables() -> frozenset[str]:
    """Staging tables that the package's files name: all that what was known can be made from."""
    texts = (path.read_text(encoding="utf-8") for path in _files("oilseer.features"))
    return frozenset(name for text in texts for name in re.findall(r"staging\.(\w+)", text))


def _files(package: str) -> list[Traversable]:
    """Code, SQL and tables of a package, by name."""
    kept = (".py", ".sql", ".csv", ".yaml")
    return sorted((p for p in files(package).iterdir() if p.name.endswith(kept)), key=lambda path: path.name)


@cache
def _code() -> str:
    """sha256 of the files that make features, and the versions of what runs them; hex."""
    digest = hashlib.sha256()
    for package in _CODE:
        for path in _files(package):
            digest.update(path.name.encode() + path.read_bytes())
    for library in ("duckdb", "numpy", "pandas-market-calendars"):
        digest.update(f"{library}{version(library)}".encode())
    return digest.hexdigest()
