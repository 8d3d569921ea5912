"""A folder of a user's own files, imported into raw tables by a declared mapping; every row is accounted for.

Each file is one transaction: rows, quarantine and record together, or nothing. A second import changes nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from oilseer.errors import ConfigError, SourceError
from oilseer.raw.conform import Conformed, conform
from oilseer.raw.delivery import Delivery, columns_of, read_delivery, sha256_of
from oilseer.raw.mapping import Entry, Ignored, Mapping, load_mapping
from oilseer.raw.quarantine import QUARANTINE, forget, stamp_held
from oilseer.raw.report import COUNTS, IMPORTS, STALE, EntryReport, ImportReport
from oilseer.reference.fred import table_bytes
from oilseer.warehouse.write import ensure, load, merge, transaction

Progress = Callable[[str, int, int], None]  # file, files done before it, files in all


def import_folder(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    mapping_file: Path,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the files that `mapping_file` names below `folder` into raw tables, as of `now` (UTC, aware).

    Raises ConfigError before anything is written where mapping and files do not fit, SourceError for a file that
    cannot be read; files before it stay imported, of it nothing.
    """
    if now.tzinfo is None:
        raise ConfigError(f"now is {now}, without a zone; pass an aware instant in UTC")
    mapping = load_mapping(mapping_file)
    _check_folder(folder, mapping, mapping_file)
    ensure(connection, IMPORTS)
    ensure(connection, QUARANTINE)
    # Of two entries with one key the later in the mapping wins: each is stamped a microsecond after the last, from
    # the whole second on, for rows stamped in one second are of one import.
    by_file: dict[str, list[tuple[Entry, timedelta]]] = {}
    for place, entry in enumerate(mapping.entries):
        by_file.setdefault(entry.file, []).append((entry, timedelta(microseconds=place)))
    done: dict[tuple[str, str, str], EntryReport] = {}
    for place, (file, entries) in enumerate(by_file.items()):
        if progress:
            progress(file, place, len(by_file))
        for report in _import_file(connection, folder / file, entries, now):
            done[report.file, report.table, report.source] = report
    if progress:
        progress("", len(by_file), len(by_file))
    named = [done[entry.file, entry.table, entry.source] for entry in mapping.entries]
    not_mapped, ignored = _left_out(folder, mapping, mapping_file)
    return ImportReport(tuple(named), not_mapped, ignored)


def _import_file(
    connection: duckdb.DuckDBPyConnection, path: Path, placed: list[tuple[Entry, timedelta]], now: datetime
) -> list[EntryReport]:
    """Import one file for all its entries, each with its place in the second, in one transaction.

    A delivery that is loaded anew keeps the second of its first import: its vintages stay where they were.
    """
    provenance_id = sha256_of(path)
    reports = []
    waiting = []
    for entry, place in placed:
        record = _recorded(connection, entry, provenance_id)
        if record and record["fingerprint"] == _fingerprint(entry):
            reports.append(_report(entry, record, 0, "unchanged"))
        else:
            first_import = record["imported_at"] if record else now
            waiting.append((entry, first_import.replace(microsecond=0) + place, record))
    if not waiting:
        return reports
    first = waiting[0][0]
    delivery = read_delivery(path, first.file, *first.reading)
    made = [conform(entry, delivery, now, ingested_at) for entry, ingested_at, _ in waiting]
    with transaction(connection):
        for (entry, ingested_at, record), conformed in zip(waiting, made, strict=True):
            if record:
                _forget(connection, entry, delivery.provenance_id, record["fingerprint"])
            reports.append(_write(connection, entry, delivery, conformed, ingested_at, again=record is not None))
    return reports


def _write(
    connection: duckdb.DuckDBPyConnection,
    entry: Entry,
    delivery: Delivery,
    conformed: Conformed,
    ingested_at: datetime,
    again: bool,
) -> EntryReport:
    """Write one entry's rows, held rows and record; inside the transaction of its file."""
    ensure(connection, entry.spec)
    rows = _arrow(conformed.rows)
    conflicting = _conflicts(connection, entry, rows)
    changed = load(connection, entry.spec, rows, ingested_at, ingested_at) if rows.num_rows else 0
    if conformed.held.height:
        held = stamp_held(conformed.held, entry.table, entry.source, entry.file, delivery.provenance_id, ingested_at)
        merge(connection, QUARANTINE, held.to_arrow())
    record = {
        "read": conformed.read, "loaded": rows.num_rows, "repeated": conformed.repeated,
        "skipped": conformed.skipped, "quarantined": conformed.held.height, "flagged": conformed.flagged,
        "conflicting": conflicting,
    }  # fmt: skip
    connection.execute(
        f"INSERT OR REPLACE INTO {IMPORTS.name} VALUES ({', '.join('?' * len(IMPORTS.columns))})",
        [
            entry.table,
            delivery.provenance_id,
            entry.source,
            entry.file,
            _fingerprint(entry),
            *record.values(),
            ingested_at,
        ],
    )
    return _report(entry, record, changed, ("remapped" if again else "loaded") if rows.num_rows else "held")


