"""Serves the application with uvicorn: connections that dawdle are closed, and too many at once are turned away."""

import asyncio
import socket
import threading
import time
import webbrowser
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from oilseer.errors import ConfigError
from oilseer.web.turn import Pulse

HEADER_SECONDS, HEADER_BYTES = 10.0, 64 * 1024
KEEP_ALIVE_SECONDS = 15
MOST_CONNECTIONS = 512
GRACE_SECONDS = 3


class PromptProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are not whole in time, or too long, where uvicorn waits."""

    header_seconds = HEADER_SECONDS
    _is_in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._late = self.loop.call_later(self.header_seconds, self._close_late)
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)  # sets the count to 0 where the head ends in these bytes
        if self._head_bytes > HEADER_BYTES and not self._is_in_body:
            self._close_late()

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._late.cancel()
        self._late = self.loop.call_later(self.header_seconds, self._close_late)
        self._head_bytes, self._is_in_body = 0, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._late.cancel()
        self._head_bytes, self._is_in_body = 0, True
        super().on_headers_complete()

    def _close_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Ends the streams of events first when it is told to end, so that nobody waits for them."""

    def __init__(self, config: uvicorn.Config, pulse: Pulse) -> None:
        super().__init__(config)
        self._pulse = pulse

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._pulse.is_over.set()
        await super().shutdown(sockets)


def server_of(app: ASGIApp, pulse: Pulse, is_behind_proxy: bool = False, **others: Any) -> Server:
    """A server ready to run; `others` go to uvicorn as they are.

    is_behind_proxy  whether a proxy on this machine adds the visitor's address and scheme; only then are they believed
    """
    return Server(uvicorn.Config(app, **{
        "http": PromptProtocol, "ws": "none", "lifespan": "on", "access_log": False, "log_level": "warning",
        "server_header": False, "proxy_headers": is_behind_proxy, "forwarded_allow_ips": "127.0.0.1,::1",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS, "timeout_graceful_shutdown": GRACE_SECONDS,
        "limit_concurrency": MOST_CONNECTIONS, **others,
    }), pulse)  # fmt: skip


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to an address. Raises ConfigError where it cannot be had."""
    made = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        if made is not None:
            made.close()
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror}; --port names another") from error
    return made


def run(server: uvicorn.Server, listening: socket.socket, opened: str | None = None) -> None:
    """Serve until interrupted; `opened` is shown in the browser once the server answers."""
    if opened is not None:
        threading.Thread(target=_open_when_ready, args=(server, opened), daemon=True).start()
    with listening, suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _open_when_ready(server: uvicorn.Server, address: str) -> None:
    while not server.started and not server.should_exit:
        time.sleep(0.05)
    webbrowser.open(address)
