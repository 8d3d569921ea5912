"""The one way of a source to the network: every GET bounded in attempts, time, size and rate, and no credential kept.

Retries are stamina's; here stands what an answer must be to count as one, and what is said where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import stamina

from oilseer.errors import ConfigError, SourceError
from oilseer.raw.bodies import SHORTEST_SECRET, BadBody, TooLarge, blot_out, decode, excerpt, is_page
from oilseer.raw.network import Network
from oilseer.raw.source import Download
from oilseer.reference.sources import SourceFacts

BUSY = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524)  # may pass by itself
REFUSED = (401, 403)
SECOND_LEVELS = ("ac", "co", "com", "edu", "gob", "gov", "net", "or", "org")  # as in gov.my: no owner's name


class _Again(Exception):
    """A failure that may pass: what was found, and how long the server asks to wait."""

    def __init__(self, found: str, wait_s: float | None = None) -> None:
        super().__init__(found)
        self.wait_s = wait_s


@dataclass(frozen=True)
class SourceHttp:
    """The Http of one source; see raw/source.py for what `get` promises."""

    network: Network
    facts: SourceFacts

    def get(
        self,
        url: str,
        *,
        part: str,
        params: Mapping[str, str] | None = None,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        missing: tuple[int, ...] = (),
        html: bool = False,
    ) -> Download | None:
        """The answer to one GET, or None for a status in `missing`. Raises SourceError after bounded time."""
        secrets = {**(secret or {}), **(secret_headers or {})}
        self._refuse_short(secrets)
        shown = _address(url, params)
        asked = shown.copy_merge_params(dict(secret)) if secret else shown
        kept = self.network.patience
        try:
            for attempt in stamina.retry_context(
                on=lambda error: isinstance(error, _Again) and (True if error.wait_s is None else error.wait_s),
                attempts=kept.attempts, timeout=kept.total_s, wait_initial=kept.first_wait_s,
                wait_max=kept.longest_wait_s, wait_jitter=kept.first_wait_s,
            ):  # fmt: skip
                with attempt:
                    status, body = self._attempt(asked, headers or {}, secret_headers or {}, missing)
            if status in missing:
                return None
            body = blot_out(body, secrets)
            if status != 200:  # 202 and 206 are not whole yet, or not the whole
                raise BadBody(f"status {status} {excerpt(body)!r}, expected 200; {self._remedy(status, bool(secrets))}")
            if not html and is_page(body):
                raise BadBody(
                    f"an HTML page {excerpt(body)!r} with status {status}, expected the file itself; "
                    "open the address in a browser: the service is down, has moved, or wants a login"
                )
        except _Again as error:
            found = f"{error}, {attempt.num} attempt{'s' * (attempt.num > 1)}"
            raise self._error(part, shown, found + "; the next run asks again", secrets) from None
        except BadBody as error:
            raise self._error(part, shown, str(error), secrets) from None
        return Download(self.facts.name, part, str(shown), body, self.network.clock())

    def address(self, url: str, params: Mapping[str, str] | None = None) -> str:
        """The address that a Download of this request carries."""
        return str(_address(url, params))

    def _attempt(
        self, url: httpx.URL, headers: Mapping[str, str], secret_headers: Mapping[str, str], missing: tuple[int, ...]
    ) -> tuple[int, bytes]:
        """Status and decoded body at the end of the redirects. Raises _Again where it may pass, else BadBody."""
        start, sent = url, {**headers, **secret_headers}
        for _ in range(self.network.patience.redirects + 1):
            self.network.wait_turn(url.host, self.facts.per_minute)
            try:
                response, wire = self.network.send(url, sent)
            except httpx.TimeoutException as error:
                raise _Again(f"no answer in time ({type(error).__name__}), expected one") from None
            except httpx.HTTPError as error:
                raise _Again(f"a broken connection ({error or type(error).__name__}), expected an answer") from None
            if response.has_redirect_location:
                url = self._next(start, url, response)
                if url.host != start.host:
                    sent = dict(headers)  # a key is for the host that it was given for
                continue
            return self._read(response, wire, missing)
        raise BadBody(
            f"more than {self.network.patience.redirects} redirects, expected an answer; "
            "open the address in a browser and correct it"
        )

    def _read(self, response: httpx.Response, wire: bytes, missing: tuple[int, ...]) -> tuple[int, bytes]:
        status = response.status_code
        if status in BUSY and status not in missing:
            asked_to_wait = _retry_after(response, self.network.clock())
            if asked_to_wait is not None and asked_to_wait > self.network.patience.retry_after_s:
                raise BadBody(
                    f"status {status} with a wait of {asked_to_wait:,.0f} s, expected at most "
                    f"{self.network.patience.retry_after_s:g} s; run ingest again after that"
                )
            raise _Again(f"status {status}, expected 200", asked_to_wait)
        try:
            body = decode(wire, response.headers.get("Content-Encoding", ""), self.network.caps)
        except TooLarge:
            raise
        except BadBody as error:
            raise _Again(str(error)) from None
        if not body and status not in missing and status < 400:
            raise _Again(f"status {status} and an empty body, expected content")
        return status, body

    def _next(self, start: httpx.URL, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        """Where a redirect leads. Raises BadBody for another owner's host and for a way down from https."""
        location = response.headers["Location"]
        try:
            target = self.network.real(self.network.sent(url).join(location))
        except (httpx.InvalidURL, ValueError):
            raise BadBody(f"a redirect to {location[:80]!r}, expected an address") from None
        if target.scheme not in ("https", start.scheme) or target.scheme not in ("http", "https"):
            raise BadBody(f"a redirect to {target.scheme}://{target.host}, expected {start.scheme}; look at it by hand")
        if _owner(target.host) != _owner(start.host):
            raise BadBody(
                f"a redirect to {target.host}, expected a host of {_owner(start.host)}; "
                "has the service moved? Then change the address in its source"
            )
        return target

    def _remedy(self, status: int, with_key: bool) -> str:
        if status in REFUSED and with_key:
            return f"the key was refused: check {self.facts.key}, or get one at {self.facts.key_url}"
        if status in REFUSED:
            return "the service refuses this caller; read its terms, and wait before asking again"
        return "the request or the service has changed: see " + self.facts.documentation

    def _refuse_short(self, secrets: Mapping[str, str]) -> None:
        if any(len(secret) < SHORTEST_SECRET for secret in secrets.values()):
            raise ConfigError(
                f"{self.facts.key}: a key of fewer than {SHORTEST_SECRET} characters, expected all of it; set it anew"
            )

    def _error(self, part: str, url: httpx.URL, found: str, secrets: Mapping[str, str]) -> SourceError:
        page = url.copy_with(query=None)
        message = f"{self.facts.name}: part {part} ({page}): found {found}"
        return SourceError(blot_out(message.encode(), secrets).decode())


def _address(url: str, params: Mapping[str, str] | None) -> httpx.URL:
    """The address without any secret. Raises ConfigError for other schemes and for a password in it."""
    made = httpx.URL(url)
    if made.scheme not in ("http", "https") or not made.host or made.userinfo:
        raise ConfigError(f"{url.split('@')[-1]!r} is no address to fetch; expected https://host/path without a user")
    return made.copy_merge_params(dict(params)) if params else made


def _owner(host: str) -> str:
    """The part of a host name that one owner holds: cftc.gov of publicreporting.cftc.gov, gov.my taken whole."""
    labels = host.lower().rstrip(".").split(".")
    if labels[-1].isdigit():
        return host  # an address of numbers
    wide = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if wide else labels[-2:])


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the server asks to wait, from seconds or from an HTTP date; None without a readable wish."""
    wish = response.headers.get("Retry-After", "").strip()
    if wish.isascii() and wish.isdigit() and len(wish) < 10:
        return float(wish)
    try:
        moment = parsedate_to_datetime(wish)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
