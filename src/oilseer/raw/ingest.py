"""Every source read from its service: fetched, archived, parsed, checked and loaded, each failure beside the others.

Sources are fetched several at a time and written by one thread; what failed leaves its last good copy in force.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import duckdb

from oilseer.errors import ConfigError, ContractError, OilseerError
from oilseer.raw import records
from oilseer.raw.archive import recall
from oilseer.raw.fetching import Arrived, Ended, Errand, fetch_all
from oilseer.raw.http import SourceHttp
from oilseer.raw.loading import Loader, reader_hash
from oilseer.raw.network import Network
from oilseer.raw.source import Ask
from oilseer.raw.triage import forget_held, release_again
from oilseer.reference.sources import SourceFacts, sources
from oilseer.warehouse.connect import kind_of
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import transaction

THREADS = 6
PARTS_UNKNOWN = 3  # how many downloads a source is thought to bring before it was ever fetched
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Request:
    """What is to be ingested: sources by name (all where empty), a span of observation dates, or only the archive."""

    names: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    offline: bool = False


@dataclass(frozen=True)
class Desk:
    """What an ingest works with. `keys` are secrets by the name of their variable."""

    connection: duckdb.DuckDBPyConnection
    home: Path
    network: Network
    clock: Callable[[], datetime]
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    def folder(self, source: str) -> Path:
        """Drop folder of a source."""
        return self.home / "drop" / source


@dataclass
class Turn:
    """One source's turn: what was asked, and how it went."""

    facts: SourceFacts
    started_at: datetime
    since: date | None = None
    until: date | None = None
    loader: Loader | None = None
    counts: dict[str, int] = field(default_factory=dict)
    status: str = ""
    message: str = ""


def ingest(desk: Desk, request: Request, progress: Progress) -> list[dict]:
    """Ingest; the state of every source of the registry, those not asked for too, in the registry's order.

    Raises ConfigError for an unknown source and a span that ends before it begins, ContractError in a simulated
    workspace. A source that fails is a state, not an error.
    """
    chosen = _chosen(request)
    if kind_of(desk.connection) != "real":
        raise ContractError("a simulated workspace takes no real rows; name another folder in OILSEER_HOME for them")
    records.prepare(desk.connection)
    before = records.statuses(desk.connection)
    turns = {facts.name: Turn(facts, desk.clock()) for facts in chosen}
    if request.offline:
        for done, turn in enumerate(turns.values()):
            progress("ingest", done, len(turns))
            _reread(desk, turn)
            _close(desk, turn, request, before.get(turn.facts.name, {}))
    else:
        _fetch(desk, turns, request, before, progress)
    progress("ingest", 1, 1)
    return state(desk.connection)


