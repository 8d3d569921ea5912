"""Connections: one writer under a file lock, readers on the published snapshot, as-of views of the past."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from oilseer.errors import ConfigError, ContractError, LockedError, MissingExtra
from oilseer.warehouse.spec import SCHEMAS
from oilseer.warehouse.workspace import Workspace

# The end of a draft's name, with the number of the process that makes it; DuckDB adds .wal, and .tmp for its spills.
DRAFT = re.compile(r"\.(\d+)\.tmp(\.wal|\.tmp)?$")

# What a replay takes from the snapshot besides raw, and which rows of it; ? is the replayed session.
CARRIED = {
    "training.walk_forward": "origin <= ?",
    "training.failures": "origin <= ?",
    "training.variance_forecasts": "origin <= ?",
    "training.regime_probabilities": "origin <= ?",
    "reference.model_registry": "? IS NOT NULL",  # past combinations are those of today's champions
    "ops.ingestion_completion": "? IS NOT NULL",
    "ops.imports": "? IS NOT NULL",
    "staging.quarantine": "? IS NOT NULL",
}


@contextmanager
def writer(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one writing connection of a workspace; checkpointed and closed at the end.

    Raises LockedError at once where another process writes.
    """
    with alone(workspace), _writable(workspace) as connection:
        yield connection


@contextmanager
def writing(workspace: Workspace) -> Iterator[tuple[duckdb.DuckDBPyConnection, Callable[[str], None]]]:
    """The writing connection, and a function that asks for a snapshot under a run id when the block has ended well.

    No other process writes between the block and its snapshot, so what is published is what the block left.
    Raises LockedError at once where another process writes.
    """
    asked: list[str] = []
    with alone(workspace):
        with _writable(workspace) as connection:
            yield connection, asked.append
        for run_id in asked[-1:]:
            _snapshot(workspace, run_id)


@contextmanager
def _writable(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = _open(workspace)
    try:
        _prepare(connection, workspace)
        yield connection
    finally:
        connection.close()


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's write lock. Raises LockedError at once where another process holds it."""
    lock = FileLock(workspace.home / "write.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(
            f"another oilseer process is writing to {workspace.home}; wait for it to end, "
            "or read meanwhile: brief, forecast, plan and scorecard use the published snapshot"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reader(workspace: Workspace, as_of: date | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published snapshot (or to MotherDuck), or to the replay of a past session.

    Raises ConfigError where nothing was published, or that session was not replayed, yet.
    """
    if as_of is not None:
        path = replay_path(workspace, as_of)
        if not path.exists():
            raise ConfigError(f"{as_of} is not replayed on today's data yet: `oilseer run --as-of {as_of}` does it")
        connection = _utc(duckdb.connect(str(path), read_only=True))
    elif workspace.is_remote:
        connection = _open(workspace)
    else:
        connection = _utc(duckdb.connect(str(current_snapshot(workspace)), read_only=True))
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def built(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to what was built last, published or not; the published snapshot while another process
    writes. Holds the write lock, so read and leave.

    Raises ConfigError where the workspace holds nothing yet.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(workspace))
        except LockedError:
            yield stack.enter_context(reader(workspace))
            return
        if not workspace.is_remote and not Path(workspace.database).exists():
            raise ConfigError(f"{workspace.home} holds no rows yet: `oilseer ingest` or `oilseer import` loads them")
        if workspace.is_remote:
            connection = _open(workspace)
        else:
            connection = _utc(duckdb.connect(workspace.database, read_only=True))
        stack.callback(connection.close)
        yield connection


def replay_path(workspace: Workspace, as_of: date) -> Path:
    """Where the replay of session `as_of` on the published snapshot lives."""
    return workspace.home / "replays" / f"{as_of:%Y%m%d}-of-{current_snapshot(workspace).stem}.duckdb"


@contextmanager
def replay(workspace: Workspace, as_of: date, cutoff: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database whose `raw` holds only rows public at `cutoff` (UTC, aware), to rebuild everything else in.

    Later stages run in it by the same code as every day, so a replay can see nothing else. The
    walk-forward's rows of earlier origins come along: each is recognised, or made again, by the hash of
    what its model saw. It appears under `replay_path` when the block ends without an error.
    """
    target = replay_path(workspace, as_of)
    target.parent.mkdir(exist_ok=True)
    _remove_stale(target.parent)
    draft = target.with_suffix(f".{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    connection = _utc(duckdb.connect(str(draft)))
    try:
        quoted = str(current_snapshot(workspace)).replace("'", "''")  # ATTACH binds no value
        connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
        _prepare(connection, workspace)
        there = _published_tables(connection)
        raw = [name for name in there if name.startswith("raw.")]
        for name in raw:
            known = f"available_at <= TIMESTAMPTZ '{cutoff.isoformat()}'"
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM published.{name} WHERE {known}")
        for name, condition in CARRIED.items():
            if name in there:
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM published.{name} WHERE {condition}", [as_of])
        yield connection
        for name in raw:
            connection.execute(f"DROP VIEW {name}")
        connection.execute("DETACH published")
        connection.close()
        os.replace(draft, target)
    finally:
        connection.close()
        draft.unlink(missing_ok=True)


def _published_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'published' ORDER BY ALL"
    ).fetchall()
    return [row[0] for row in rows]


def publish(workspace: Workspace, run_id: str) -> Path:
    """Publish what the database holds now; call with no writer open. Raises LockedError.

    A run publishes what it wrote with `writing`.
    """
    with alone(workspace):
        return _snapshot(workspace, run_id)


def _snapshot(workspace: Workspace, run_id: str) -> Path:
    """Copy the database to a new snapshot and swap it in whole, under the write lock.

    Readers of the old snapshot keep it until they close it. The two newest are kept. Replays go: they stand for
    the snapshot before, even where a run of the same identity made both.
    """
    if workspace.is_remote:
        return Path(workspace.database)
    target = workspace.published / f"{run_id}.duckdb"
    duckdb.connect(workspace.database).close()  # brings a write-ahead log into the file
    workspace.published.mkdir(exist_ok=True)
    _remove_stale(workspace.published)
    _swap(target, lambda draft: shutil.copyfile(workspace.database, draft))
    _swap(workspace.published / "current", lambda draft: draft.write_text(target.name))
    snapshots = sorted(workspace.published.glob("*.duckdb"), key=lambda path: path.stat().st_mtime)
    for old in (*snapshots[:-2], *(workspace.home / "replays").glob("*.duckdb")):
        old.unlink()
    return target


def _remove_stale(folder: Path) -> None:
    """Remove the drafts, and what DuckDB kept beside them, of processes that were killed at it."""
    for path in folder.iterdir():
        maker = DRAFT.search(path.name)
        if maker and not _is_running(int(maker[1])):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def _swap(target: Path, make: Callable[[Path], object]) -> None:
    """Let `make` write a draft, bring it to the disk, and put it in the place of `target` in one step."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        make(draft)
        with draft.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


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
    """ "real" or "simulated", from the database itself."""
    return connection.execute("SELECT kind FROM ops.workspace").fetchone()[0]
