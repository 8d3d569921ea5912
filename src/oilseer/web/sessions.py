"""Sessions: a random token in a cookie, of which the server keeps a hash; ended at logout and after 24 hours."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from oilseer.web.pin import DEVICE_SECONDS, digest
from oilseer.web.store import Store

SESSION_SECONDS = 24 * 3600.0
SESSION, VISIT, DEVICE = "oilseer_session", "oilseer_visit", "oilseer_device"


@dataclass(frozen=True)
class Sessions:
    """Who is logged in, and the tokens that prove a form to be ours."""

    store: Store
    clock: Callable[[], datetime]
    key: bytes

    def begin(self) -> str:
        """A new session; its token, which exists nowhere else."""
        token, now = secrets.token_urlsafe(32), self.clock().timestamp()
        with self.store.change() as change:
            change.execute("DELETE FROM sessions WHERE expires < ?", (now,))
            change.execute("INSERT INTO sessions VALUES (?, ?)", (digest(token), now + SESSION_SECONDS))
        return token

    def holds(self, token: str | None) -> bool:
        """Whether a session of this token is open."""
        if not token:
            return False
        found = self.store.one("SELECT expires FROM sessions WHERE hash = ?", digest(token))
        return found is not None and found[0] > self.clock().timestamp()

    def end(self, token: str | None) -> None:
        """Close a session, here and not only in the browser."""
        if token:
            with self.store.change() as change:
                change.execute("DELETE FROM sessions WHERE hash = ?", (digest(token),))

    def form_token(self, cookie: str) -> str:
        """What a form must bring along: only we can make it, and it fits one cookie."""
        return hmac.new(self.key, cookie.encode(), sha256).hexdigest()

    def is_ours(self, cookie: str | None, token: str) -> bool:
        """Whether a form token was made for this cookie."""
        return bool(cookie) and hmac.compare_digest(self.form_token(cookie).encode(), token.encode())


def sessions_of(store: Store, clock: Callable[[], datetime]) -> Sessions:
    """The sessions kept in `store`, with the key made at its first use."""
    with store.change() as change:
        change.execute("INSERT OR IGNORE INTO secrets VALUES ('form key', ?)", (secrets.token_bytes(32),))
    return Sessions(store, clock, store.one("SELECT value FROM secrets WHERE name = 'form key'")[0])


def cookie_name(request: Request, name: str) -> str:
    """Behind TLS a name that browsers take only from this host, over TLS, for all paths."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def cookie(request: Request, name: str) -> str | None:
    """Value of one of our cookies."""
    return request.cookies.get(cookie_name(request, name))


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Give a cookie that scripts cannot read and other sites cannot send."""
    seconds = int(DEVICE_SECONDS if name == DEVICE else SESSION_SECONDS)
    secure = request.url.scheme == "https"
    response.set_cookie(
        cookie_name(request, name), value, max_age=seconds, httponly=True, samesite="strict", secure=secure, path="/"
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie back."""
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request, name), path="/", secure=secure, httponly=True, samesite="strict")
