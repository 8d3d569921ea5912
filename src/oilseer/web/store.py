"""What the server remembers across restarts, in one small SQLite file of the workspace: PIN, tries and sessions."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "dashboard.sqlite3"
_TABLES = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tries (who TEXT PRIMARY KEY, count INTEGER NOT NULL, last REAL NOT NULL,
                                  not_before REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (hash BLOB PRIMARY KEY, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS devices (hash BLOB PRIMARY KEY, expires REAL NOT NULL);
"""


class Store:
    """A connection that writes, one thread and one process at a time, and one that reads and never waits for them."""

    def __init__(self, home: Path) -> None:
        path = home / NAME
        if not path.exists():
            path.touch(0o600)
        os.chmod(path, 0o600)
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._connection, self._reader = (
            sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False) for _ in range(2)
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_TABLES)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other thread or process can come between; undone where the block raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def one(self, query: str, *values: object) -> tuple | None:
        """The first row of a query."""
        with self._reading:
            return self._reader.execute(query, values).fetchone()

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reading:
            self._reader.close()
            self._connection.close()
