"""Who may pass: pages of the owner need a login, and where other machines reach the server, so does everything."""

from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import Depends
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from oilseer.web.problems import Problem
from oilseer.web.sessions import SESSION, VISIT, Sessions, cookie
from oilseer.web.visit import Visit, Visiting

OPEN = ("/login", "/api/health")
OPEN_FOLDERS = ("/static/",)
MOST_FIELDS = 500


class Doors:
    """Says in `scope["state"]["is_owner"]` whether a session is open; a closed site turns away who has none."""

    def __init__(self, app: ASGIApp, sessions: Sessions, is_closed: bool) -> None:
        self.app, self.sessions, self.is_closed = app, sessions, is_closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        is_owner = self.sessions.holds(cookie(request, SESSION))
        scope.setdefault("state", {})["is_owner"] = is_owner
        path = scope["path"]
        if self.is_closed and not is_owner and path not in OPEN and not path.startswith(OPEN_FOLDERS):
            answer = login_needed().answer(path) if path.startswith("/api/") else to_login(request)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def login_needed() -> Problem:
    """Nobody is logged in here."""
    return Problem(401, "login-needed", "no open session: log in with the PIN at /login and send its cookie along")


def to_login(request: Request) -> RedirectResponse:
    """To the PIN's page, and from there back to where one wanted to go."""
    wanted = URL(scope=request.scope)
    back = wanted.path + (f"?{wanted.query}" if wanted.query else "") if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(back, safe='')}", 303)


def way_back(path: str) -> str:
    """A path of this site to go to after login; the start where it is anything else."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_ours else "/"


async def owner_of(visit: Visiting) -> Visit:
    """The visit of somebody logged in. Raises Problem 401, which a page turns into the way to the login."""
    if not visit.is_owner:
        raise login_needed()
    return visit


async def posted_form(visit: Visiting) -> dict[str, str]:
    """Fields of a form that this server gave to this visitor. Raises Problem for any other."""
    body = await visit.request.body()
    kind = visit.request.headers.get("content-type", "").split(";")[0].strip()
    if body and kind != "application/x-www-form-urlencoded":
        raise Problem(415, "no-form", f"found {kind[:60] or 'no type'}, expected application/x-www-form-urlencoded")
    try:
        fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Problem(400, "bad-form", f"the form is no text, or has more than {MOST_FIELDS} fields") from None
    held = form_cookie(visit)
    if not visit.site.sessions.is_ours(held, fields.pop("form_token", "")):
        raise Problem(403, "foreign-form", "this form was not given out for this session: open its page again and send")
    return fields


def form_cookie(visit: Visit) -> str | None:
    """The cookie that a form is tied to: the session's, or before login the visit's."""
    return cookie(visit.request, SESSION if visit.is_owner else VISIT)


Owner = Annotated[Visit, Depends(owner_of)]
Form = Annotated[dict[str, str], Depends(posted_form)]
