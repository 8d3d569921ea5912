"""Copies a workspace's tables to another database and back: a file, or MotherDuck by an `md:` address.

Tables are compared by content; those that differ are replaced, all in one transaction, so the other side is the old
state or the new one. Views are not copied: the product makes them anew.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from oilseer.errors import ConfigError, ContractError, MissingExtra
from oilseer.warehouse.spec import SCHEMAS

HERE, THERE = "here", "there"
SKIPPED = ("raw_staging",)  # one run's parking


@dataclass(frozen=True)
class TableSync:
    """One table: rows on both sides (None where it is not there) and what is done: copied, same, or kept.

    kept  it exists on the target only and stays as it is
    """

    table: str
    rows_source: int | None
    rows_target: int | None
    action: str

    def to_dict(self) -> dict:
        """Ready for JSON."""
        return asdict(self)


def sync(
    source: str,
    target: str,
    dry_run: bool,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> list[TableSync]:
    """Make the tables of `target` those of `source`; what was done, or with `dry_run` would be, by table.

    Raises ConfigError where an address cannot be opened, ContractError where a real and a simulated one meet.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        _attach(connection, source, HERE, read_only=True)
        _attach(connection, target, THERE, read_only=dry_run)
        _refuse_mixing(connection, source, target)
        plan = _compare(connection)
        if dry_run:
            return plan
        copied = [row for row in plan if row.action == "copied"]
        connection.execute("BEGIN TRANSACTION")
        try:
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {THERE}.{schema}")
            for done, row in enumerate(copied):
                progress("sync", done, len(copied))
                _copy(connection, row.table)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        progress("sync", len(copied), len(copied))
        return plan


def _attach(connection: duckdb.DuckDBPyConnection, address: str, name: str, read_only: bool) -> None:
    missing = not address.startswith("md:") and not Path(address).exists()
    if missing and name == HERE:
        raise ConfigError(f"{address} does not exist; name a database file or md:NAME to copy from")
    if missing and read_only:  # a dry run makes no file
        connection.execute(f"ATTACH ':memory:' AS {name}")
        return
    quoted = address.replace("'", "''")  # ATTACH binds no value
    try:
        connection.execute(f"ATTACH '{quoted}' AS {name}{' (READ_ONLY)' if read_only else ''}")
    except duckdb.Error as error:
        if address.startswith("md:"):
            raise MissingExtra(
                f"could not reach {address}: {error}. Set MOTHERDUCK_TOKEN, install oilseer[motherduck] "
                "and check the network"
            ) from error
        raise ConfigError(f"{address} cannot be opened: {error}") from error


def _tables(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, int]:
    """Rows of each table of a side, by `schema.table`, but for those that are never copied."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL", [name]
    ).fetchall()
    chosen = [(schema, table) for schema, table in found if schema in SCHEMAS and schema not in SKIPPED]
    return {
        f"{schema}.{table}": connection.execute(f'SELECT count(*) FROM {name}.{schema}."{table}"').fetchone()[0]
        for schema, table in chosen
    }


def _refuse_mixing(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    marks = []
    for name, address in ((HERE, source), (THERE, target)):
        if "ops.workspace" in _tables(connection, name):
            kind = connection.execute(f"SELECT kind FROM {name}.ops.workspace").fetchone()
            marks.append((address, kind and kind[0]))
        elif name == HERE:
            raise ConfigError(f"{source} is no workspace of Oilseer: it has no ops.workspace")
    if len({kind for _, kind in marks}) > 1:
        raise ContractError(
            f"{marks[0][0]} is {marks[0][1]}, {marks[1][0]} is {marks[1][1]}; real and simulated rows never mix"
        )


def _compare(connection: duckdb.DuckDBPyConnection) -> list[TableSync]:
    source, target = _tables(connection, HERE), _tables(connection, THERE)
    plan = []
    for table in sorted(source.keys() | target.keys()):
        if table not in source:
            action = "kept"
        else:
            same = table in target and source[table] == target[table] and _alike(connection, table)
            action = "same" if same else "copied"
        plan.append(TableSync(table, source.get(table), target.get(table), action))
    return plan


def _alike(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table has the same columns, types and rows on both sides, whatever their order."""
    schema, name = table.split(".")
    shapes = [
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND schema_name = ? "
            "AND table_name = ? ORDER BY column_index",
            [side, schema, name],
        ).fetchall()
        for side in (HERE, THERE)
    ]
    if shapes[0] != shapes[1]:
        return False
    columns = ", ".join(f'"{column}"' for column, _ in shapes[0])
    here, there = (
        connection.execute(
            f'SELECT bit_xor(hash({columns})), sum(hash({columns})) FROM {side}.{schema}."{name}"'
        ).fetchone()
        for side in (HERE, THERE)
    )
    return here == there


def _copy(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Replace a table by the source's, with its keys and constraints."""
    schema, name = table.split(".")
    ddl = connection.execute(
        "SELECT sql FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? AND table_name = ?",
        [HERE, schema, name],
    ).fetchone()[0]
    head, body = ddl.split("(", 1)
    assert head.strip().upper().startswith("CREATE TABLE"), ddl
    connection.execute(f'DROP TABLE IF EXISTS {THERE}.{schema}."{name}"')
    connection.execute(f'CREATE TABLE {THERE}.{schema}."{name}" ({body}')
    connection.execute(f'INSERT INTO {THERE}.{schema}."{name}" SELECT * FROM {HERE}.{schema}."{name}"')
