"""Connections: one writer under a file lock, readers on the published snapshot, as-of views of the past."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from oilseer.errors import ConfigError, ContractError, LockedError, MissingExtra
from oilseer.warehouse.spec import SCHEMAS
from oilseer.warehouse.workspace import Workspace


@contextmanager
def writer(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one writing connection of a workspace; checkpointed and closed at the end.

    Raises LockedError at once where another process writes.
    """
    lock = FileLock(workspace.home / "write.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(
            f"another oilseer process is writing to {workspace.home}; wait for it to end, "
            "or read meanwhile: brief, forecast, plan and scorecard use the published snapshot"
        ) from None
    try:
        connection = _open(workspace)
        try:
            _prepare(connection, workspace)
            yield connection
        finally:
            connection.close()
    finally:
        lock.release()


@contextmanager
def reader(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published snapshot (or to MotherDuck).

    Raises ConfigError where nothing was published yet.
    """
    if workspace.is_remote:
        connection = _open(workspace)
    else:
        connection = _utc(duckdb.connect(str(current_snapshot(workspace)), read_only=True))
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def as_of(workspace: Workspace, cutoff: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database in memory whose `raw` holds only rows public at `cutoff` (UTC, aware).

    Later stages are rebuilt in it by the same code as every day, so a replay can see nothing else.
    The snapshot is attached as `published` for rows that are point-in-time by their key.
    """
    connection = _utc(duckdb.connect(":memory:"))
    try:
        connection.execute(f"ATTACH '{current_snapshot(workspace)}' AS published (READ_ONLY)")
        _schemas(connection)
        instant = cutoff.isoformat()
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'published' AND schema_name = 'raw'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(
                f"CREATE VIEW raw.{table} AS SELECT * FROM published.raw.{table} "
                f"WHERE available_at <= TIMESTAMPTZ '{instant}'"
            )
        yield connection
    finally:
        connection.close()


def publish(workspace: Workspace, run_id: str) -> Path:
    """Copy the database to a new snapshot and swap it in whole; call with no writer open.

    Readers of the old snapshot keep it until they close it. The two newest are kept.
    """
    if workspace.is_remote:
        return Path(workspace.database)
    workspace.published.mkdir(exist_ok=True)
    target = workspace.published / f"{run_id}.duckdb"
    draft = target.with_suffix(".tmp")
    shutil.copyfile(workspace.database, draft)
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    os.replace(draft, target)
    pointer = workspace.published / "current"
    fresh = workspace.published / "current.tmp"
    fresh.write_text(target.name)
    os.replace(fresh, pointer)
    snapshots = sorted(workspace.published.glob("*.duckdb"), key=lambda path: path.stat().st_mtime)
    for old in snapshots[:-2]:
        if old.name != target.name:
            old.unlink()
    return target


def current_snapshot(workspace: Workspace) -> Path:
    """Path of the published snapshot. Raises ConfigError where there is none."""
    pointer = workspace.published / "current"
    if not pointer.exists():
        raise ConfigError(f"nothing is published in {workspace.home} yet: `oilseer run` makes the first forecast")
    return workspace.published / pointer.read_text().strip()


def _open(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    if not workspace.is_remote:
        return _utc(duckdb.connect(workspace.database))
    if not os.environ.get("MOTHERDUCK_TOKEN"):
        raise ConfigError(f"{workspace.database} needs the environment variable MOTHERDUCK_TOKEN")
    try:
        return _utc(duckdb.connect(workspace.database))
    except duckdb.Error as error:
        raise MissingExtra(
            f"could not reach {workspace.database}: {error}. Install oilseer[motherduck] and check the network"
        ) from error


def _utc(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Set after opening: in the options of connect it asks for the built-in icu before that is loaded."""
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _schemas(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def _prepare(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Create the schemas, and hold the mark in the database against the mark on the folder."""
    _schemas(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS ops.workspace (kind VARCHAR PRIMARY KEY)")
    marks = [row[0] for row in connection.execute("SELECT kind FROM ops.workspace").fetchall()]
    if not marks:
        connection.execute("INSERT INTO ops.workspace VALUES (?)", [workspace.kind])
    elif marks != [workspace.kind]:
        raise ContractError(
            f"{workspace.database} is marked {marks}, its folder {workspace.kind}; real and simulated rows never mix"
        )


def kind_of(connection: duckdb.DuckDBPyConnection) -> str:
    """"real" or "simulated", from the database itself."""
    return connection.execute("SELECT kind FROM ops.workspace").fetchone()[0]


__all__ = ["as_of", "current_snapshot", "kind_of", "publish", "reader", "writer"]


def configured(value: str | None) -> str | None:
    """A database setting, checked: None for the workspace's own file, a path, or an `md:` address."""
    if value and value.startswith("md:") and not value.removeprefix("md:").replace("_", "").isalnum():
        raise ConfigError(f"OILSEER_DATABASE={value!r}: expected md:NAME of letters, digits and underscores")
    return value
