"""What was fetched and how each source stands: `ops.downloads`, `ops.ingest_runs`, `ops.source_status`.

A download's record is written in the transaction of its rows, so what stands here is in the tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import ensure

GOOD = ("used", "unchanged", "stale")
STATUSES = {
    "ok": "fetched, and the tables changed",
    "unchanged": "fetched, and nothing new was in it",
    "stale": "the last attempt failed or was not made: the last good copy serves",
    "failed": "the last attempt failed, and there is no copy to serve",
    "no_key": "not asked: its key is not set",
    "no_file": "not read: nobody has put its file into the drop folder",
    "never": "not asked yet",
}
RESUMABLE_FOR = timedelta(days=1)  # an interrupted fetch goes on from its copies this long

DOWNLOADS = TableSpec(
    "ops.downloads",
    "one row per source, part and fetch",
    ("source", "part", "fetched_at"),
    (
        Column("source", "VARCHAR"),
        Column("part", "VARCHAR", note="which request of the source"),
        Column("fetched_at", "TIMESTAMPTZ", "UTC", "of a drop folder the file's time of change"),
        Column("url", "VARCHAR", note="without any key", null=False),
        Column("sha256", "VARCHAR", note="of the body; its archive file and the rows' provenance_id", null=False),
        Column("bytes", "BIGINT", "bytes", null=False, low=0),
        Column("since", "DATE", null=False),
        Column("until", "DATE", null=False),
        Column("ingested_at", "TIMESTAMPTZ", "UTC", "stamp of its rows", null=False),
        Column("reader", "VARCHAR", note="hash of the code that parsed it", null=False),
        Column("rows", "BIGINT", "rows", "that parse() made", null=False, low=0),
        Column("changed", "BIGINT", "rows", null=False, low=0),
        Column("quarantined", "BIGINT", "rows", null=False, low=0),
        Column("flagged", "BIGINT", "rows", "kept, but odd: jumps and standstills", null=False, low=0),
        Column(
            "status",
            "VARCHAR",
            note="used, unchanged (the bytes of the time before), stale (a later fetch failed), refused",
            null=False,
        ),
        Column("message", "VARCHAR", note="why it was refused", null=False),
    ),
    "at the end of its load",
    "written by the ingest",
)
RUNS = TableSpec(
    "ops.ingest_runs",
    "one row per ingest and source",
    ("started_at", "source"),
    (
        Column("started_at", "TIMESTAMPTZ", "UTC"),
        Column("source", "VARCHAR"),
        Column("ended_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("since", "DATE"),
        Column("until", "DATE"),
        Column("offline", "BOOLEAN", null=False),
        Column("status", "VARCHAR", null=False, note=", ".join(STATUSES)),
        Column("downloads", "BIGINT", "downloads", null=False, low=0),
        Column("rows", "BIGINT", "rows", null=False, low=0),
        Column("changed", "BIGINT", "rows", null=False, low=0),
        Column("quarantined", "BIGINT", "rows", null=False, low=0),
        Column("flagged", "BIGINT", "rows", null=False, low=0),
        Column("message", "VARCHAR", null=False),
    ),
    "at the end of the source's turn",
    "written by the ingest",
)
STATUS = TableSpec(
    "ops.source_status",
    "one row per source",
    ("source",),
    (
        Column("source", "VARCHAR"),
        Column("status", "VARCHAR", null=False, note="; ".join(f"{name}: {text}" for name, text in STATUSES.items())),
        Column("last_attempt", "TIMESTAMPTZ", "UTC"),
        Column("last_success", "TIMESTAMPTZ", "UTC"),
        Column("covered_since", "DATE", note="observation dates from here to covered_until were asked for"),
        Column("covered_until", "DATE"),
        Column("downloads", "BIGINT", "downloads", "of the last attempt", null=False, low=0),
        Column("rows", "BIGINT", "rows", "in its tables", null=False, low=0),
        Column("changed", "BIGINT", "rows", "by the last attempt", null=False, low=0),
        Column("quarantined", "BIGINT", "rows", "held now", null=False, low=0),
        Column("newest_available_at", "TIMESTAMPTZ", "UTC"),
        Column("message", "VARCHAR", null=False),
    ),
    "at the end of the source's turn",
    "written by the ingest",
)
SPECS = (DOWNLOADS, RUNS, STATUS)
_ARROW = {
    "VARCHAR": pa.string(), "TIMESTAMPTZ": pa.timestamp("us", "UTC"), "DATE": pa.date32(), "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A good copy in the archive."""

    part: str
    url: str
    sha256: str
    fetched_at: datetime
    ingested_at: datetime
    reader: str
    since: date
    until: date


