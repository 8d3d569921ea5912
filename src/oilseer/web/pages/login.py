"""Login with the PIN, and logout. A right and a wrong PIN are answered after the same time."""

import asyncio
import secrets

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from oilseer.dashboard.words import counted
from oilseer.web.doors import Form, way_back
from oilseer.web.pages.rendering import page
from oilseer.web.pin import Wait
from oilseer.web.sessions import DEVICE, SESSION, VISIT, cookie, drop_cookie, set_cookie
from oilseer.web.visit import Visit, Visiting

ANSWER_SECONDS = 0.5  # longer than judging a PIN takes
router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login_page(visit: Visiting, next: str = "/") -> Response:
    """The form."""
    return await to_thread.run_sync(_form, visit, next, "", 200)


@router.post("/login")
async def login(visit: Visiting, form: Form) -> Response:
    """Begin a new session where the PIN is right."""
    site, request, loop = visit.site, visit.request, asyncio.get_running_loop()
    answered_at = loop.time() + ANSWER_SECONDS
    address = request.client.host if request.client else "unknown"
    judged = await to_thread.run_sync(site.pins.judge, form.get("pin", ""), address, cookie(request, DEVICE))
    wanted = form.get("next", "/")
    if isinstance(judged, Wait):
        words = f"Too many wrong PINs. Try again in {counted(int(judged.seconds) + 1, 'second')}."
        answer = await to_thread.run_sync(_form, visit, wanted, words, 429)
        answer.headers["retry-after"] = str(int(judged.seconds) + 1)
        return answer
    if judged.is_right:
        await to_thread.run_sync(site.sessions.end, cookie(request, SESSION))
        answer = RedirectResponse(way_back(wanted), 303)
        set_cookie(request, answer, SESSION, await to_thread.run_sync(site.sessions.begin))
        set_cookie(request, answer, DEVICE, await to_thread.run_sync(site.pins.new_device))
        drop_cookie(request, answer, VISIT)
    else:
        answer = await to_thread.run_sync(_form, visit, wanted, "That is not the PIN.", 401)
    await asyncio.sleep(answered_at - loop.time())
    return answer


@router.post("/logout")
async def logout(visit: Visiting, form: Form) -> Response:
    """End the session, here and in the browser."""
    await to_thread.run_sync(visit.site.sessions.end, cookie(visit.request, SESSION))
    answer = RedirectResponse("/", 303)
    drop_cookie(visit.request, answer, SESSION)
    return answer


def _form(visit: Visit, wanted: str, words: str, status: int) -> Response:
    """The login page; a visitor who has no cookie yet gets the one that the form is tied to."""
    held = cookie(visit.request, SESSION if visit.is_owner else VISIT) or secrets.token_urlsafe(32)
    token = visit.site.sessions.form_token(held)
    answer = page(visit, "login.html", status, form_token=token, wanted=way_back(wanted), words=words)
    if not visit.is_owner:
        set_cookie(visit.request, answer, VISIT, held)
    return answer
