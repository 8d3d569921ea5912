"""Whether the matrix that stands may be added to: the same declarations, and a past that has not changed."""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import duckdb
import pyarrow as pa

from oilseer.features.registry import Family
from oilseer.warehouse.code import code_hash, package_files
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
        Column("past", "VARCHAR", "", "JSON: hash and number of each staging table's rows public at last_cutoff",
               null=False),
    ),
    "at the build",
    "written by build_features",
)  # fmt: skip
Prints = dict[str, tuple[int, int]]  # hash of rows in any order, and their number, by staging table
_UNHASHED = ("ingested_at", "availability", "source", "provenance_id")  # how a row came, not what it says
_CODE = ("oilseer.features", "oilseer.market", "oilseer.reference")
_LIBRARIES = ("duckdb", "numpy", "pandas-market-calendars")


def declarations(families: Sequence[Family]) -> str:
    """sha256 of everything but rows that decides a feature's bytes: code, SQL, libraries, families; hex."""
    digest = hashlib.sha256(_code().encode())
    for family in families:
        made_by = "sql" if family.compute is None else f"{family.compute.__module__}.{family.compute.__qualname__}"
        digest.update(repr((family.name, family.lookback, made_by, family.features)).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Standing:
    """The matrix as it stands, made by the same code from a past that has not changed: rows can be added to it."""

    last_session: date
    last_cutoff: datetime
    past: Prints


def prints(connection: duckdb.DuckDBPyConnection, until: datetime, after: datetime | None = None) -> Prints:
    """Hash and number of the rows public at `until`, and not yet at `after`, of the staging tables that features read.

    A backfill, a revision that was late to arrive, or a roll that now falls on another day changes one of them.
    """
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'staging' "
        "AND database_name = current_database() ORDER BY table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append(column)
    each = []
    for table, names in columns.items():
        if table in _tables() and "available_at" in names:
            said = ", ".join(f'"{name}"' for name in names if name not in _UNHASHED)
            # twice: a single hash of several columns is linear in the last, which two rows could exchange unseen
            each.append(
                f"SELECT '{table}', coalesce(bit_xor(hash(hash({said}))), 0), count(*) FROM staging.{table} "
                "WHERE available_at <= $until AND ($after IS NULL OR available_at > $after)"
            )
    rows = connection.execute(" UNION ALL ".join(each), {"until": until, "after": after}).fetchall() if each else []
    return {table: (digest, count) for table, digest, count in rows}


def standing(
    connection: duckdb.DuckDBPyConnection, matrix: str, declared: str, needed: Collection[str]
) -> Standing | str:
    """What rows can be added to; or in words why all rows must be made anew.

    needed  what the build that made `matrix` left beside it: tables and views
    """
    row = None
    if {STATE.name, matrix, *needed} <= tables(connection):
        row = connection.execute(
            f"SELECT declarations, sessions, last_session, last_cutoff, past FROM {STATE.name} WHERE matrix = $matrix",
            {"matrix": matrix},
        ).fetchone()
    if row is None:
        return "no earlier build"
    before, sessions, last_session, last_cutoff, past = row
    if before != declared:
        return "the features' declarations, code or libraries changed"
    rows, inputs = (
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in (matrix, "features.known_inputs")
    )
    if not rows == inputs == sessions:
        return f"{sessions} sessions were made, {rows} of the matrix and {inputs} of its inputs are there"
    now = prints(connection, last_cutoff)
    past = {table: (digest, count) for table, (digest, count) in json.loads(past).items()}
    changed = sorted(table for table in {*now, *past} if now.get(table) != past.get(table))
    if changed:
        return f"rows public by {last_session} changed in " + ", ".join(f"staging.{table}" for table in changed)
    return Standing(last_session, last_cutoff, now)


def remember(connection: duckdb.DuckDBPyConnection, matrix: str, declared: str, before: Standing | None = None) -> None:
    """Keep what the matrix, which stands now, was made from.

    before  what rows were added to: of staging, only what became public since is read again
    """
    sessions, session, cutoff = connection.execute(
        "SELECT count(*), max(as_of_date), max(cutoff) FROM features.known_inputs"
    ).fetchone()
    past = prints(connection, cutoff, before.last_cutoff if before else None)
    if before:
        past = {
            table: (digest ^ before.past[table][0], count + before.past[table][1])
            for table, (digest, count) in past.items()
        }
    row = {
        "matrix": matrix, "declarations": declared, "sessions": sessions, "last_session": session,
        "last_cutoff": cutoff, "past": json.dumps(past, sort_keys=True),
    }  # fmt: skip
    replace(connection, STATE, pa.Table.from_pylist([row]))


@cache
def _tables() -> frozenset[str]:
    """Staging tables that the package's files name: all that what was known can be made from."""
    texts = (path.read_text(encoding="utf-8") for path in package_files("oilseer.features"))
    return frozenset(name for text in texts for name in re.findall(r"staging\.(\w+)", text))


@cache
def _code() -> str:
    """Hash of the files that make features, and of what runs them."""
    return code_hash(_CODE, _LIBRARIES)
