"""Which staging tables a build may leave as they are: those that hold what was made of the very rows, code and files.

Everything is recognised by content, so it does not matter who changed a row, or how: an ingest, a release from the
quarantine, a correction by hand.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache

import duckdb

from oilseer.warehouse.code import code_hash
from oilseer.warehouse.spec import Column, TableSpec

STATE = TableSpec(
    "staging.build_state",
    "one row per table that staging makes",
    ("table_name",),
    (
        Column("table_name", "VARCHAR"),
        Column("made_from", "VARCHAR", "", "sha256 of code, reference files, libraries and rows read", null=False),
        Column("content", "VARCHAR", "", "hash of the rows that were made", null=False),
    ),
    "at the build, in the transaction of the table",
    "written by build_all",
)
_CODE = ("oilseer.staging", "oilseer.market", "oilseer.reference", "oilseer.warehouse")
_LIBRARIES = ("duckdb", "numpy", "pandas-market-calendars", "rapidfuzz")


def inputs(spec: TableSpec) -> tuple[str, ...]:
    """Tables that one is made from: those that its spec names as its source."""
    return tuple(re.findall(r"\b(?:raw|staging)\.\w+", spec.source))


def made_from(spec: TableSpec, scorer: str, contents: Mapping[str, str]) -> str:
    """sha256 of all that decides a table's rows; hex. `contents` holds what each of its inputs holds now.

    The code is that of all tables: it changes with a release, rows every day.
    """
    read = [(name, contents[name]) for name in inputs(spec)]
    return hashlib.sha256(repr((_code(), scorer, read)).encode()).hexdigest()


def content(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Hash of all columns of all rows of a table, whatever their order; hex and the number of rows."""
    # hashed twice: the columns' hashes are joined by xor, so one alone would not see values that two rows exchange
    digest, count = connection.execute(f"SELECT bit_xor(hash(hash(t))), count(*) FROM {table} AS t").fetchone()
    return f"{digest or 0:016x}-{count}"


def known(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """What each table was made from and what it held then, by name."""
    connection.execute(STATE.ddl())
    return {name: (made, held) for name, made, held in connection.execute(f"FROM {STATE.name}").fetchall()}


def remember(connection: duckdb.DuckDBPyConnection, table: str, made: str, held: str) -> None:
    """Keep what a table was made from; in the transaction that made it, so that neither stands without the other."""
    connection.execute(f"DELETE FROM {STATE.name} WHERE table_name = ?", [table])
    connection.execute(f"INSERT INTO {STATE.name} VALUES (?, ?, ?)", [table, made, held])


@cache
def _code() -> str:
    """Hash of the files that make staging, and of what runs them."""
    return code_hash(_CODE, _LIBRARIES)
