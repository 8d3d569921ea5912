"""Every change of the settings, with before and after, when and by which session; what is recorded stays.

The record follows from the file: whatever differs from the text seen last is a change, so a crash between writing and
recording loses none. Who made it was noted before it was written; what nobody noted was changed outside the dashboard.
"""

import json
import sqlite3
import tomllib
from datetime import UTC, datetime
from typing import Any

from oilseer.web.settings_file import digest
from oilseer.web.store import Store

OUTSIDE = "outside the dashboard"
NOTED_SECONDS = 24 * 3600.0
_TABLES = (
    "CREATE TABLE IF NOT EXISTS settings_changes (id INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, "
    "field TEXT NOT NULL, before TEXT, after TEXT)",
    "CREATE TABLE IF NOT EXISTS settings_seen (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS settings_noted (digest TEXT PRIMARY KEY, who TEXT NOT NULL, at REAL NOT NULL)",
    *(
        f"CREATE TRIGGER IF NOT EXISTS settings_changes_no_{what} BEFORE {what} ON settings_changes "
        "BEGIN SELECT RAISE(ABORT, 'what is recorded stays'); END"
        for what in ("UPDATE", "DELETE")
    ),
)


def note(store: Store, text: str, who: str, now: datetime) -> None:
    """Say who is about to write `text`."""
    with store.change() as change:
        _prepare(change)
        change.execute("DELETE FROM settings_noted WHERE at < ?", (now.timestamp() - NOTED_SECONDS,))
        change.execute("INSERT OR REPLACE INTO settings_noted VALUES (?, ?, ?)", (digest(text), who, now.timestamp()))


def notice(store: Store, text: str, now: datetime) -> None:
    """Record what is different in `text`, which the file holds, from the text seen last."""
    with store.change() as change:
        _prepare(change)
        seen = change.execute("SELECT text FROM settings_seen").fetchone()
        if seen is None or seen[0] != text:
            noted = change.execute("SELECT who, at FROM settings_noted WHERE digest = ?", (digest(text),)).fetchone()
            who, at = noted or (OUTSIDE, now.timestamp())
            if seen is not None or noted is not None:
                for field, before, after in differences(seen[0] if seen else "", text):
                    row = (at, who, field, before, after)
                    change.execute(
                        "INSERT INTO settings_changes (at, who, field, before, after) VALUES (?, ?, ?, ?, ?)", row
                    )
            change.execute("INSERT OR REPLACE INTO settings_seen VALUES (1, ?)", (text,))
            change.execute("DELETE FROM settings_noted WHERE digest = ?", (digest(text),))


def changes(store: Store) -> list[dict]:
    """Every recorded change, newest first; times are UTC."""
    with store.change() as change:
        _prepare(change)
        found = change.execute("SELECT id, at, who, field, before, after FROM settings_changes ORDER BY id DESC")
        return [
            {"number": number, "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), "who": who,
             "field": field, "before": before, "after": after}
            for number, at, who, field, before, after in found.fetchall()
        ]  # fmt: skip


def differences(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    """Field, value before and after, as JSON text; None where there was or is none."""
    old, new = _values(before), _values(after)
    found = [(name, old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return found or [("comments and layout", None, None)]


def _values(text: str) -> dict[str, str]:
    """Values of a TOML text by their place, tables taken apart."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {"the whole file": f"no TOML: {error}"}
    flat: dict[str, str] = {}

    def take(value: Any, place: str) -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                take(part, f"{place}.{name}" if place else name)
        else:
            flat[place] = json.dumps(value, ensure_ascii=False, default=str)

    take(found, "")
    return flat


def _prepare(change: sqlite3.Connection) -> None:
    for statement in _TABLES:
        change.execute(statement)
