"""Dashboard and strategy in a real browser: both widths and schemes, without faults, usable by hand and by keyboard."""

import json
import shutil
from contextlib import ExitStack

import conftest
import duckdb
import pytest
from published_site import make_site
from snapshots import NOW
from test_strategy_page import COVER

from oilseer.settings import Settings
from oilseer.warehouse.workspace import create_workspace

pytestmark = pytest.mark.slow
STATES = ("real", "simulated", "empty", "stale")
PAGES = ("/dashboard", "/strategy?scenario=vix_spike")
DRAWN = {"/dashboard": 4, "/strategy?scenario=vix_spike": 5}


@pytest.fixture(scope="module")
def sites(published, tmp_path_factory):
    """A real, a simulated, an empty and a stale site."""
    root = tmp_path_factory.mktemp("morning")
    simulated, empty = make_site(root / "simulated", "simulated"), create_workspace(root / "empty", "real", NOW)
    real, stale = (shutil.copytree(published, root / name) for name in ("real", "stale"))
    homes = (real, simulated.home, empty.home, stale)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as open_:
        patch.setattr(conftest, "SETTINGS", Settings(cover=COVER))
        found = {name: open_.enter_context(conftest.serving(home)) for name, home in zip(STATES, homes, strict=True)}
        found["stale"].clock.pass_(40 * 86_400)
        yield found