def _forget(connection: duckdb.DuckDBPyConnection, entry: Entry, provenance_id: str, fingerprint: str) -> None:
    """Take back a delivery that was loaded under another declaration.

    Its rows may have displaced those of other deliveries of the table, so these are loaded anew at their next turn.
    """
    forget(connection, entry.table, entry.source, provenance_id)
    connection.execute(
        f"DELETE FROM {entry.table} WHERE provenance_id = ? AND source = ?", [provenance_id, entry.source]
    )
    if fingerprint != STALE:
        connection.execute(f"UPDATE {IMPORTS.name} SET fingerprint = ? WHERE table_name = ?", [STALE, entry.table])


def _conflicts(connection: duckdb.DuckDBPyConnection, entry: Entry, rows: pa.Table) -> int:
    """Number of rows whose key stands in the table with other values from another delivery."""
    declared = [column for column in entry.columns if column not in entry.spec.key]
    if not declared or connection.execute(f"SELECT 1 FROM {entry.table} LIMIT 1").fetchone() is None:
        return 0
    key = ", ".join(entry.spec.key)
    differs = " OR ".join(f"t.{column} IS DISTINCT FROM s.{column}" for column in declared)
    connection.register("delivered", rows)
    try:
        found = f"SELECT count(*) FROM {entry.table} AS t JOIN delivered AS s USING ({key}) WHERE {differs}"
        return connection.execute(found).fetchone()[0]
    finally:
        connection.unregister("delivered")


def _arrow(rows: pl.DataFrame) -> pa.Table:
    """Rows with the stamps, the same in every row, as dictionaries: a fifth of the time to load."""
    return rows.with_columns(pl.col("availability", "source", "provenance_id").cast(pl.Categorical)).to_arrow()


def _recorded(connection: duckdb.DuckDBPyConnection, entry: Entry, provenance_id: str) -> dict | None:
    """The record of an earlier import of the same bytes into the same table under the same source."""
    names = ", ".join(f"{name}_count" for name in COUNTS)
    row = connection.execute(
        f"SELECT fingerprint, imported_at, {names} FROM {IMPORTS.name} "
        "WHERE table_name = ? AND provenance_id = ? AND source = ?",
        [entry.table, provenance_id, entry.source],
    ).fetchone()
    return dict(zip(("fingerprint", "imported_at", *COUNTS), row)) if row else None


def _report(entry: Entry, counts: dict, changed: int, status: str) -> EntryReport:
    known = {name: counts[name] for name in COUNTS}
    return EntryReport(entry.file, entry.table, entry.source, changed=changed, status=status, **known)


def _fingerprint(entry: Entry) -> str:
    return entry.fingerprint_with(table_bytes() if entry.available.reference else b"")


def _check_folder(folder: Path, mapping: Mapping, mapping_file: Path) -> None:
    """Raise ConfigError naming every missing file and column before anything is written."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; expected the folder that holds the files of {mapping_file}")
    faults = []
    columns: dict[str, list[str]] = {}
    for place, entry in enumerate(mapping.entries):
        path = folder / entry.file
        where = f"entries.{place} ({entry.file})"
        if not path.is_file():
            faults.append(f"{where}: no such file in {folder}; correct `file`, or remove the entry")
            continue
        if path.stat().st_size == 0:
            raise SourceError(f"{entry.file}: the file is empty, 0 bytes; deliver it again or list it under `ignore`")
        if entry.file not in columns:
            columns[entry.file] = columns_of(path, entry.file, *entry.reading)
        absent = [name for name in entry.file_columns if name not in columns[entry.file]]
        faults += [
            f"{where}: no column {name!r} for {entry.table}; the file has {', '.join(columns[entry.file])}"
            for name in absent
        ]
    if faults:
        raise ConfigError(f"{mapping_file}: " + "; ".join(faults))


def _left_out(
    folder: Path, mapping: Mapping, mapping_file: Path
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Files below `folder` that no entry names: those without a reason, and those with one."""
    used = {entry.file for entry in mapping.entries}
    not_mapped, ignored = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name in used or path.resolve() == mapping_file.resolve():
            continue
        rule = next((rule for rule in mapping.ignore if _matches(name, rule)), None)
        if rule:
            ignored.append((name, rule.reason))
        else:
            not_mapped.append(name)
    return tuple(not_mapped), tuple(ignored)


def _matches(name: str, rule: Ignored) -> bool:
    return fnmatchcase(name, rule.file)
