"""One publication from beginning to end of a request, and whole answers of the API kept until the next publication.

A snapshot never changes, so the same address has the same answer until another one is published.
"""

import hashlib
import logging
from collections import OrderedDict
from dataclasses import dataclass

import duckdb
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oilseer.errors import OilseerError
from oilseer.warehouse.serving import Publication, Publications

KEPT_BYTES = 64 * 1024 * 1024
STREAM = "/api/v1/events"
LARGEST_KEPT = 8 * 1024 * 1024
log = logging.getLogger("oilseer.web")


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Lending:
    """Lends the newest publication to a request, as `scope["state"]["publication"]`; None where there is none.

    A route that sets `scope["state"]["keep"]` gets an ETag on its answer. True says that the answer follows from
    address and publication alone: the next who asks for that address gets it without asking the route.
    """

    def __init__(self, app: ASGIApp, publications: Publications) -> None:
        self.app, self.publications = app, publications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # a stream lasts for hours: it borrows at each look
        publication = None if scope["path"] == STREAM else await lend(self.publications)
        try:
            scope.setdefault("state", {})["publication"] = publication
            if scope["method"] == "GET" and scope["path"].startswith("/api/") and publication is not None:
                await self._answered(scope, receive, send, publication)
            else:
                await self.app(scope, receive, send)
        finally:
            self.publications.give_back(publication)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, publication: Publication) -> None:
        kept = publication.memory.setdefault("kept", Kept())
        address = (scope["path"], scope["query_string"])
        answer = kept.get(address)
        if answer is None:
            answer = await self._asked(scope, receive, send)
            if answer is None:
                return
            if scope["state"]["keep"]:
                kept.put(address, answer)
        await _send(answer, Headers(scope=scope).get("if-none-match"), send)

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """The route's answer where it may be kept; None where it was sent already."""
        start: Message | None = None
        parts: list[bytes] = []

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200 and "keep" in scope["state"]:
                start = message
            elif start is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, gather)
        if start is None:
            return None
        body = b"".join(parts)
        tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = [*start["headers"], (b"etag", tag.encode()), (b"cache-control", b"private, no-cache")]
        return Answer(start["status"], headers, body)


class Kept:
    """Answers by address, up to a number of bytes; the longest unasked go first. For one thread."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple, Answer] = OrderedDict()
        self._size = 0

    def get(self, address: tuple) -> Answer | None:
        """The answer kept for an address."""
        found = self._answers.get(address)
        if found is not None:
            self._answers.move_to_end(address)
        return found

    def put(self, address: tuple, answer: Answer) -> None:
        """Keep an answer, unless it is too large."""
        if len(answer.body) > LARGEST_KEPT:
            return
        before = self._answers.pop(address, None)
        self._size += _size(address, answer) - (_size(address, before) if before else 0)
        self._answers[address] = answer
        while self._size > KEPT_BYTES:
            self._size -= _size(*self._answers.popitem(last=False))


async def lend(publications: Publications) -> Publication | None:
    """The newest publication, opened first where a newer one was published; give it back."""
    if not publications.is_current():
        try:
            await to_thread.run_sync(publications.refresh)
        except (OilseerError, OSError, duckdb.Error) as error:
            log.warning("the published snapshot cannot be opened, the one before stays: %s", error)
    return publications.lend()


async def _send(answer: Answer, known: str | None, send: Send) -> None:
    tag = next(value for name, value in answer.headers if name == b"etag")
    if known is not None and _holds(known, tag.decode()):
        kept = [pair for pair in answer.headers if pair[0] in (b"etag", b"cache-control")]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


def _holds(known: str, tag: str) -> bool:
    """Whether If-None-Match names the tag, or anything."""
    return known.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in known.split(","))


def _size(address: tuple, answer: Answer) -> int:
    return len(answer.body) + len(address[0]) + len(address[1]) + 1024