class Visit:
    """A page that is open, and what went wrong on it."""

    def __init__(self, browser, url: str, width: int = 390, scheme: str = "light", **others: object) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, **others)
        self.page, self.faults = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._told)
        self.page.goto(url)

    def _told(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(
    ("state", "width", "scheme"),
    [("real", 390, "light"), ("real", 1280, "dark"), ("simulated", 390, "dark"), ("empty", 390, "light"),
     ("stale", 1280, "light")],
)  # fmt: skip
@pytest.mark.parametrize("path", PAGES)
def test_pages_show_without_fault_and_can_be_read_by_everyone(browser, sites, path, state, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python").Axe()
    with Visit(browser, sites[state].url + path, width, scheme) as visit:
        page = visit.page
        if state != "empty":
            page.wait_for_selector("html[data-drawn=true]", state="attached")
            assert page.locator(".chart.js-plotly-plot").count() == DRAWN[path]
        assert visit.faults == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
        assert page.locator(".simulated").count() == (2 if state == "simulated" else 0)
        assert page.locator(".chart .annotation-text", has_text="SIMULATED").count() == (
            DRAWN[path] if state == "simulated" else 0
        )
        assert page.locator("#old").count() == (state == "stale")
        found = axe.run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_the_date_picker_shows_a_past_forecast_without_leaving_the_page(browser, sites):
    with Visit(browser, sites["real"].url + "/dashboard") as visit:
        page = visit.page
        page.wait_for_selector("html[data-drawn=true]", state="attached")
        page.evaluate("window.stays = true")
        page.fill("#origin", "2023-06-15")
        page.dispatch_event("#origin", "change")
        page.wait_for_selector("#past :text('Said at the close of 31 May 2023')")
        assert page.locator("#chart-replay.js-plotly-plot").count() == 1
        assert page.evaluate("window.stays") is True
        assert "origin=2023-06-15" in page.url
        page.get_by_role("link", name="← earlier").click()
        page.wait_for_selector("#past :text('Said at the close of 28 Apr 2023')")
        page.select_option("#horizon", "12m")
        page.wait_for_selector("#why :text('Why is the middle in 12 months')")
        assert page.locator("#chart-replay.js-plotly-plot").count() == 1
        assert "origin=2023-04-28" in page.url
        assert visit.faults == []


def test_without_scripts_the_date_and_the_table_are_sent_as_forms(browser, sites):
    with Visit(browser, sites["real"].url + "/dashboard", java_script_enabled=False) as visit:
        page = visit.page
        page.fill("#origin", "2023-06-15")
        page.get_by_role("button", name="Show").click()
        assert "Said at the close of 31 May 2023" in page.locator("#past").text_content()
        page.goto(sites["real"].url + "/strategy")
        page.fill("input[name=need_lb_0]", "1200000")
        page.get_by_role("button", name="Plan this").click()
        assert "What-if of your table" in page.locator("#own").text_content()
        assert "of 7,800,000 lb" in page.locator("#plan").text_content()


def test_a_changed_table_is_planned_in_place(browser, sites):
    with Visit(browser, sites["real"].url + "/strategy", 1280) as visit:
        page = visit.page
        page.wait_for_selector("html[data-drawn=true]", state="attached")
        page.fill("input[name=need_lb_0]", "1200000")
        page.press("input[name=need_lb_0]", "Enter")
        page.wait_for_selector("#own")
        assert "of 7,800,000 lb" in page.locator("#plan").text_content()
        assert page.locator("#chart-distribution.js-plotly-plot").count() == 1
        with page.expect_download() as download:
            page.locator("button[value='csv.months']").click()
        assert download.value.suggested_filename.endswith("months-20250630.csv")
        page.fill("input[name=covered_lb_0]", "1300000")
        page.press("input[name=covered_lb_0]", "Enter")
        page.wait_for_selector("#fault")
        assert "expected at most need_lb 1,200,000" in page.locator("#fault").text_content()
        refused = [fault for fault in visit.faults if "422" not in fault]
        assert refused == []


def test_a_slider_moved_by_the_keyboard_stresses_the_market(browser, sites):
    with Visit(browser, sites["real"].url + "/strategy") as visit:
        page = visit.page
        page.wait_for_selector("html[data-drawn=true]", state="attached")
        page.focus("#s-CL")
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        assert page.locator("output[for=s-CL]").text_content() == "−5 %"
        page.wait_for_selector("#stressed .lead:has-text('crude oil −5 %')")
        assert page.evaluate("document.activeElement.id") == "s-CL"
        page.get_by_role("link", name="VIX spike").click()
        page.wait_for_selector("#stressed .lead:has-text('VIX +25 points')")
        assert page.input_value("#s-VIX") == "25"
        assert page.locator("#chart-stressed.js-plotly-plot").count() == 1
        assert visit.faults == []


def test_gauges_move_and_a_new_forecast_is_announced_without_reloading(browser, sites):
    served = sites["stale"]
    live = [{"bucket": "china", "score": 71.0, "change": 1.0, "input_age_minutes": 30.0, "as_of_date": "2025-06-30",
             "observed_at": "2025-07-01T14:00:00+00:00"}]  # fmt: skip
    with Visit(browser, served.url + "/dashboard") as visit:
        assert visit.page.locator("[data-bucket=china] .score").text_content() == "51"
        (served.made.site.workspace.home / "live.json").write_text(json.dumps(live))
        visit.page.wait_for_selector("[data-bucket=china] .score:text-is('71')", timeout=15_000)
        assert visit.page.locator("#big8-at").text_content() == "2025-07-01 14:00 UTC"
        assert visit.page.locator("[data-bucket=china] .age").text_content() == "30 minutes"
        assert not visit.page.locator("#published").is_visible()
        folder = served.made.site.workspace.published
        (file,) = folder.glob("*.duckdb")
        shutil.copy(file, folder / "20250701-feedbeef01.duckdb")
        with duckdb.connect(str(folder / "20250701-feedbeef01.duckdb")) as connection:
            connection.execute("UPDATE forecasts.zl_predictions SET run_id = '20250701-feedbeef01'")
        (folder / "current").write_text("20250701-feedbeef01.duckdb")
        visit.page.wait_for_selector("#published:visible", timeout=15_000)
        visit.page.get_by_role("link", name="Show it").click()
        visit.page.wait_for_selector("footer:has-text('20250701-feedbeef01')")
