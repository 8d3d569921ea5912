"""The workspace's oilseer.toml, changed as a person would: comments and order stay, and it is whole at any time.

A change is checked by the code that the command line reads it with, written beside and swapped in under a lock, and
refused where the file is not what its form was made from.
"""

import hashlib
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from filelock import FileLock, Timeout
from tomlkit.exceptions import TOMLKitError

from oilseer.decisions.policy import CoverPolicy
from oilseer.errors import ConfigError
from oilseer.settings import FILE, Settings, settings_of

LOCK_SECONDS = 5.0
LARGEST = 256 * 1024  # bytes
Place = tuple[str, ...]


class Changed(Exception):
    """The file is not what the form was made from."""


class SettingsFile:
    """The file of one workspace and the settings that it gives, read anew whenever it was changed by anybody.

    at_start  settings that the server began with; what the environment gave of them stays
    """

    def __init__(self, at_start: Settings, home: Path) -> None:
        self.path = home / FILE
        self._lock, self._settings = threading.Lock(), at_start
        self._seen = self._state()

    def now(self) -> Settings:
        """The settings in force; those before where the file cannot be used."""
        with self._lock:
            state = self._state()
            if state != self._seen:
                self._seen = state
                with suppress(ConfigError):  # the page of the settings tells what is wrong
                    self._settings = judged(self.text(), self._settings)
            return self._settings

    def text(self) -> str:
        """What stands in the file; nothing where there is none. Raises ConfigError where it is no text."""
        try:
            body = self.path.read_bytes()
        except FileNotFoundError:
            return ""
        if len(body) > LARGEST:
            raise ConfigError(f"{self.path}: found {len(body):,} bytes, expected at most {LARGEST:,}")
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path} is no UTF-8 text: {error}") from error

    def change(self, version: str, edits: dict[Place, Any], before_writing: Callable[[str], None]) -> str:
        """Set values by their place, None takes one away; the new text, which is the old one where nothing changes.

        version         of the text that the edits were made for
        before_writing  called with the new text when it is sound, before it is written

        Raises Changed, and ConfigError for settings that cannot be or a file that somebody else is writing.
        """
        try:
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                old = self.text()
                if digest(old) != version:
                    raise Changed
                new = edited(old, edits)
                if new != old:
                    judged(new, self._settings)
                    before_writing(new)
                    write(self.path, new)
                return new
        except Timeout as error:
            raise ConfigError(f"{self.path} is being changed by somebody else: save again") from error
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror or error}; it is as it was") from error

    def _state(self) -> tuple[int, ...] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def judged(text: str, before: Settings) -> Settings:
    """The settings of a text as a run would read them. Raises ConfigError for any that a run would refuse."""
    settings = settings_of(text, before)
    try:
        CoverPolicy.from_mapping(settings.cover)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{FILE}: [cover] holds a value of another kind than expected: {error}") from error
    return settings


def edited(text: str, edits: dict[Place, Any]) -> str:
    """The text with values set, its comments and order as they were. Raises ConfigError where it is no TOML."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"{FILE}: {error}") from error
    for (*tables, name), value in edits.items():
        place: Any = document
        for table in tables:
            if table not in place:
                if value is None:
                    break
                place[table] = tomlkit.table()
            place = place[table]
        else:
            held = place.get(name)
            if value is None:
                if name in place:
                    del place[name]
            elif held is None or held.unwrap() != value:
                place[name] = value
    return tomlkit.dumps(document)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the rights of the one before."""
    target = path.resolve()  # a link stays one
    draft = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mode = 0o600
    try:
        with open(draft, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def digest(text: str) -> str:
    """What tells one text of the file from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
