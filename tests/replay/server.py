"""The server: `/host/path?query` is answered as `https://host/path?query` would be; see responders and faults."""

import json
import socket
import struct
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from . import faults
from .history import History
from .responders import Answer, Request, responders

COMPRESSED = ("gzip", "deflate", "zstd", "gzip-bomb", "zstd-bomb", "gzip-cut")


class Replay:
    """A running server: `url`; `faults` by host, or by host and path; `asked`, how often each path was asked for.

    `answers` by host and path stand before the responders. Use it as a context manager.
    """

    def __init__(self, history: History | None = None, port: int = 0) -> None:
        self.history = history
        self.faults: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self._made: dict[tuple, Answer | None] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Replay":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve until interrupted."""
        self._server.serve_forever()

    def answer(self, request: Request) -> Answer:
        """The honest answer; the same request is made once."""
        given = self.answers.get(request.host + request.path) or self.answers.get(request.host)
        if given is not None:
            return given
        day = self.history.day if self.history else None
        key = (request.host, request.path, tuple(sorted(request.query.items())), day)
        if key not in self._made:
            respond = responders().get(request.host)
            self._made[key] = respond(request, self.history) if respond and self.history else None
        return self._made[key] or Answer(b'{"error":"not found"}', status=404)

    def fault(self, request: Request) -> str:
        """The fault in force for this request; a counted one is used up."""
        for name in (request.host + request.path, request.host, "*"):
            kind, _, count = self.faults.get(name, "").partition(" x")
            if kind:
                if count:
                    self.faults[name] = f"{kind} x{int(count) - 1}" if int(count) > 1 else ""
                return kind
        return ""


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self, form: str = "") -> None:
            parts = urlsplit(self.path)
            host, _, path = parts.path.removeprefix("/").partition("/")
            query = dict(parse_qsl("&".join(filter(None, (parts.query, form))), keep_blank_values=True))
            request = Request(host, "/" + unquote(path), query, dict(self.headers.items()))
            replay.asked[host + request.path] += 1
            replay.headers.append(dict(self.headers.items()))
            try:
                self._misbehave(request, replay.fault(request))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def do_POST(self) -> None:
            """As GET: a form's fields are the query's."""
            self.do_GET(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _misbehave(self, request: Request, fault: str) -> None:
            kind, _, value = fault.partition("=")
            kind, wish = kind.split(" ")[0] if kind else "", value
            if kind.isdigit():
                headers = {"Retry-After": _wish(wish)} if wish else {}
                return self._send(Answer(b'{"error":"busy"}', status=int(kind)), headers)
            if kind in ("reset", "hang"):
                return self._drop(kind)
            if kind.startswith("redirect"):
                return self._send(Answer(b"", status=302), {"Location": _location(kind, self.path)})
            answer = replay.answer(request)
            if kind == "echo":
                answer = Answer(json.dumps({"path": self.path, "headers": dict(self.headers.items())}).encode())
            elif kind in COMPRESSED:
                encoding, body = faults.compressed(kind, answer.body)
                return self._send(Answer(body, answer.content_type), {"Content-Encoding": encoding})
            elif kind in ("truncate", "longer", "drip", "drip-headers"):
                return self._send_badly(answer, kind, float(value or 0))
            elif kind == "cut":
                answer = Answer(answer.body[: len(answer.body) * int(value) // 64], answer.content_type)
            elif kind:
                answer = Answer(faults.spoiled(kind, answer.body), answer.content_type)
            return self._send(answer, {})

        def _send(self, answer: Answer, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body) if length is None else length))
            self.send_header("Connection", "close")
            self.close_connection = True
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def _send_badly(self, answer: Answer, kind: str, value: float) -> None:
            body = answer.body
            if kind == "truncate":
                cut = Answer(body[: len(body) * int(value) // 64], answer.content_type)
                return self._send(cut, {}, len(body))
            if kind == "longer":
                return self._send(answer, {}, len(body) - 10)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Filler: %s\r\n\r\n" % (len(body), b"x" * 600)
            if kind == "drip":
                self.wfile.write(head)
            for byte in body if kind == "drip" else head + body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(value or 1)
            self.close_connection = True
            return None

        def _drop(self, kind: str) -> None:
            if kind == "hang":
                time.sleep(60)
            # Closing with nothing lingering sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

    return Handler


def _wish(value: str) -> str:
    if value.startswith("date"):
        return format_datetime(
            datetime.now(UTC) + timedelta(seconds=float(value.removeprefix("date") or 1)), usegmt=True
        )
    return value


def _location(kind: str, path: str) -> str:
    sibling = "https://files." + path.split("/")[1].partition(".")[2] + "/moved"
    return {
        "redirect-loop": path, "redirect-away": "https://example.net/elsewhere", "redirect-down": "ftp://x/y",
        "redirect-sibling": sibling,
    }[kind]  # fmt: skip
