"""What stands before every route: known host names, same-site callers, small and prompt bodies, strict headers."""

import asyncio
import ipaddress
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oilseer.web.problems import Problem

BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PLOTLY_STYLES = (  # the style attributes that its heatmaps set: none, and how a browser enlarges an image
    "",
    "".join(f"image-rendering: {way}; " for way in (
        "optimizeSpeed", "-moz-crisp-edges", "-o-crisp-edges", "-webkit-optimize-contrast", "optimize-contrast",
        "crisp-edges", "pixelated",
    )),
)  # fmt: skip
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src-attr 'unsafe-hashes' "
    + " ".join(f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in PLOTLY_STYLES)
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
A_YEAR = "max-age=31536000"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?")


class Shield:
    """Refuses strange hosts, other sites and bad bodies; adds the headers to every answer, refusals included.

    names  host names that the server answers to, beside addresses in digits and localhost: a page of another site
           that points its own name at this machine (DNS rebinding) is none of them
    """

    def __init__(self, app: ASGIApp, names: Iterable[str], body_seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.names = {"localhost", *(name.lower() for name in names)}
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if scope["scheme"] == "https":
                    headers["strict-transport-security"] = A_YEAR
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._require_known_host(headers)
            _require_same_site(scope, headers)
            if "content-length" in headers or "transfer-encoding" in headers:
                receive = await self._whole_body(headers, receive)
        except Problem as problem:
            await problem.answer(scope["path"])(scope, receive, send_shielded)
            return
        await self.app(scope, receive, send_shielded)

    def _require_known_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        if name is None or not (name in self.names or _is_address(name)):
            raise Problem(
                421, "unknown-host",
                f"Host {', '.join(hosts)[:100] or 'is missing'}: expected localhost, an address in digits, or a name "
                "given to `oilseer dashboard --name`",
            )  # fmt: skip

    async def _whole_body(self, headers: Headers, receive: Receive) -> Receive:
        """The body, read to its end before anything else happens, and what comes after it."""
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES:
            raise _too_large(f"a body of {length[:20]} bytes")
        try:
            async with asyncio.timeout(self.body_seconds):
                whole = await _read(receive)
        except TimeoutError:
            raise Problem(
                408, "body-too-slow", f"the body was not whole after {self.body_seconds:g} s: send it at once",
                headers={"connection": "close"},
            ) from None  # fmt: skip
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": whole, "more_body": False}

        return again


async def _read(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "body-cut-off", "the connection ended before the body did: send it again")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES:
            raise _too_large("a longer body")
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(found: str) -> Problem:
    detail = f"found {found}, expected at most {BODY_BYTES} bytes: a table of needs is a few thousand"
    return Problem(413, "body-too-large", detail, headers={"connection": "close"})


def _require_same_site(scope: Scope, headers: Headers) -> None:
    """A browser says where a request comes from; pages of other sites may link here, and nothing more."""
    site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
    is_link = scope["method"] == "GET" and not scope["path"].startswith("/api/")
    foreign = site not in ("none", "same-origin") and not is_link
    if origin is not None and scope["method"] not in SAFE_METHODS:
        foreign = foreign or urlsplit(origin).netloc != headers.get("host")
    if foreign:
        raise Problem(403, "other-site", "a page of another site sent this request: open the dashboard itself")


def host_name(host: str) -> str | None:
    """The name in a Host header, lower case, without its port and brackets; None where it holds anything else."""
    found = _HOST.fullmatch(host.lower())
    return found and found[1].strip("[]")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)
