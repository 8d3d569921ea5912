"""The PIN of the administration: how it is kept, and how often it may be tried.

A try is counted before it is judged, in one transaction with the question whether it may be made: of any number of
guesses at the same time only the free ones are judged. Who has entered the right PIN on a device before is counted by
that device, so that a stranger's wrong tries do not lock the owner out.
"""

import hashlib
import ipaddress
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from oilseer.errors import ConfigError
from oilseer.web.store import Store

FEWEST_DIGITS, FEWEST_ACCEPTED, MOST_DIGITS = 6, 4, 64
FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0  # seconds; doubled with every further wrong try
FORGOTTEN_AFTER = 24 * 3600.0  # seconds without a wrong try
DEVICE_SECONDS = 180 * 24 * 3600.0
PIN, ENVIRONMENT = "pin", "environment"
ACCOUNT = "account"


@dataclass(frozen=True)
class Wait:
    """Not judged: too many wrong tries before it."""

    seconds: float


@dataclass(frozen=True)
class Verdict:
    """Judged."""

    is_right: bool


def checked(pin: str) -> tuple[str, str | None]:
    """A new PIN and a warning, if it deserves one. Raises ConfigError for one that cannot be used."""
    if not (pin.isascii() and pin.isdecimal() and FEWEST_ACCEPTED <= len(pin) <= MOST_DIGITS):
        raise ConfigError(
            f"PIN: found {len(pin)} characters, expected {FEWEST_DIGITS} digits or more and nothing else "
            f"({FEWEST_ACCEPTED} are accepted)"
        )
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if len(pin) < FEWEST_DIGITS:
        return pin, f"PIN of {len(pin)} digits: guessed in months by someone patient; {FEWEST_DIGITS} are better"
    return pin, "PIN of digits in a row: among the first that anybody tries" if steps <= {0} or steps in (
        {1}, {-1},
    ) else None  # fmt: skip


class Pins:
    """The PIN in force and the count of its tries.

    environment  the PIN of OILSEER_PIN, which goes before the one that was set; or None
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime], environment: str | None, hasher: PasswordHasher | None = None
    ) -> None:
        self._store, self._clock = store, clock
        self._hasher = hasher or PasswordHasher()
        self._name = PIN if environment is None else ENVIRONMENT
        self._nobody = self._hasher.hash(secrets.token_hex())  # judged in place of a PIN that is not set
        if environment is not None and not self._matches(self._kept(ENVIRONMENT), environment):
            self._keep(ENVIRONMENT, environment)

    def set(self, pin: str) -> None:
        """Keep a new PIN; who is logged in by the old one is logged out, and all counts begin anew."""
        self._keep(PIN, pin)

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN at all."""
        return self._kept(self._name) is not None

    def judge(self, pin: str, address: str, device: str | None) -> Wait | Verdict:
        """Whether this is the PIN, unless too many wrong ones came before. Takes as long for a wrong one as for it.

        device  token of a device on which the right PIN was entered before; counted apart where it is one
        """
        counters = self._counters(address, device)
        wait = self._begin(counters)
        if wait > 0:
            return Wait(wait)
        kept = self._kept(self._name)
        is_right = self._matches(kept or self._nobody, pin) and kept is not None
        if is_right:
            with self._store.change() as change:
                for who in counters:
                    change.execute("DELETE FROM tries WHERE who = ?", (who,))
        return Verdict(is_right)

    def new_device(self) -> str:
        """A token for a device on which the right PIN was just entered."""
        token, now = secrets.token_urlsafe(32), self._now()
        with self._store.change() as change:
            change.execute("DELETE FROM devices WHERE expires < ?", (now,))
            change.execute("INSERT INTO devices VALUES (?, ?)", (digest(token), now + DEVICE_SECONDS))
        return token

    def _counters(self, address: str, device: str | None) -> tuple[str, ...]:
        if device is not None:
            known = self._store.one("SELECT expires FROM devices WHERE hash = ?", digest(device))
            if known and known[0] > self._now():
                return (f"device {digest(device).hex()}",)
        return f"address {_network(address)}", ACCOUNT

    def _begin(self, counters: tuple[str, ...]) -> float:
        """Count one more try as wrong, for it may be; or the seconds to wait, with nothing counted."""
        now = self._now()
        wait = self._wait(counters, now)  # without a transaction: what a flood of guesses meets
        if wait > 0:
            return wait
        with self._store.change() as change:
            change.execute("DELETE FROM tries WHERE last < ?", (now - FORGOTTEN_AFTER,))
            rows = {who: _row(change, who) for who in counters}
            wait = max(not_before - now for _, not_before in rows.values())
            if wait <= 0:
                for who, (count, _) in rows.items():
                    later = now + _wait_after(count + 1)
                    change.execute("INSERT OR REPLACE INTO tries VALUES (?, ?, ?, ?)", (who, count + 1, now, later))
            return wait

    def _wait(self, counters: tuple[str, ...], now: float) -> float:
        found = (self._store.one("SELECT not_before FROM tries WHERE who = ?", who) for who in counters)
        return max((row[0] - now for row in found if row), default=0.0)

    def _keep(self, name: str, pin: str) -> None:
        hashed = self._hasher.hash(pin)
        with self._store.change() as change:
            change.execute("INSERT OR REPLACE INTO secrets VALUES (?, ?)", (name, hashed))
            for table in ("tries", "sessions", "devices"):
                change.execute(f"DELETE FROM {table}")

    def _kept(self, name: str) -> str | None:
        found = self._store.one("SELECT value FROM secrets WHERE name = ?", name)
        return found and found[0]

    def _matches(self, hashed: str | None, pin: str) -> bool:
        try:
            return hashed is not None and self._hasher.verify(hashed, pin)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def _now(self) -> float:
        return self._clock().timestamp()


def digest(token: str) -> bytes:
    """What is kept of a token: enough to know it again, too little to use it."""
    return hashlib.sha256(token.encode()).digest()


def _row(change: sqlite3.Connection, who: str) -> tuple[int, float]:
    found = change.execute("SELECT count, not_before FROM tries WHERE who = ?", (who,)).fetchone()
    return found or (0, 0.0)


def _wait_after(count: int) -> float:
    """Seconds between wrong try number `count` and the next."""
    return 0.0 if count < FREE_TRIES else min(FIRST_WAIT * 2.0 ** (count - FREE_TRIES), LONGEST_WAIT)


def _network(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 one that a single customer is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)
