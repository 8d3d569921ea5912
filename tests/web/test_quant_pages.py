"""Quant reports, quant administration and administration in a browser and over HTTP: whole, readable, and true."""

import csv
import html
import io
import re
from contextlib import ExitStack

import duckdb
import httpx
import pyarrow.parquet as pq
import pytest
from conftest import serving
from published_site import make_site
from snapshots import AS_OF, NOW, write

from oilseer.dashboard.words import number, percent
from oilseer.training.prune import LOG
from oilseer.warehouse.workspace import create_workspace
from oilseer.web.sessions import SESSION
from oilseer.web.settings_file import digest

STATES = ("real", "simulated", "empty", "stale")
PAGES = ("/quant", "/quant/admin", "/admin")
DRAWN = {"/quant": 7, "/quant/admin": 4, "/admin": 0}
FILES = (
    "/quant/files/gains?table=rows&horizon=3m", "/quant/files/calibration?table=places",
    "/quant/files/calibration?table=over_time", "/quant/files/drivers?table=rows", "/quant/files/validation?table=rows",
    "/quant/admin/files/leaderboard?table=rows&horizon=12m", "/quant/admin/files/regimes?table=rows",
    "/quant/admin/files/history?table=rows", "/quant/admin/files/importance?table=rows",
    "/quant/admin/files/drift?table=rows", "/admin/files/changes?table=changes",
)  # fmt: skip


def with_importance(home):
    """The site with what pruning and the volatility gate leave behind."""
    (path,) = (home / "published").glob("*.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        write(connection, LOG, [
            {"origin": AS_OF, "horizon": horizon, "feature": f"feature_{place}", "importance": 0.05 / (place + 1),
             "stable_blocks": 2, "place": place + 1, "kept": place < 20, "reason": "important"}
            for horizon in (5, 21, 63, 126, 252) for place in range(40)
        ])  # fmt: skip
        connection.execute("UPDATE features.daily_ml_matrix_zl SET regime_gate_state = month(as_of_date) % 3")
    return home


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """A real, a simulated, an empty and a stale site, each with its owner logged in."""
    root = tmp_path_factory.mktemp("quant")
    homes = [with_importance(make_site(root / "real").home), make_site(root / "simulated", "simulated").home,
             create_workspace(root / "empty", "real", NOW).home, make_site(root / "stale").home]  # fmt: skip
    with ExitStack() as open_:
        found = {name: open_.enter_context(serving(home)) for name, home in zip(STATES, homes, strict=True)}
        found["stale"].clock.pass_(40 * 86_400)
        for one in found.values():
            one.client.cookies.set(SESSION, one.made.site.sessions.begin())
        yield found


