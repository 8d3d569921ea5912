"""Who computes and who looks: one heavy answer at a time, and one look for all streams of events."""

import asyncio
from collections.abc import Awaitable, Callable

from oilseer.web.problems import Problem

MOST_WAITING = 16
PATIENCE_SECONDS = 30.0


class Turn:
    """Lets one through, a few wait, and turns the rest away."""

    def __init__(self) -> None:
        self._lock, self._waiting = asyncio.Lock(), 0

    async def __aenter__(self) -> None:
        """Raises Problem 503 where too many wait, or for too long."""
        if self._waiting >= MOST_WAITING:
            raise _busy(f"{self._waiting} such requests wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise _busy(f"its turn did not come in {PATIENCE_SECONDS:g} s") from None
        finally:
            self._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Pulse:
    """What the streams tell, looked up once for all of them. `count`: open streams; `is_over`: the server ends."""

    def __init__(self) -> None:
        self.count, self.is_over = 0, asyncio.Event()
        self._lock = asyncio.Lock()
        self._looked_at: float | None = None
        self._told: dict[str, str] = {}

    async def now(self, look: Callable[[], Awaitable[dict[str, str]]], seconds: float) -> dict[str, str]:
        """Text of each event, at most `seconds` old."""
        async with self._lock:
            time = asyncio.get_running_loop().time()
            if self._looked_at is None or time - self._looked_at >= seconds:
                self._told, self._looked_at = await look(), time
            return self._told


def _busy(why: str) -> Problem:
    detail = f"the server computes other answers of this kind and {why}: ask again in some seconds"
    return Problem(503, "busy", detail, headers={"retry-after": "5"})