def state(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """How every source of the registry stands, by its last ingest; ready for JSON but for dates."""
    known = records.statuses(connection)
    empty = dict.fromkeys(records.STATUS.column_names) | {"status": "never", "message": records.STATUSES["never"]}
    empty |= dict.fromkeys(("downloads", "rows", "changed", "quarantined"), 0)
    result = []
    for name, facts in sources().items():
        row = known.get(name, empty) | {"source": name}
        told = ("title", "cadence", "critical", "key", "key_need", "key_url", "without_it", "proof", "licence")
        result.append(row | {field: getattr(facts, field) for field in told})
    return result


def failed_critical(states: list[dict]) -> list[str]:
    """Critical sources without any copy to serve."""
    return [row["source"] for row in states if row["critical"] and row["status"] in ("failed", "no_key", "no_file")]


def _chosen(request: Request) -> list[SourceFacts]:
    known = sources()
    unknown = [name for name in request.names if name not in known]
    if unknown:
        raise ConfigError(f"unknown source {', '.join(unknown)}; known are {', '.join(known)}")
    if request.since and request.until and request.since > request.until:
        raise ConfigError(f"--since {request.since} is after --until {request.until}; swap them")
    return [facts for name, facts in known.items() if not request.names or name in request.names]


def _fetch(desk: Desk, turns: dict[str, Turn], request: Request, before: dict, progress: Progress) -> None:
    errands = []
    for name, turn in turns.items():
        errand = _errand(desk, turn, request, before.get(name, {}))
        if errand is None:
            _close(desk, turn, request, before.get(name, {}))
        else:
            errands.append(errand)
    expected = {errand.name: max(len(turns[errand.name].loader.known_copies), PARTS_UNKNOWN) for errand in errands}
    seen = dict.fromkeys(expected, 0)
    for item in fetch_all(errands, desk.home, THREADS):
        turn = turns[item.name]
        if isinstance(item, Arrived):
            turn.loader.take(item, desk.clock())
            seen[item.name] += 1
        else:
            turn.loader.flush()
            _judge(desk, turn, item)
            _close(desk, turn, request, before.get(item.name, {}))
            expected[item.name] = seen[item.name]
        total = sum(max(expected[name], seen[name]) for name in expected)
        progress("ingest", min(sum(seen.values()), total - 1), total)


def _errand(desk: Desk, turn: Turn, request: Request, before: dict) -> Errand | None:
    """What to ask of a source now; None where it cannot be asked, with the reason in its turn."""
    facts, now = turn.facts, turn.started_at
    key = desk.keys.get(facts.key) if facts.key else None
    if facts.key_need == "required" and not key:
        turn.status = "no_key"
        turn.message = (
            f"set {facts.key} in the environment or store it with `keyring set oilseer {facts.key}`; "
            f"get it at {facts.key_url}. Missing until then: {facts.without_it}"
        )
        return None
    module = _module(facts.name)
    if module is None:
        turn.status, turn.message = "failed", f"no reader: raw/sources/{facts.name}.py is missing"
        return None
    turn.since, turn.until = _span(facts, request, before, now.date())
    whole = request.since is not None or before.get("covered_since") is None
    done = records.finished(desk.connection, facts.name, turn.since, turn.until, now) if whole else {}
    newest = {copy.part: copy for copy in records.copies(desk.connection, facts.name)}
    turn.loader = Loader(
        desk.connection, facts.name, module, turn.since, turn.until, newest, dropped=facts.key_need == "drop"
    )
    ask = Ask(turn.since, turn.until, now, key, desk.folder(facts.name), mirror=desk.network.mirror)
    return Errand(facts.name, module, ask, SourceHttp(desk.network, facts), done)


def _span(facts: SourceFacts, request: Request, before: dict, today: date) -> tuple[date, date]:
    """First and last observation date to ask for: what the command says, else what is not covered yet."""
    until = request.until or today
    if request.since:
        return min(request.since, until), until
    lookback = timedelta(days=facts.lookback_days)
    covered_since, covered_until = before.get("covered_since"), before.get("covered_until")
    if covered_since is None or (facts.history_from and covered_since > facts.history_from):
        return min(facts.history_from or until - lookback, until), until
    return min(covered_until, until) - lookback, until


def _module(name: str) -> ModuleType | None:
    full = f"oilseer.raw.sources.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        return None


def _judge(desk: Desk, turn: Turn, ended: Ended) -> None:
    """The status of a source that was asked."""
    loader, name = turn.loader, turn.facts.name
    turn.counts = loader.totals
    all_faults = [*ended.faults, *loader.faults]
    if all_faults:
        newest = records.mark_stale(desk.connection, name, turn.started_at)
        turn.status = "failed" if newest is None else "stale"
        shown = "; ".join(all_faults[:3]) + (f"; and {len(all_faults) - 3} more" if len(all_faults) > 3 else "")
        turn.message = shown + (f". The last good copy, of {newest:%Y-%m-%d %H:%M} UTC, serves" if newest else "")
    elif turn.facts.key_need == "drop" and not loader.totals["downloads"]:
        turn.status = "stale" if loader.known_copies else "no_file"
        turn.message = (
            f"no file in {desk.folder(name)}; get it at {turn.facts.key_url}. "
            f"Missing until then: {turn.facts.without_it}"
        )
    else:
        turn.status = "ok" if loader.totals["changed"] else "unchanged"
        turn.message = "; ".join(ended.gaps) or records.STATUSES[turn.status]


def _reread(desk: Desk, turn: Turn) -> None:
    """Without network: what the archive holds, parsed anew where the reader has changed since."""
    name = turn.facts.name
    found, module = records.copies(desk.connection, name), _module(name)
    if not found or module is None:
        turn.status, turn.message = "never", "offline, and there is no copy in the archive"
        return
    turn.status = "stale"
    turn.message = f"offline: the last good copy, of {found[-1].fetched_at:%Y-%m-%d %H:%M} UTC, serves"
    reader = reader_hash(module)
    if all(copy.reader == reader for copy in found):
        return
    try:
        with transaction(desk.connection):
            turn.counts = _reread_all(desk, turn, module, found)
            desk.connection.execute("UPDATE ops.downloads SET reader = ? WHERE source = ?", [reader, name])
    except OilseerError as error:
        turn.message = f"{error}. Its tables are as they were"


def _reread_all(desk: Desk, turn: Turn, module: ModuleType, found: list[records.Copy]) -> dict[str, int]:
    """Replace all rows of a source by what its copies give now, in the order in which they were fetched."""
    name, now = turn.facts.name, desk.clock()
    loader = Loader(desk.connection, name, module, now.date(), now.date(), {}, dropped=False)
    for spec in module.TABLES:
        desk.connection.execute(f"DELETE FROM {spec.name} WHERE source = ?", [name])
    forget_held(desk.connection, name)
    last: dict[str, str] = {}
    for copy in found:
        if last.get(copy.part) != copy.sha256:
            body = recall(desk.home, copy.sha256, f"{name}: part {copy.part}")
            loader.reread(copy, body, now)
        last[copy.part] = copy.sha256
    loader.flush()
    if loader.faults:
        raise ContractError(loader.faults[0])
    release_again(desk.connection, name, now)
    return loader.totals


def _close(desk: Desk, turn: Turn, request: Request, before: dict) -> None:
    """Write the source's state and its line of history."""
    connection, name = desk.connection, turn.facts.name
    counts = {count: turn.counts.get(count, 0) for count in ("downloads", "rows", "changed", "quarantined", "flagged")}
    row = dict.fromkeys(records.STATUS.column_names) | before | {"source": name}
    row |= {"status": turn.status, "message": turn.message, **_stored(connection, turn)}
    row |= {"downloads": counts["downloads"], "changed": counts["changed"]}
    if turn.status in ("never", "no_key", "no_file") and before.get("rows"):
        row["message"] += f". Rows loaded before: {before['rows']:,}"
    if turn.loader is not None:
        row["last_attempt"] = turn.started_at
    if turn.status in ("ok", "unchanged"):
        row["last_success"] = turn.started_at
        row["covered_since"], row["covered_until"] = _covered(turn, before)
    ended = {
        "started_at": turn.started_at, "source": name, "ended_at": desk.clock(), "since": turn.since,
        "until": turn.until, "offline": request.offline, "status": turn.status, "message": turn.message, **counts,
    }  # fmt: skip
    with transaction(connection):
        records.write(connection, records.STATUS, [row])
        records.write(connection, records.RUNS, [ended])


def _covered(turn: Turn, before: dict) -> tuple[date, date]:
    """The one span of dates that was asked for without a gap; a span apart from it does not count."""
    since, until = before.get("covered_since"), before.get("covered_until")
    if since is None:
        return turn.since, turn.until
    if turn.since > until + timedelta(days=1) or turn.until < since - timedelta(days=1):
        return since, until
    return min(since, turn.since), max(until, turn.until)


def _stored(connection: duckdb.DuckDBPyConnection, turn: Turn) -> dict:
    """What stands in the source's tables."""
    module, name = _module(turn.facts.name), turn.facts.name
    there = tables(connection)
    rows, newest, held = 0, None, 0
    for spec in module.TABLES if module else ():
        if spec.name in there:
            count, latest = connection.execute(
                f"SELECT count(*), max(available_at) FROM {spec.name} WHERE source = ?", [name]
            ).fetchone()
            rows += count
            newest = max(filter(None, (newest, latest)), default=None)
    if "staging.quarantine" in there:
        held = connection.execute(
            "SELECT count(*) FROM staging.quarantine WHERE source = ? AND status = 'held'", [name]
        ).fetchone()[0]
    return {"rows": rows, "newest_available_at": newest, "quarantined": held}
