"""Pages in a real browser: no console error under the strict policy, charts drawn, a phone's width kept."""

import shutil

import pytest
from conftest import serving, visited
from fastapi import APIRouter
from jinja2 import ChoiceLoader, DictLoader
from published_site import make_site

from oilseer.dashboard import answers, charts, evidence
from oilseer.dashboard.figure import Chart, figure
from oilseer.warehouse.workspace import create_workspace
from oilseer.web import pages
from oilseer.web.pages.rendering import environment, page
from oilseer.web.visit import Visiting

pytestmark = pytest.mark.slow
TRIAL = '{% extends "base.html" %}{% block main %}{% for one in shown %}{{ chart(one) }}{% endfor %}{% endblock %}'


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """A real, a simulated and an empty site, each with a page of trial charts."""
    router = APIRouter()

    @router.get("/trial")
    def trial(visit: Visiting):
        answer = visit.ask(answers.brief)
        history = visit.ask(evidence.recent_prices, answer["as_of_date"], 250)
        heat = figure([{"type": "heatmap", "z": [[1, 2], [3, 4]], "x": ["a", "b"], "y": ["c", "d"]}], answer)
        bars = figure([{"type": "waterfall", "x": ["a", "b"], "y": [1, -2], "measure": ["relative", "total"]}], answer)
        shown = (
            charts.fan(answer, history, "test"),
            charts.cover(answer["plan"], answer, "test"),
            Chart("heat", "Heat?", "It is hot.", "u", "test", heat, ("a",), [("1",)]),
            Chart("bars", "Bars?", "They are long.", "u", "test", bars, ("a",), [("1",)]),
        )
        return page(visit, "trial.html", charts=shown, shown=shown)

    before, loader = pages.ROUTERS, environment().loader
    pages.ROUTERS = (*before, router)
    environment().loader = ChoiceLoader([loader, DictLoader({"trial.html": TRIAL})])
    root = tmp_path_factory.mktemp("pages")
    real = make_site(root / "real").home
    simulated = make_site(root / "simulated", "simulated").home
    from snapshots import NOW

    empty = create_workspace(root / "empty", "real", NOW).home
    with serving(real) as one, serving(simulated) as two, serving(empty) as three:
        yield {"real": one, "simulated": two, "empty": three}
    pages.ROUTERS = before
    environment().loader = loader
    shutil.rmtree(root)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
@pytest.mark.parametrize("state", ["real", "simulated", "empty"])
def test_pages_show_without_a_console_error_or_a_request_elsewhere(browser, sites, state, width, scheme):
    for path in ("/status", "/vegas", "/login"):
        context, made, faults = visited(browser, sites[state].url + path, width, scheme)
        made.wait_for_timeout(300)
        assert faults == []
        assert made.evaluate("document.documentElement.scrollWidth") <= width
        assert made.locator("h1").count() == 1
        assert made.locator(".simulated").count() == (2 if state == "simulated" else 0)
        context.close()


def test_the_sales_page_makes_no_account_up_and_shows_the_published_prices(sites):
    page = sites["real"].client.get("/vegas").text
    assert "no events, venues or restaurants are loaded" in page
    for row in sites["real"].client.get("/api/v1/forecasts").json()["horizons"]:
        assert f"<td>{row['median']:,.2f}</td>" in page


@pytest.mark.parametrize("state", ["real", "simulated"])
def test_charts_are_drawn_under_the_policy(browser, sites, state):
    context, made, faults = visited(browser, sites[state].url + "/trial", 390, "light")
    made.wait_for_selector("html[data-drawn=true]", state="attached")
    assert faults == []
    assert made.locator(".chart .main-svg").count() == 4 * 3
    assert made.evaluate("document.documentElement.scrollWidth") <= 390
    box = made.locator("#chart-fan .main-svg").first.bounding_box()
    assert box["height"] > 300
    assert made.evaluate("getComputedStyle(document.querySelector('.main-svg')).position") == "absolute"
    marks = made.locator(".chart .annotation-text", has_text="SIMULATED").count()
    assert marks == (4 if state == "simulated" else 0)
    context.close()


def test_one_logs_in_and_out_with_the_keyboard(browser, sites):
    context, made, faults = visited(browser, sites["real"].url + "/login?next=/status", 390, "light")
    made.keyboard.type("482913")
    made.keyboard.press("Enter")
    made.wait_for_url(sites["real"].url + "/status")
    assert made.get_by_role("button", name="Log out").count() == 1
    made.get_by_role("button", name="Log out").press("Enter")
    made.wait_for_url(sites["real"].url + pages.PLACES[0].path)
    assert made.get_by_role("link", name="Log in").count() == 1
    assert faults == []
    context.close()


def test_the_state_changes_without_reloading(browser, sites):
    context, made, _ = visited(browser, sites["real"].url + "/status", 390, "light")
    before = made.locator("#state").text_content()
    sites["real"].clock.pass_(40 * 86_400)
    made.wait_for_function("old => document.getElementById('state').textContent !== old", arg=before, timeout=15_000)
    assert "staging.zl_prices_clean" in made.locator("#state").text_content()
    context.close()
