"""Server-sent events: the Big 8, health and job progress, each when it changes; a heartbeat says the line is open."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import StreamingResponse

from oilseer.errors import ConfigError
from oilseer.ops.jobs import read_state
from oilseer.reference.jobs import jobs
from oilseer.web.big_eight import big_eight_now
from oilseer.web.health import health_now
from oilseer.web.lending import lend
from oilseer.web.problems import Problem, documented
from oilseer.web.sessions import SESSION, cookie
from oilseer.web.visit import Visit, Visiting, published

LOOK_SECONDS, HEARTBEAT_SECONDS = 2.0, 15.0
MOST_STREAMS = 100
router = APIRouter(prefix="/api/v1", tags=["monitoring"])


@router.get(
    "/events", response_class=StreamingResponse,
    responses={200: {"description": "events `published`, `big8`, `health` and `jobs`, each as JSON; comments between",
                     "content": {"text/event-stream": {"schema": {"type": "string"}}}}} | documented(401, 503),
)  # fmt: skip
async def events(visit: Visiting) -> StreamingResponse:
    """A stream of changes; the first of each kind comes at once. A comment now and then shows that the line is open."""
    if visit.site.pulse.count >= MOST_STREAMS:
        raise Problem(503, "busy", f"{MOST_STREAMS} streams are open: close one", headers={"retry-after": "30"})
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_changes(visit), media_type="text/event-stream", headers=headers)


async def _changes(visit: Visit) -> AsyncIterator[str]:
    """Events until the visitor leaves, is logged out where that matters, or the server ends."""
    pulse, told = visit.site.pulse, {}
    loop = asyncio.get_running_loop()
    silent_until = loop.time() + HEARTBEAT_SECONDS
    pulse.count += 1
    try:
        yield "retry: 5000\n\n"
        while not pulse.is_over.is_set() and _may_listen(visit):
            for name, text in (await pulse.now(lambda: _look(visit), LOOK_SECONDS)).items():
                if told.get(name) != text:
                    told[name] = text
                    yield f"event: {name}\ndata: {text}\n\n"
                    silent_until = loop.time() + HEARTBEAT_SECONDS
            if loop.time() > silent_until:
                yield ": open\n\n"
                silent_until = loop.time() + HEARTBEAT_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await pulse.is_over.wait()
    finally:
        pulse.count -= 1


def _may_listen(visit: Visit) -> bool:
    return not visit.site.is_closed or visit.site.sessions.holds(cookie(visit.request, SESSION))


async def _look(visit: Visit) -> dict[str, str]:
    """Everything there is to tell, of the publication of this moment."""
    publications = visit.site.publications
    lent = await lend(publications)
    try:
        return await to_thread.run_sync(_told, replace(visit, publication=lent))
    finally:
        publications.give_back(lent)


def _told(visit: Visit) -> dict[str, str]:
    """Text by event."""
    health = health_now(visit)
    told = {name: health[name] for name in ("healthy", "why", "words", "status", "counts", "critical_stale")}
    found = {"published": visit.see(published).answer, "health": told, "jobs": [_job(visit, name) for name in jobs()]}
    with suppress(ConfigError, Problem):
        found["big8"] = big_eight_now(visit)
    return {name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for name, value in found.items()}


def _job(visit: Visit, name: str) -> dict:
    """How a scheduled job stands: it is running while it has begun and not ended."""
    state = read_state(visit.site.workspace.home, name)
    return vars(state) | {"running": state.last_start is not None and state.last_end is None}
