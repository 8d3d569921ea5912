"""The sources' fetches, several hosts at a time, as one stream of archived downloads for the one thread that writes.

A thread touches the network and the archive and nothing else; it waits where the writer is behind.
"""

import queue
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from xml.etree.ElementTree import ParseError

import polars as pl

from oilseer.errors import ConfigError, OilseerError, SourceError
from oilseer.raw.archive import keep, recall
from oilseer.raw.http import SourceHttp
from oilseer.raw.records import Copy
from oilseer.raw.source import Ask, Download, Gaps

# What a reader stumbles over in bytes that are not as promised; a SourceError is what it should have raised.
STUMBLES = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, EOFError, OSError,
    ParseError, struct.error, zlib.error, zipfile.BadZipFile, pl.exceptions.PolarsError,
)  # fmt: skip
PATIENCE_WITH_PARTS = 2  # parts in a row that may fail before the source is left for this time
AHEAD = 8  # downloads that wait for the writer


@dataclass(frozen=True)
class Errand:
    """One source to fetch: its module, what to ask, its Http, and copies that serve in place of a fetch."""

    name: str
    module: ModuleType
    ask: Ask
    http: SourceHttp
    done: Mapping[tuple[str, str], Copy] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrived:
    """A download whose bytes are in the archive; `recalled` where they were there before."""

    name: str
    download: Download
    sha256: str
    recalled: bool = False


@dataclass(frozen=True)
class Ended:
    """A source has nothing more: messages of what failed, and of what the service does not have."""

    name: str
    faults: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass
class Careful:
    """The Http of one errand: answers from finished copies, and lets single parts fail.

    Where the caller says what a missing answer means, a failed part counts as missing and is remembered in `faults`;
    after two in a row the failure is raised, for the service is down.
    """

    errand: Errand
    home: Path
    faults: list[str] = field(default_factory=list)
    recalled: set[tuple[str, str]] = field(default_factory=set)
    failed_in_a_row: int = 0

    def get(self, url: str, *, part: str, missing: tuple[int, ...] = (), **options: object) -> Download | None:
        """As SourceHttp.get."""
        address = self.errand.http.address(url, options.get("params"))
        copy = self.errand.done.get((part, address))
        if copy is not None:
            self.recalled.add((part, address))
            body = recall(self.home, copy.sha256, f"{self.errand.name}: part {part}")
            return Download(self.errand.name, part, copy.url, body, copy.fetched_at)
        try:
            found = self.errand.http.get(url, part=part, missing=missing, **options)
        except SourceError as error:
            self.failed_in_a_row += 1
            if not missing or self.failed_in_a_row >= PATIENCE_WITH_PARTS:
                raise
            self.faults.append(str(error))
            return None
        self.failed_in_a_row = 0
        return found


def fetch_all(errands: list[Errand], home: Path, threads: int) -> Iterator[Arrived | Ended]:
    """Everything the errands bring, in the order in which it comes; each ends with one `Ended`.

    Closing the iterator stops the threads at their next download.
    """
    waiting: queue.SimpleQueue[Errand] = queue.SimpleQueue()
    for errand in errands:
        waiting.put(errand)
    results: queue.Queue[Arrived | Ended] = queue.Queue(AHEAD)
    stopped = threading.Event()

    def hand_over(item: Arrived | Ended) -> None:
        while not stopped.is_set():
            try:
                return results.put(item, timeout=0.5)
            except queue.Full:
                continue
        raise _Stopped

    def work() -> None:
        try:
            while True:
                try:
                    errand = waiting.get_nowait()
                except queue.Empty:
                    return
                hand_over(_run(errand, home, hand_over))
        except _Stopped:
            return

    # Daemons, so that an interrupted command does not wait for the slowest host.
    workers = [threading.Thread(target=work, daemon=True, name=f"fetch-{n}") for n in range(min(threads, len(errands)))]
    for worker in workers:
        worker.start()
    try:
        left = len(errands)
        while left:
            try:
                item = results.get(timeout=1)
            except queue.Empty:
                if not any(worker.is_alive() for worker in workers) and results.empty():
                    raise ConfigError("a fetching thread died; see the traceback above, and report it") from None
                continue
            left -= isinstance(item, Ended)
            yield item
    finally:
        stopped.set()


class _Stopped(Exception):
    """The writer has gone."""


def _run(errand: Errand, home: Path, hand_over: Callable[[Arrived | Ended], None]) -> Ended:
    """Fetch one source, archive and hand over what comes; how it ended."""
    http = Careful(errand, home)
    gaps: tuple[str, ...] = ()
    came = False
    try:
        for download in errand.module.fetch(errand.ask, http):
            came = True
            sha256 = keep(home, download.body)
            hand_over(Arrived(errand.name, download, sha256, (download.part, download.url) in http.recalled))
    except Gaps as error:
        if came:
            gaps = (str(error),)
        else:
            http.faults.append(str(error))  # a service that has none of its parts has moved, or is down
    except OilseerError as error:
        http.faults.append(str(error))
    except STUMBLES as error:
        http.faults.append(stumbled(errand.name, "fetch", error))
    return Ended(errand.name, tuple(http.faults), gaps)


def stumbled(name: str, what: str, error: BaseException) -> str:
    """The message of a reader that met something it has no words for."""
    return (
        f"{name}: {what}() stumbled over what it was given ({type(error).__name__}: {str(error)[:160]}); "
        f"the source has changed: correct raw/sources/{name}.py"
    )
