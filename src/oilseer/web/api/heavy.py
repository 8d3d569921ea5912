"""Answers that take a second of a core: one at a time, so that the light ones stay quick."""

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from starlette.responses import Response

from oilseer.web.api.answering import Asked


async def heavy(asked: Asked, reader: Callable[..., dict], *args: Any, is_own: bool = False) -> Response:
    """The answer of a slow reader, in its turn; raises Problem 503 where too many wait.

    is_own  whether the question is the visitor's own making: its answer is not kept for others
    """
    how = asked.visit.read if is_own else asked.visit.ask
    async with asked.visit.site.turn:
        answer = await to_thread.run_sync(lambda: how(reader, *args))
    return asked.give(answer)
