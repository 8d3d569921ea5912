"""The published snapshot for a reader that stays: opened once, swapped for a newer one, closed by its last reader."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb

from oilseer.errors import ConfigError
from oilseer.warehouse.connect import current_snapshot
from oilseer.warehouse.workspace import Workspace

_SERIAL = count(1)


@dataclass(eq=False)
class Publication:
    """One open snapshot. `key` is another with every publication, also with one of the same run.

    `memory` is for its readers: what they computed from it and want to keep as long as it stands.
    """

    key: str
    connection: duckdb.DuckDBPyConnection
    memory: dict = field(default_factory=dict)
    readers: int = 0
    is_old: bool = False

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own to the snapshot; instants are UTC."""
        found = self.connection.cursor()
        try:
            found.execute("SET TimeZone = 'UTC'")
            yield found
        finally:
            found.close()


class Publications:
    """The newest publication of a workspace, lent to any number of threads at once.

    Call `refresh` where `is_current` says no; who holds a lease keeps what they have to its end.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Raises ConfigError for a workspace on MotherDuck: it publishes no snapshot to read from."""
        if workspace.is_remote:
            raise ConfigError(
                f"the dashboard reads a snapshot on this machine, and {workspace.database} is elsewhere: "
                f"`oilseer sync {workspace.database} --pull` copies it into a workspace without OILSEER_DATABASE"
            )
        self._workspace = workspace
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._newest: Publication | None = None
        self._seen: tuple | None = None  # the pointer's stamp at which the newest was opened

    def is_current(self) -> bool:
        """Whether what is open is what is published; asks the file system once, so cheap enough for every request."""
        return self._seen == self._stamp()

    def refresh(self) -> None:
        """Open what is published now, unless another thread does that already; the one before goes with its readers.

        Raises ConfigError or duckdb.Error where it cannot be opened; then the one before stays.
        """
        if not self._opening.acquire(blocking=self._newest is None):
            return
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return
            opened = None if stamp is None else self._open()
            with self._lock:
                before, self._newest, self._seen = self._newest, opened, stamp
                self._retire(before)
        finally:
            self._opening.release()

    def lend(self) -> Publication | None:
        """The newest publication, or None where there is none; hand it back with `give_back`."""
        with self._lock:
            if self._newest is not None:
                self._newest.readers += 1
            return self._newest

    def give_back(self, lent: Publication | None) -> None:
        """End a lease; the last one of an old publication closes it."""
        if lent is None:
            return
        with self._lock:
            lent.readers -= 1
            if lent.is_old and not lent.readers:
                lent.connection.close()

    def close(self) -> None:
        """Close what is open, now or with its last reader."""
        with self._lock:
            self._retire(self._newest)
            self._newest = self._seen = None

    def _retire(self, publication: Publication | None) -> None:
        if publication is not None:
            publication.is_old = True
            if not publication.readers:
                publication.connection.close()

    def _stamp(self) -> tuple | None:
        """What changes whenever a snapshot is published; None before the first."""
        try:
            found = os.stat(self._workspace.published / "current")
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _open(self) -> Publication:
        path = current_snapshot(self._workspace)
        with suppress(FileNotFoundError):
            return _publication(path)
        return _publication(current_snapshot(self._workspace))  # the next one was published between the two lines


def _publication(path: Path) -> Publication:
    """Open a snapshot under a name of its own: DuckDB would answer from an open file that had the same name.

    The name is one of a draft's, so that the next publication removes what a killed server left.
    """
    stamp = path.stat()
    link = path.with_name(f"{path.name}.{next(_SERIAL)}.serving.{os.getpid()}.tmp")
    with suppress(FileNotFoundError):
        link.unlink()
    try:
        os.link(path, link)
        opened = link
    except FileNotFoundError:
        raise
    except OSError:  # a folder that may not be written, or a file system without links
        opened = path
    try:
        connection = duckdb.connect(str(opened), read_only=True, config={"enable_external_access": "false"})
    finally:
        if opened is link:
            link.unlink()
    return Publication(f"{path.stem}-{stamp.st_mtime_ns:x}-{stamp.st_ino:x}", connection)