def opened(browser, site, path: str, width: int = 390, scheme: str = "light"):
    """A page with the owner's cookie, and what goes wrong on it."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    context.add_cookies([{"name": SESSION, "value": site.client.cookies[SESSION], "url": site.url}])
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(site.url) else None)
    page.goto(site.url + path)
    return context, page, faults


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "width", "scheme", "scanned"),
    [("real", 390, "light", True), ("real", 1280, "dark", True), ("simulated", 390, "dark", True),
     ("simulated", 1280, "light", False), ("empty", 390, "light", True), ("empty", 1280, "dark", False),
     ("stale", 390, "dark", False), ("stale", 1280, "light", False)],
)  # fmt: skip
def test_pages_show_without_fault_and_can_be_read_by_everyone(browser, sites, state, width, scheme, scanned):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python").Axe()
    for path in PAGES:
        context, page, faults = opened(browser, sites[state], path, width, scheme)
        if state != "empty" and DRAWN[path]:
            page.wait_for_selector("html[data-drawn=true]", state="attached")
            charts = page.locator(".chart.js-plotly-plot").count()
            assert charts >= DRAWN[path] - 2 * (state != "real"), path
            marks = page.locator(".chart .annotation-text", has_text="SIMULATED").count()
            assert marks == (charts if state == "simulated" else 0)
        assert faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1
        assert page.locator("#old").count() == (state == "stale" and path != "/admin")
        assert page.locator(".simulated").count() == (2 if state == "simulated" else 0)
        assert "SIMULATED" in page.title() or state != "simulated"
        found = axe.run(page).response["violations"] if scanned else []
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
        context.close()


@pytest.mark.slow
def test_a_form_is_filled_in_and_sent_with_the_keyboard(browser, sites):
    context, page, faults = opened(browser, sites["stale"], "/admin")
    page.get_by_label("Budget price").focus()
    page.keyboard.type("61.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin?saved=budget#h-budget")
    assert page.get_by_role("status").first.text_content().startswith("Saved.")
    assert page.get_by_label("Budget price").input_value() == "61.5"
    page.get_by_label("Budget price").fill("cheap")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    wrong = page.get_by_label("Budget price")
    assert (wrong.input_value(), wrong.get_attribute("aria-invalid")) == ("cheap", "true")
    assert [fault for fault in faults if "422" not in fault] == []
    context.close()


def test_an_empty_workspace_says_what_makes_each_part(sites):
    for path in ("/quant", "/quant/admin"):
        page = sites["empty"].client.get(path)
        assert page.status_code == 200
        assert page.text.count("Not there yet") >= 4
        assert "oilseer run" in page.text
    assert "oilseer prune" in sites["simulated"].client.get("/quant/admin").text


def test_answers_kept_under_the_settings_before_are_not_given_after_a_change(sites):
    site = sites["simulated"]
    before = site.client.get("/api/v1/forecasts")
    lent = site.made.site.publications.lend()
    try:
        assert lent.memory["kept"].get(("/api/v1/forecasts", b"")) is not None
        token = site.form_token("/admin")
        version = digest(site.made.site.settings_file.text())
        site.client.post("/admin/budget", data={"form_token": token, "version": version, "budget_cents_per_lb": "70"})
        assert "kept" not in lent.memory
    finally:
        site.made.site.publications.give_back(lent)
    assert site.client.get("/api/v1/forecasts").content == before.content
    assert site.made.site.settings.cover["budget_cents_per_lb"] == 70


def cells(page: str, caption: str) -> list[list[str]]:
    """Text of a table's cells by row."""
    table = re.search(rf"<caption>{re.escape(html.escape(caption))}</caption>.*?</table>", page, re.DOTALL)[0]
    body = table.split("<tbody>")[1]
    return [[html.unescape(re.sub("<.*?>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
            for row in body.split("<tr>")[1:]]  # fmt: skip


def stored(site, query: str) -> list[tuple]:
    home = site.made.site.workspace.home
    (path,) = (home / "published").glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_scores_on_the_page_are_those_of_the_table(sites):
    page = sites["real"].client.get("/quant?horizon=3m").text
    rows = {row[0]: row for row in cells(page, "Models beside the benchmarks")}
    query = ("SELECT model, crps, skill_b0, skill_b1, coverage80, n_origins, n_effective "
             "FROM training.model_backtest_zl WHERE slice = 'all' AND horizon = 63 "
             "AND model IN ('ensemble', 'Theta')")  # fmt: skip
    for model, crps, skill_b0, skill_b1, coverage, origins, effective in stored(sites["real"], query):
        row = rows[{"ensemble": "published"}.get(model, model)]
        assert (row[2], row[3], row[6]) == (
            number(crps, 3), percent(skill_b0, signed=True), percent(skill_b1, signed=True),
        )  # fmt: skip
        assert (row[12], row[14], row[15]) == (percent(coverage, 0), str(origins), str(effective))


def test_drivers_on_the_page_are_those_of_the_table(sites):
    page = sites["real"].client.get("/quant").text
    query = "SELECT driver_group, contribution_cents_per_lb FROM signals.driver_group_contribution WHERE horizon = 21"
    for group, amount in stored(sites["real"], query):
        name = group.replace("_", " ").capitalize()
        rows = {row[0]: row for row in cells(page, f"{name}: what it adds to the median, ¢/lb")}
        assert rows["1 month"][1] == number(amount, 3, signed=True)
    assert "No feature of this group speaks today." in page  # POLICY_REGULATION


def test_weights_and_failures_on_the_page_are_those_of_the_tables(sites):
    page = sites["real"].client.get("/quant/admin").text
    board = {row[0]: row for row in cells(page, "Every model, its scores and why it speaks or not")}
    query = "SELECT model, weight FROM training.ensemble_weights WHERE horizon = 21 AND origin = '2025-06-30'"
    for model, weight in stored(sites["real"], query):
        assert board[{"B1": "GARCH simulation (B1)"}.get(model, model)][3] == percent(weight)
    (failure,) = cells(page, "Failures")
    assert failure == ["TBATS", "price", "1", "31 Jan 2024", "31 Jan 2024", "ModelError: <b>no fit</b>"]
    assert "<b>no fit" not in page


@pytest.mark.parametrize("path", FILES)
def test_every_table_is_had_as_a_file_with_the_same_rows(sites, path):
    site = sites["real"]
    if path.startswith("/admin"):
        site.made.site.settings_file.path.write_text("jobs = 1\n")
        site.client.get("/admin")
        site.made.site.settings_file.path.write_text("jobs = 2\n")
        site.client.get("/admin")
    found = {kind: site.client.get(f"{path}&format={kind}") for kind in ("csv", "xlsx", "parquet")}
    assert {one.status_code for one in found.values()} == {200}
    lines = list(csv.DictReader(io.StringIO(found["csv"].content.decode("utf-8-sig"))))
    table = pq.read_table(io.BytesIO(found["parquet"].content))
    assert len(lines) == table.num_rows > 0
    assert set(lines[0]) == set(table.column_names)
    assert found["xlsx"].content[:2] == b"PK"
    assert "attachment; filename=" in found["csv"].headers["content-disposition"]


def test_files_of_a_simulated_workspace_say_so(sites):
    found = sites["simulated"].client.get("/quant/files/drivers?table=rows")
    assert 'filename="SIMULATED-oilseer-rows' in found.headers["content-disposition"]


def test_every_file_that_a_page_offers_is_there(sites):
    for path in PAGES[:2]:
        page = sites["real"].client.get(f"{path}?horizon=1w").text
        offered = {html.unescape(one) for one in re.findall(r'<a href="([^"]*)" download>', page)}
        assert len(offered) > 15
        for one in sorted(offered):
            if one.endswith("csv"):
                assert sites["real"].client.get(one).status_code == 200, one


def test_anybody_reads_the_reports_and_odd_parameters_are_refused(sites):
    assert httpx.get(sites["real"].url + "/quant").status_code == 200
    for odd in ("2m", "<script>", "1m'--", ""):
        assert sites["real"].client.get("/quant", params={"horizon": odd}).status_code == 422
        assert sites["real"].client.get("/quant/admin", params={"horizon": odd}).status_code == 422
    assert sites["real"].client.get("/quant/files/secrets").status_code == 422
    assert sites["real"].client.get("/quant/files/gains?table=nothing").status_code == 404