COPY = "part, url, sha256, fetched_at, ingested_at, reader, since, until"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables where they are not there."""
    for spec in SPECS:
        ensure(connection, spec)


def write(connection: duckdb.DuckDBPyConnection, spec: TableSpec, rows: Iterable[dict]) -> None:
    """Insert or replace records by key, of this module's tables; the table itself refuses what may not be null."""
    schema = pa.schema([(column.name, _ARROW[column.type]) for column in spec.columns])
    connection.register("new_records", pa.Table.from_pylist(list(rows), schema=schema))
    try:
        connection.execute(f"INSERT OR REPLACE INTO {spec.name} BY NAME SELECT * FROM new_records")
    finally:
        connection.unregister("new_records")


def copies(connection: duckdb.DuckDBPyConnection, source: str) -> list[Copy]:
    """Every good copy of a source, the earliest fetched first."""
    found = connection.execute(
        f"SELECT {COPY} FROM ops.downloads "
        "WHERE source = ? AND list_contains(?, status) ORDER BY ingested_at, fetched_at, part",
        [source, list(GOOD)],
    ).fetchall()
    return [Copy(*row) for row in found]


def finished(
    connection: duckdb.DuckDBPyConnection, source: str, since: date, until: date, now: datetime
) -> dict[tuple[str, str], Copy]:
    """Copies by part and address that need not be fetched again for this span.

    Those of a span that was over when they were fetched, and those of an attempt that was interrupted within a day.
    """
    found = connection.execute(
        f"""
        SELECT {COPY}
        FROM ops.downloads AS d
        WHERE source = $source AND since = $since AND until = $until AND list_contains($good, status)
        AND (
            fetched_at::DATE > until
            OR fetched_at > $earliest AND fetched_at > (
                SELECT coalesce(max(ended_at), TIMESTAMPTZ '1970-01-01 00:00:00+00')
                FROM ops.ingest_runs AS r
                WHERE r.source = d.source AND r.since = d.since AND r.until = d.until
                AND r.status IN ('ok', 'unchanged')
            )
        )
        ORDER BY fetched_at
        """,
        {"source": source, "since": since, "until": until, "good": list(GOOD), "earliest": now - RESUMABLE_FOR},
    ).fetchall()
    return {(row[0], row[1]): Copy(*row) for row in found}


def mark_stale(connection: duckdb.DuckDBPyConnection, source: str, before: datetime) -> datetime | None:
    """Mark the newest good copy of each part not renewed since `before`; when the newest of them was fetched."""
    connection.execute(
        """
        UPDATE ops.downloads AS d SET status = 'stale'
        FROM (SELECT part, max(fetched_at) AS newest FROM ops.downloads
              WHERE source = $source AND list_contains($good, status) GROUP BY part) AS n
        WHERE d.source = $source AND d.part = n.part AND d.fetched_at = n.newest AND n.newest < $before
        AND list_contains($good, d.status)
        """,
        {"source": source, "good": list(GOOD), "before": before},
    )
    return connection.execute(
        "SELECT max(fetched_at) FROM ops.downloads WHERE source = ? AND list_contains(?, status)", [source, list(GOOD)]
    ).fetchone()[0]


def statuses(connection: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """The row of `ops.source_status` of each source that has one; nothing where the table is not there yet."""
    if STATUS.name not in tables(connection):
        return {}
    names = STATUS.column_names
    rows = connection.execute(f"SELECT {', '.join(names)} FROM ops.source_status").fetchall()
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}
