"""Connections, rates and time limits that all sources of one ingest share: one attempt at one address, cut off in time.

The wire is httpx, the rates are pyrate-limiter's; what an answer must be to count as one stands in http.py.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import httpx
import stamina.instrumentation
from pyrate_limiter import Duration, Limiter, Rate

from oilseer import __version__
from oilseer.raw.bodies import CAPS, ENCODINGS, Caps, TooLarge

AGENT = f"oilseer/{__version__} (soybean oil forecasts; reads each source as its operator asks)"


@dataclass(frozen=True)
class Patience:
    """Limits of one GET, seconds and counts; waits double from `first_wait_s`, with jitter of the same size."""

    connect_s: float = 15
    read_s: float = 30
    attempt_s: float = 90  # one attempt from first byte to last, so that a trickle ends
    total_s: float = 300
    attempts: int = 4
    first_wait_s: float = 1
    longest_wait_s: float = 30
    retry_after_s: float = 120  # who asks for more is asked again at the next run
    redirects: int = 5


PATIENCE = Patience()


class Network:
    """Connections and rates of one ingest, shared by its threads."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        mirror: str | None = None,
        patience: Patience = PATIENCE,
        caps: Caps = CAPS,
    ) -> None:
        """`mirror`: where `https://host/path` is asked for as `{mirror}/host/path` instead; it knows no rates."""
        _silence_libraries()
        self.clock, self.mirror, self.patience, self.caps = clock, mirror and mirror.rstrip("/"), patience, caps
        self._limiters: dict[str, Limiter] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(
            headers={"User-Agent": AGENT, "Accept-Encoding": ENCODINGS},
            timeout=httpx.Timeout(patience.read_s, connect=patience.connect_s, pool=patience.attempt_s),
            # No connection is used twice: so each attempt can be cut off by its own.
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=0),
            trust_env=mirror is None,
            verify=mirror is None or mirror.startswith("https"),  # loading certificates takes longer than a local GET
        )

    def close(self) -> None:
        """Close connections and rate counters."""
        self._client.close()
        for limiter in self._limiters.values():
            limiter.close()

    def send(self, url: httpx.URL, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """One attempt at one URL without following it: the answer and its bytes on the wire. Raises httpx errors."""
        with _cut_after(self.patience.attempt_s) as trace:
            request = self._client.build_request("GET", self.sent(url), headers=headers, extensions={"trace": trace})
            response = self._client.send(request, stream=True)
            try:
                parts, size = [], 0
                declared = response.headers.get("Content-Length", "")
                if declared.isdigit() and int(declared) > self.caps.wire:
                    raise TooLarge(f"an answer of {int(declared):,} bytes, expected at most {self.caps.wire:,}")
                for part in response.iter_raw():
                    size += len(part)
                    if size > self.caps.wire:
                        raise TooLarge(f"an answer beyond {self.caps.wire:,} bytes, expected less")
                    parts.append(part)
            finally:
                response.close()
        return response, b"".join(parts)

    def wait_turn(self, host: str, per_minute: int) -> None:
        """Wait until `host` may be asked again; the first source to name a host sets its rate."""
        if self.mirror:
            return
        with self._lock:
            limiter = self._limiters.get(host)
            if limiter is None:
                limiter = self._limiters[host] = Limiter(Rate(per_minute, Duration.MINUTE))
        limiter.try_acquire(host)

    def sent(self, url: httpx.URL) -> httpx.URL:
        """The address that is asked for."""
        if self.mirror is None:
            return url
        return httpx.URL(f"{self.mirror}/{url.host}{url.raw_path.decode('ascii')}")

    def real(self, url: httpx.URL) -> httpx.URL:
        """The address that a mirror's address stands for."""
        if self.mirror is None or not str(url).startswith(self.mirror + "/"):
            return url
        return httpx.URL("https://" + str(url).removeprefix(self.mirror + "/"))


@contextmanager
def _cut_after(seconds: float) -> Iterator[Callable[[str, dict], None]]:
    """A trace for httpx that shuts the connection when time is up, for a read timeout never ends a trickle.

    Raises httpx.ReadTimeout where it had to.
    """
    streams: list = []  # of httpcore
    over = threading.Event()

    def shut() -> None:
        over.set()
        for stream in streams:
            with suppress(OSError):  # it was closed already
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def trace(event: str, info: dict) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            streams[:] = [info["return_value"]]
            if over.is_set():
                shut()

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    except httpx.HTTPError as error:
        if over.is_set():
            raise httpx.ReadTimeout(f"not whole after {seconds:g} s") from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise httpx.ReadTimeout(f"not whole after {seconds:g} s")


def _silence_libraries() -> None:
    """Keep libraries from logging addresses with keys in them, and retries that end in one message of ours."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    stamina.instrumentation.set_on_retry_hooks([])
