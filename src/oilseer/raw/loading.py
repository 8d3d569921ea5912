"""Archived downloads parsed, checked and loaded: rows, held rows and the download's record in one transaction.

Downloads of a source wait for each other while they are small, for ten of them load in the time of one.
"""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import duckdb
import polars as pl

from oilseer.errors import ContractError, OilseerError
from oilseer.raw.checks import LEVELS
from oilseer.raw.conform import Conformed
from oilseer.raw.fetching import STUMBLES, Arrived, stumbled
from oilseer.raw.quarantine import QUARANTINE, add_held, stamp_by_content
from oilseer.raw.records import DOWNLOADS, Copy, write
from oilseer.raw.source import Download
from oilseer.raw.stamp import stamp
from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.write import ensure, load_together, transaction

ENOUGH_ROWS = 200_000  # rows that wait at most
NO_LEVELS = pl.DataFrame()


@dataclass
class Parsed:
    """One download on its way: its record, what each table gets of it, and whether it was loaded before otherwise."""

    record: dict
    tables: list[tuple[TableSpec, Conformed]]
    again: bool = False


@dataclass
class Loader:
    """Loads the downloads of one source; `flush` writes what waits."""

    connection: duckdb.DuckDBPyConnection
    name: str
    module: ModuleType
    since: date
    until: date
    known_copies: Mapping[str, Copy]  # the newest good copy of each part
    dropped: bool  # a person's file: its rows count as loaded when we saw it, not when it was saved
    waiting: list[Parsed] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    faults: list[str] = field(default_factory=list)
    reader: str = ""

    def __post_init__(self) -> None:
        self.reader = reader_hash(self.module)
        for spec in self.module.TABLES:
            ensure(self.connection, spec)
        ensure(self.connection, QUARANTINE)

    def take(self, arrived: Arrived, now: datetime) -> None:
        """Parse one download and let it wait, or note that its bytes are those of the time before."""
        download, copy = arrived.download, self.known_copies.get(arrived.download.part)
        self.totals["downloads"] += 1
        ingested_at = now if self.dropped else download.fetched_at
        record = self._record(download, arrived.sha256, ingested_at)
        known = copy is not None and copy.sha256 == arrived.sha256
        if known and copy.reader == self.reader:
            if not arrived.recalled and copy.fetched_at != download.fetched_at:
                self.waiting.append(Parsed(record | {"status": "unchanged"}, []))
        elif known:
            self._parse_and_keep(download, record | {"ingested_at": copy.ingested_at}, now, again=True)
        else:
            self._parse_and_keep(download, record, now)

    def reread(self, copy: Copy, body: bytes, now: datetime) -> None:
        """Parse and load an archived copy as it was first seen, at its first stamp. Raises ContractError."""
        download = Download(self.name, copy.part, copy.url, body, copy.fetched_at)
        record = self._record(download, copy.sha256, copy.ingested_at) | {"since": copy.since, "until": copy.until}
        self._parse_and_keep(download, record, now)
        if self.faults:
            raise ContractError(self.faults[0])

    def _parse_and_keep(self, download: Download, record: dict, now: datetime, again: bool = False) -> None:
        """Parse and check one download; a refused one is recorded as that and its rows are left out."""
        try:
            tables = [
                (made.spec, stamp(made, self.name, record["sha256"], record["ingested_at"], now, self._levels))
                for made in self._parse(download)
            ]
        except OilseerError as error:
            self._refuse(record, str(error))
            return
        tables = [(spec, conformed) for spec, conformed in tables if conformed.read]
        counts = {
            "rows": sum(c.rows.height for _, c in tables),
            "quarantined": sum(c.held.height for _, c in tables),
            "flagged": sum(c.flagged for _, c in tables),
        }
        self._make_room(tables, counts["rows"])
        self.waiting.append(Parsed(record | counts, tables, again))

    def flush(self) -> None:
        """Load what waits, in one transaction; where its rows break a promise, each download by itself."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        try:
            self._write(waiting)
        except ContractError as error:
            if len(waiting) == 1:
                self._refuse(waiting[0].record | {"rows": 0, "quarantined": 0, "flagged": 0}, str(error))
                return
            for parsed in waiting:
                self.waiting = [parsed]
                self.flush()

    def _parse(self, download: Download) -> tuple:
        try:
            return self.module.parse(download)
        except STUMBLES as error:
            raise ContractError(f"part {download.part}: {stumbled(self.name, 'parse', error)}") from error

    def _write(self, waiting: list[Parsed]) -> None:
        changed = {parsed.record["sha256"]: 0 for parsed in waiting}
        held = 0
        with transaction(self.connection):
            for parsed in waiting:
                if parsed.again:
                    self._forget(parsed.record["sha256"])
            started = min(parsed.record["fetched_at"] for parsed in waiting)
            ended = max(parsed.record["ingested_at"] for parsed in waiting)
            for spec in self.module.TABLES:
                frames = [c.rows for p in waiting for s, c in p.tables if s == spec and c.rows.height]
                if frames:
                    rows = pl.concat(frames).to_arrow()
                    for sha256, count in load_together(self.connection, spec, rows, started, ended).items():
                        changed[sha256] = changed.get(sha256, 0) + count
            for parsed in waiting:
                held += self._hold(parsed)
            records = [p.record | {"changed": changed[p.record["sha256"]]} for p in waiting]
            write(self.connection, DOWNLOADS, _one_each(records))
        self.totals["quarantined"] += held
        for name in ("rows", "flagged"):
            self.totals[name] += sum(parsed.record[name] for parsed in waiting)
        self.totals["changed"] += sum(changed.values())

    def _forget(self, sha256: str) -> None:
        """Take back the rows that another version of the reader made of the same bytes."""
        for spec in self.module.TABLES:
            self.connection.execute(
                f"DELETE FROM {spec.name} WHERE provenance_id = ? AND source = ?", [sha256, self.name]
            )

    def _hold(self, parsed: Parsed) -> int:
        """Held rows into the quarantine; how many of them are new there."""
        record, new = parsed.record, 0
        for spec, conformed in parsed.tables:
            if conformed.held.height:
                where = f"{record['part']} ({record['url']})"
                rows = (conformed.held, spec.name, self.name, where, record["sha256"], record["ingested_at"])
                new += add_held(self.connection, stamp_by_content(*rows))
        return new

    def _refuse(self, record: dict, message: str) -> None:
        self.faults.append(message)
        write(self.connection, DOWNLOADS, [record | {"status": "refused", "message": message}])

    def _make_room(self, tables: list[tuple[TableSpec, Conformed]], rows: int) -> None:
        """Flush where the new rows would make the batch too large, or speak of what it speaks of already."""
        total = rows + sum(parsed.record["rows"] for parsed in self.waiting)
        if total > ENOUGH_ROWS or any(
            _meet(spec, conformed.rows, other.rows)
            for spec, conformed in tables
            for parsed in self.waiting
            for other_spec, other in parsed.tables
            if other_spec == spec
        ):
            self.flush()

    def _levels(self, spec: TableSpec, rows: pl.DataFrame) -> pl.DataFrame:
        """The newest stored value of each series of `rows`, not later than its newest row; see checks.LEVELS."""
        value, series = LEVELS.get(spec.name, (None, ()))
        if value is None or rows.is_empty():
            return NO_LEVELS.with_columns(pl.Series(n, [], pl.Null) for n in (*series, "observation_date", "value"))
        for parsed in self.waiting:  # a level may stand in what waits
            if any(other == spec and _share(conformed.rows, rows, series) for other, conformed in parsed.tables):
                self.flush()
                break
        lasts = rows.group_by(*series).agg(last=pl.col("observation_date").max()) if series else rows.select(
            last=pl.col("observation_date").max()
        )  # fmt: skip
        names = "".join(f't."{name}", ' for name in series)
        same = " AND ".join(
            ["t.observation_date <= d.last", *(f't."{n}" IS NOT DISTINCT FROM d."{n}"' for n in series)]
        )
        self.connection.register("delivered_lasts", lasts.to_arrow())
        newest = f'arg_max(t."{value}", (t.observation_date, t.available_at)) AS value'
        try:
            return self.connection.execute(
                f"SELECT {names} max(t.observation_date) AS observation_date, {newest} FROM {spec.name} AS t "
                f'JOIN delivered_lasts AS d ON {same} WHERE t."{value}" > 0 GROUP BY ALL '
                "HAVING max(t.observation_date) IS NOT NULL"
            ).pl()
        finally:
            self.connection.unregister("delivered_lasts")

    def _record(self, download: Download, sha256: str, ingested_at: datetime) -> dict:
        return {
            "source": self.name, "part": download.part, "fetched_at": download.fetched_at, "url": download.url,
            "sha256": sha256, "bytes": len(download.body), "since": self.since, "until": self.until,
            "ingested_at": ingested_at, "reader": self.reader, "rows": 0, "changed": 0, "quarantined": 0,
            "flagged": 0, "status": "used", "message": "",
        }  # fmt: skip


COUNTS = ("downloads", "rows", "changed", "quarantined", "flagged")


def reader_hash(module: ModuleType) -> str:
    """Hash of a source's module, of the modules of raw that it takes functions from, and of its tables' promises."""
    names = {getattr(value, "__module__", "") for value in vars(module).values()} | {module.__name__}
    digest = hashlib.sha256(repr(module.TABLES).encode())
    for name in sorted(name for name in names if isinstance(name, str) and name.startswith("oilseer.raw")):
        file = getattr(sys.modules.get(name), "__file__", None)
        digest.update(Path(file).read_bytes() if file else b"")
    return digest.hexdigest()[:16]


def _meet(spec: TableSpec, some: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Whether two deliveries hold rows of the same observation."""
    if some.is_empty() or others.is_empty():
        return False
    identity = [name for name in spec.key if name != "available_at"]
    for name in identity:  # most are of other series or other days, which their bounds tell without a join
        one, other = some[name], others[name]
        if not one.has_nulls() and not other.has_nulls() and (one.min() > other.max() or one.max() < other.min()):
            return False
    return not some.join(others, on=identity, how="semi", nulls_equal=True).is_empty()


def _share(some: pl.DataFrame, others: pl.DataFrame, series: tuple[str, ...]) -> bool:
    if not series:
        return True
    return not some.join(others, on=list(series), how="semi", nulls_equal=True).is_empty()


def _one_each(records: list[dict]) -> list[dict]:
    """The last of records with one key: a source that asks twice for one part in one instant."""
    return list({(record["part"], record["fetched_at"]): record for record in records}.values())
