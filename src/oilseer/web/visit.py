"""What a route gets to work with: the site, the publication lent to this request, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import duckdb
from fastapi import Depends
from starlette.requests import Request

from oilseer.dashboard.tables import PREDICTIONS, exists, identity, newest
from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.warehouse.serving import Publication, Publications
from oilseer.warehouse.workspace import Workspace
from oilseer.web.memory import Memory
from oilseer.web.pin import Pins
from oilseer.web.problems import nothing_published
from oilseer.web.sessions import Sessions
from oilseer.web.settings_file import SettingsFile
from oilseer.web.turn import Pulse, Turn

MOST_ANSWERS = 128
MOST_QUESTIONS = 64


@dataclass(frozen=True)
class Site:
    """Everything that outlives a request.

    is_closed  whether reading needs a login too, as on an address that other machines reach
    """

    workspace: Workspace
    settings_file: SettingsFile
    clock: Callable[[], datetime]
    publications: Publications
    pins: Pins
    sessions: Sessions
    is_closed: bool
    turn: Turn
    pulse: Pulse

    @property
    def settings(self) -> Settings:
        """The settings in force now: the file may be changed while the server runs."""
        return self.settings_file.now()


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
        return ask_of(self._lent(), reader, *args)

    def read(self, reader: Callable[..., Any], *args: Any) -> Any:
        """The same computed anew: for parts of long lists, of which there are too many to keep."""
        return read_of(self._lent(), reader, *args)

    def see(self, reader: Callable[..., Any], *args: Any) -> Seen:
        """The same for a page, which has a place for what is not there yet."""
        if self.publication is None:
            return Seen(None, nothing_published(self.site.workspace.home).detail)
        try:
            return Seen(self.ask(reader, *args))
        except ConfigError as error:
            return Seen(None, str(error))

    def _lent(self) -> Publication:
        if self.publication is None:
            raise nothing_published(self.site.workspace.home)
        return self.publication


def ask_of(publication: Publication, reader: Callable[..., Any], *args: Any) -> Any:
    """An answer of a publication, computed once for it."""
    memory = publication.memory.setdefault("asked", Memory(MOST_ANSWERS))
    key = (reader.__module__, reader.__qualname__, repr(args))
    answer = memory.get(key, lambda: read_of(publication, reader, *args))
    questions = publication.memory.setdefault("questions", {})
    if len(questions) < MOST_QUESTIONS:
        questions[key] = (reader, args)
    return answer


def read_of(publication: Publication, reader: Callable[..., Any], *args: Any) -> Any:
    """An answer of a publication, computed anew."""
    with publication.cursor() as connection:
        return reader(connection, *args)


def questions_of(publication: Publication) -> tuple[tuple[Callable[..., Any], tuple], ...]:
    """What was asked of a publication so far: readers and their arguments."""
    return tuple(publication.memory.get("questions", {}).values())


async def visit_of(request: Request) -> Visit:
    """The visit of a request."""
    state = request.state
    return Visit(request, request.app.state.site, state.publication, state.is_owner)


Visiting = Annotated[Visit, Depends(visit_of)]


def published(connection: duckdb.DuckDBPyConnection) -> dict | None:
    """Run, session and workspace of what is published; None before the first forecast."""
    if not exists(connection, PREDICTIONS):
        return None
    as_of, run_id = newest(connection, PREDICTIONS)
    return identity(connection, run_id, as_of, {})
