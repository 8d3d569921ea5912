"""The whole server as one ASGI application: shield, doors, the publication lent to each request, routes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from oilseer import __version__
from oilseer.errors import ConfigError, OilseerError
from oilseer.market import sessions as exchange
from oilseer.settings import Settings
from oilseer.warehouse.serving import Publications
from oilseer.warehouse.workspace import Workspace
from oilseer.web import api, assets, pages
from oilseer.web.doors import Doors, to_login
from oilseer.web.lending import Lending
from oilseer.web.pages.rendering import page
from oilseer.web.pin import Pins
from oilseer.web.problems import Problem
from oilseer.web.security import BODY_SECONDS, Shield
from oilseer.web.sessions import sessions_of
from oilseer.web.settings_file import SettingsFile
from oilseer.web.store import Store
from oilseer.web.turn import Pulse, Turn
from oilseer.web.visit import Site, visit_of
from oilseer.web.warming import keep_current

FOUND_CHARACTERS = 80


@dataclass(frozen=True)
class Server:
    """An application and what to know of it. `close` ends what it holds open."""

    app: ASGIApp
    site: Site
    close: Callable[[], None]


def create_app(
    workspace: Workspace,
    settings: Settings,
    clock: Callable[[], datetime],
    pin: str | None = None,
    names: Sequence[str] = (),
    is_closed: bool = False,
    body_seconds: float = BODY_SECONDS,
) -> Server:
    """The dashboard and API of a workspace.

    clock      the present, UTC
    pin        of the environment, which goes before the one that was set
    names      host names that it answers to, beside localhost and addresses in digits
    is_closed  whether reading needs a login too

    Raises ConfigError for a workspace on MotherDuck.
    """
    publications, store = Publications(workspace), Store(workspace.home)
    sessions = sessions_of(store, clock)
    file, pins = SettingsFile(settings, workspace.home), Pins(store, clock, pin)
    site = Site(workspace, file, clock, publications, pins, sessions, is_closed, Turn(), Pulse())

    def close() -> None:
        publications.close()
        store.close()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        assets.assets()  # zipped before the first visitor waits for it
        exchange.sessions()  # a second of a core, once
        looking = asyncio.create_task(keep_current(site))
        yield
        looking.cancel()

    routes = FastAPI(
        title="Oilseer", version=__version__, summary="Soybean oil forecasts as probabilities, and how much to cover.",
        openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None, lifespan=lifespan,
        redirect_slashes=False, separate_input_output_schemas=False,
    )  # fmt: skip
    routes.state.site = site
    routes.add_exception_handler(Problem, _problem)
    routes.add_exception_handler(ConfigError, _not_there)
    routes.add_exception_handler(OilseerError, _not_sound)
    routes.add_exception_handler(RequestValidationError, _invalid)
    routes.add_exception_handler(HTTPException, _http)
    routes.add_exception_handler(Exception, _failed)
    for router in (assets.router, *api.ROUTERS, *pages.ROUTERS):
        routes.include_router(router)
    routes.add_api_route("/", _start, include_in_schema=False)
    whole = Shield(Doors(Lending(routes, publications), sessions, is_closed), names, body_seconds)
    return Server(whole, site, close)


async def _start() -> Response:
    return RedirectResponse(pages.PLACES[0].path, 307)


async def _problem(request: Request, problem: Problem) -> Response:
    """A problem document for machines; for people a page, or the way to the login."""
    path = request.url.path
    if path.startswith(("/api/", "/static/")):
        return problem.answer(path)
    if problem.status == 401:
        return to_login(request)
    visit = await visit_of(request)
    return page(visit, "problem.html", problem.status, problem=problem)


async def _not_there(request: Request, error: ConfigError) -> Response:
    return await _problem(request, Problem(404, "not-there", str(error)))


async def _not_sound(request: Request, error: OilseerError) -> Response:
    """What is published cannot give this answer, and the error says what mends it."""
    return await _problem(request, Problem(503, "not-sound", str(error)))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    faults = [
        {"where": ".".join(map(str, fault["loc"])), "found": repr(fault.get("input"))[:FOUND_CHARACTERS],
         "expected": fault["msg"]}
        for fault in error.errors()[:20]
    ]  # fmt: skip
    told = "; ".join(f"{fault['where']}: {fault['expected']}, found {fault['found']}" for fault in faults[:3])
    return await _problem(request, Problem(422, "bad-request", told, faults))


async def _http(request: Request, error: HTTPException) -> Response:
    names = {404: "no-such-page", 405: "no-such-method"}
    details = {
        404: f"nothing is at {request.url.path[:FOUND_CHARACTERS]}: /api/v1/openapi.json lists what the API answers",
        405: f"{request.method} is not answered here: see the Allow header",
    }
    problem = Problem(
        error.status_code, names.get(error.status_code, "refused"), details.get(error.status_code, str(error.detail)),
        headers=error.headers or {},
    )  # fmt: skip
    return await _problem(request, problem)


async def _failed(request: Request, error: Exception) -> Response:
    """Whatever was not foreseen; its trace goes to the log and not to the visitor."""
    detail = "the server failed at this request; its log says why. Please report it with what you asked"
    return Problem(500, "failed", detail).answer(request.url.path)
