"""From a template and answers to a page: what every page shows, escaping, and charts as data."""

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.responses import HTMLResponse, Response

from oilseer.dashboard import report, words
from oilseer.dashboard.figure import Chart
from oilseer.web.assets import address, style_ids
from oilseer.web.doors import form_cookie
from oilseer.web.visit import Visit, published


@cache
def environment() -> Environment:
    """Templates of this package and of the report, escaping everything, failing on unknown names."""
    found = report.environment()
    found.loader = ChoiceLoader([PackageLoader("oilseer.web"), found.loader])
    found.globals |= {"asset": address, "style_ids": style_ids}
    parts = found.get_template("parts.html").module
    found.globals |= {name: getattr(parts, name) for name in ("begin", "chart", "empty", "fields", "files")}
    return found


def page(
    visit: Visit, template: str, status: int = 200, charts: tuple[Chart, ...] = (), form_token: str = "", **context: Any
) -> Response:
    """`template`, which extends base.html, with `context` and what every page shows.

    charts      drawn where the template says {{ chart(one) }}; here so that the page loads what draws them
    form_token  of a visitor who has no session yet
    """
    held = form_cookie(visit)
    token = form_token or (visit.site.sessions.form_token(held) if held else "")
    simulated = visit.site.workspace.kind == "simulated"
    body = environment().get_template(template).render(
        **context,
        places=_places(visit),
        here=visit.request.url.path,
        is_owner=visit.is_owner,
        may_log_in=visit.site.pins.is_set,
        simulated=simulated,
        simulated_mark=words.SIMULATED_MARK,
        published=visit.see(published),
        charts={one.key: report.script_json(one.figure) for one in charts},
        form_token=token,
    )  # fmt: skip
    return HTMLResponse(body, status)


def _places(visit: Visit) -> list:
    """The navigation of this visitor."""
    from oilseer.web.pages import PLACES  # it imports the pages, which import this

    return [place for place in PLACES if visit.is_owner or not place.for_owner]
