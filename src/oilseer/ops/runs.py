"""The identity of a run: code, data, libraries and seed, so that every number can be made again."""

import hashlib
import subprocess
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import distributions
from pathlib import Path

import duckdb
import pyarrow as pa

from oilseer import __version__
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import COMPLETION, ensure, merge

SEED = 20000315  # part of the identity; models derive their own from (model, origin)

RUNS = TableSpec(
    "ops.pipeline_runs",
    "one row per run",
    ("run_id",),
    (
        Column("run_id", "VARCHAR"),
        Column("as_of_date", "DATE", null=False),
        Column("code", "VARCHAR", null=False, note="version and git commit, '+' where files were changed"),
        Column("data_hash", "VARCHAR", null=False, note="hash of the deliveries loaded and of their mapping"),
        Column("lock_hash", "VARCHAR", null=False, note="hash of the installed libraries' versions"),
        Column("seed", "BIGINT", null=False),
        Column("started_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("ended_at", "TIMESTAMPTZ", "UTC"),
        Column("status", "VARCHAR", null=False, note="running, complete, blocked or failed"),
        Column("detail", "VARCHAR", null=False),
    ),
    "at the end of the run",
    "written by the pipeline",
)
SPECS = (RUNS,)


@dataclass(frozen=True)
class Run:
    """One run; `run_id` follows from the other fields but `started_at`."""

    run_id: str
    as_of_date: date
    code: str
    data_hash: str
    lock_hash: str
    seed: int
    started_at: datetime


def identify(connection: duckdb.DuckDBPyConnection, as_of_date: date, settings: str, now: datetime) -> Run:
    """The identity of a run on what this database holds, under `settings` (those that change a number, as text)."""
    code, data, lock = code_version(), data_hash(connection), lock_hash()
    digest = hashlib.sha256(f"{as_of_date}|{code}|{data}|{lock}|{SEED}|{settings}".encode()).hexdigest()[:10]
    return Run(f"{as_of_date:%Y%m%d}-{digest}", as_of_date, code, data, lock, SEED, now)


def note(
    connection: duckdb.DuckDBPyConnection, run: Run, status: str, ended_at: datetime | None, detail: str = ""
) -> None:
    """Write the run's row, in place of an earlier one of the same identity."""
    row = {**run.__dict__, "ended_at": ended_at, "status": status, "detail": detail}
    merge(connection, RUNS, pa.Table.from_pylist([row], schema=_SCHEMA))


_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()), ("as_of_date", pa.date32()), ("code", pa.string()), ("data_hash", pa.string()),
        ("lock_hash", pa.string()), ("seed", pa.int64()), ("started_at", pa.timestamp("us", "UTC")),
        ("ended_at", pa.timestamp("us", "UTC")), ("status", pa.string()), ("detail", pa.string()),
    ]
)  # fmt: skip


def data_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of every delivery loaded so far and of how the mapping read it, whatever their order; hex."""
    ensure(connection, COMPLETION)
    rows = connection.execute(
        f"SELECT table_name, provenance_id, source FROM {COMPLETION.name} WHERE status = 'complete' ORDER BY ALL"
    ).fetchall()
    if "ops.imports" in tables(connection):
        rows += connection.execute(
            "SELECT table_name, provenance_id, source, fingerprint FROM ops.imports ORDER BY ALL"
        ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def lock_hash() -> str:
    """Hash of the names and versions of all installed distributions; hex."""
    found = sorted({f"{d.metadata['Name']}=={d.version}" for d in distributions()})
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]


def code_version() -> str:
    """Version, and the git commit where the package runs from its checkout ('+' where files were changed).

    Installed below somebody else's checkout (a .venv in their project) it is the version alone.
    """
    folder = Path(__file__).parent
    try:
        git = ["git", "-C", str(folder)]
        tracked = [*git, "ls-files", "--error-unmatch", Path(__file__).name]
        subprocess.run(tracked, capture_output=True, check=True)
        commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "--", "."], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return __version__
    return f"{__version__}@{commit.stdout.strip()}{'+' if changed.stdout.strip() else ''}"
