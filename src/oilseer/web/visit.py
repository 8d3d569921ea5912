"""What a route gets to work with: the site, the publication lent to this request, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.warehouse.serving import Publication, Publications
from oilseer.warehouse.workspace import Workspace
from oilseer.web.memory import Memory
from oilseer.web.pin import Pins
from oilseer.web.problems import nothing_published
from oilseer.web.sessions import Sessions

MOST_ANSWERS = 512


@dataclass(frozen=True)
class Site:
    """Everything that outlives a request.

    is_closed  whether reading needs a login too, as on an address that other machines reach
    """

    workspace: Workspace
    settings: Settings
    clock: Callable[[], datetime]
    publications: Publications
    pins: Pins
    sessions: Sessions
    is_closed: bool


@dataclass(frozen=True)
class Seen:
    """An answer, or why there is none yet."""

    answer: Any
    why: str = ""

    def __bool__(self) -> bool:
        return self.answer is not None


@dataclass(frozen=True)
class Visit:
    """One request. All that it asks comes from one publication."""

    request: Request
    site: Site
    publication: Publication | None
    is_owner: bool

    def ask(self, reader: Callable[..., Any], *args: Any) -> Any:
        """`reader(connection, *args)` on the publication, computed once for it; do not change what it gives.

        Raises Problem where nothing is published, and what the reader raises.
        """
        publication = self.publication
        if publication is None:
            raise nothing_published(self.site.workspace.home)

        def make() -> Any:
            with publication.cursor() as connection:
                return reader(connection, *args)

        memory = publication.memory.setdefault("asked", Memory(MOST_ANSWERS))
        return memory.get((reader.__module__, reader.__qualname__, repr(args)), make)

    def see(self, reader: Callable[..., Any], *args: Any) -> Seen:
        """The same for a page, which has a place for what is not there yet."""
        if self.publication is None:
            return Seen(None, nothing_published(self.site.workspace.home).detail)
        try:
            return Seen(self.ask(reader, *args))
        except ConfigError as error:
            return Seen(None, str(error))


async def visit_of(request: Request) -> Visit:
    """The visit of a request."""
    state = request.state
    return Visit(request, request.app.state.site, state.publication, state.is_owner)


Visiting = Annotated[Visit, Depends(visit_of)]
