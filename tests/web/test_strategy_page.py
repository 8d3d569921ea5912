"""The strategy page over HTTP: plans of one's own table, costs, stress tests, and what of it is kept: nothing."""

import html
import json
import re

import conftest
import duckdb
import httpx
import pytest
from published_site import make_site
from snapshots import NOW
from test_dashboard_page import links, text_of
from typer.testing import CliRunner

from oilseer import stress
from oilseer.cli import app
from oilseer.decisions.needs import COLUMNS
from oilseer.forecasts.scenario_runs import save
from oilseer.reference.scenarios import scenario
from oilseer.settings import Settings

COVER = {"need_lb": [600_000.0] * 12, "budget_cents_per_lb": 62.0}
TOML = f"[cover]\nneed_lb = {COVER['need_lb']}\nbudget_cents_per_lb = 62.0\n"
CHANGED = {"need_lb_0": "900000", "covered_lb_0": "300000", "covered_price_cents_per_lb_0": "51.25",
           "minimum_cover_ratio_2": "30", "maximum_cover_ratio_3": "75", "basis_cents_per_lb_5": "1.5"}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server whose settings need 12 months, as the published plan does."""
    home = make_site(tmp_path_factory.mktemp("desk") / "home").home
    (home / "oilseer.toml").write_text(TOML)
    (file,) = home.glob("published/*.duckdb")
    with duckdb.connect(str(file)) as connection:
        answer = stress.stress(connection, Settings(cover=COVER), scenario("vix_spike"), n=500)
        save(connection, answer, NOW)
        save(connection, answer | {"scenario_id": "other-1", "title": "Another <b>fright</b>"}, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conftest, "SETTINGS", Settings(cover=COVER))
        with conftest.serving(home) as served:
            yield served


def fields_of(page: str) -> dict[str, str]:
    """Every field of the form of needs, as a browser sends them."""
    form = page.split('<form id="needs"')[1].split("</form>")[0]
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input ([^>]*)>", form)]
    return {one["name"]: html.unescape(one.get("value", "")) for one in inputs}


def test_the_plan_of_a_changed_table_is_that_of_the_command_line(desk, tmp_path, monkeypatch):
    fields = fields_of(desk.client.get("/strategy").text) | CHANGED
    answer = desk.client.post("/strategy", data=fields | {"format": "csv.months"})
    bought = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    place = bought[0].index("buy_now_lb")
    table = [",".join(COLUMNS)]
    for line in range(12):
        cells = [fields[f"{name}_{line}"] for name in ("month", "need_lb", "covered_lb", "covered_price_cents_per_lb")]
        ratios = [fields[f"{name}_cover_ratio_{line}"] for name in ("minimum", "maximum")]
        cells += [ratio and str(float(ratio) / 100) for ratio in ratios] + [fields[f"basis_cents_per_lb_{line}"]]
        table.append(",".join(cells))
    (tmp_path / "needs.csv").write_text("\n".join(table))
    monkeypatch.setenv("OILSEER_HOME", str(desk.made.site.workspace.home))
    told = CliRunner().invoke(app, ["plan", "--needs", str(tmp_path / "needs.csv"), "--json"])
    plan = json.loads(told.stdout)
    assert [float(row[place]) for row in bought[1:]] == [row["buy_now_lb"] for row in plan["months"]]
    page = text_of(desk.client.post("/strategy", data=fields).text)
    assert plan["sentence"] in page
    assert f"above the budget with a probability of {100 * plan['after']['probability_above_budget']:.0f} %" in page


def test_costs_of_plan_and_nothing_ahead_are_those_of_the_plan(desk):
    fields = fields_of(desk.client.get("/strategy").text)
    plan = desk.client.post("/api/v1/procurement", json={"months": [
        {"month": fields[f"month_{place}"], "need_lb": 600_000, "basis_cents_per_lb": 1.5} for place in range(12)
    ], "budget_cents_per_lb": 62.0}).json()  # fmt: skip
    own = {name: "" if "cover_ratio" in name else "1.5" for name in fields if "cover_ratio" in name or "basis" in name}
    answer = desk.client.post("/strategy", data=fields | own | {"format": "csv.ways"}).content.decode("utf-8-sig")
    head, *rows = (line.split(",") for line in answer.splitlines())
    ways = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    for way, part in (("plan", "after"), ("nothing", "before")):
        for name in ("expected_cents_per_lb", "cvar95_cents_per_lb", "probability_above_budget"):
            assert float(ways[way][name]) == pytest.approx(plan[part][name], rel=1e-12)


def test_the_unchanged_form_gives_the_settings_plan(desk):
    fields = fields_of(desk.client.get("/strategy").text)
    own = desk.client.post("/strategy", data=fields | {"format": "csv.months"}).text
    assert own.count("600000.0") >= 12
    page = text_of(desk.client.post("/strategy", data=fields).text)
    assert "What-if of your table: it is not kept" in page
    assert "What-if" not in text_of(desk.client.get("/strategy").text).split("What if you need")[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"need_lb_0": "many"}, "found need_lb 'many'"), ({"covered_lb_1": "700000"}, "at most need_lb 600,000"),
     ({"covered_lb_1": "5"}, "covered without a price"), ({"month_3": "soon"}, "found month 'soon'"),
     ({"minimum_cover_ratio_0": "90", "maximum_cover_ratio_0": "10"}, "clash"),
     ({"budget_cents_per_lb": "nan"}, "a budget of 'nan'"), ({"budget_cents_per_lb": "cheap"}, "a budget of 'cheap'"),
     ({"need_lb_2": "inf"}, "found need_lb 'inf'"),
     ({"maximum_cover_ratio_2": "1e999"}, "found maximum_cover_ratio inf"),
     ({"month_0": "<script>alert(1)</script>"}, "expected a month as 2026-01")],
)  # fmt: skip
def test_a_table_that_cannot_be_planned_is_told_and_keeps_what_was_typed(desk, wrong, told):
    answer = desk.client.post("/strategy", data=fields_of(desk.client.get("/strategy").text) | wrong)
    assert answer.status_code == 422
    assert told in html.unescape(text_of(answer.text))
    (name, value), *_ = wrong.items()
    if "budget" not in name:
        assert fields_of(answer.text)[name] == value
    assert "<script>alert" not in answer.text


def test_a_form_of_another_site_is_refused(desk):
    fields = fields_of(desk.client.get("/strategy").text)
    assert desk.client.post("/strategy", data=fields | {"form_token": "0" * 64}).status_code == 403
    assert desk.client.post("/strategy", data=fields, headers={"origin": "http://evil.example"}).status_code == 403


def test_the_form_of_somebody_logged_in_is_tied_to_the_session(server):
    before = fields_of(server.client.get("/strategy").text)
    assert server.log_in().status_code == 303
    page = server.client.get("/strategy").text
    assert 'href="/admin"' in page.split("<main")[1]
    assert server.client.post("/strategy", data=before).status_code == 403
    assert server.client.post("/strategy", data=fields_of(page)).status_code == 200


def test_a_scenario_and_sliders_answer_as_the_api_does(desk):
    for query, asked in (("scenario=vix_spike", "scenario=vix_spike"),
                         ("CL=-20&VIX=10&ZS=0&sessions=10", "shock=CL=-20%25&shock=VIX=10&sessions=10")):  # fmt: skip
        page = desk.client.get(f"/strategy?{query}").text
        answer = desk.client.get(f"/api/v1/stress?{asked}").json()
        assert f"moves {100 * answer['oil_change_ratio']:+.1f} %".replace("-", "−") in text_of(page)
    for link in [link for link in links(page) if "stress" in link and "csv" in link]:
        assert desk.client.get(link).status_code == 200, link
    assert 'name="VIX" min="-10" max="60" step="1" value="10"' in page


@pytest.mark.parametrize(
    ("query", "told"),
    [("scenario=none", "there are vix_spike"), ("CL=abc", "expected MARKET=SIZE"),
     ("CL=-20&sessions=900", "expected 1 to 126"),
     ("CL=-20&sessions=x", "expected 1 to 126"), ("VIX=-99", "below 5"),
     ("kept=nothing", "0 saved scenarios begin with 'nothing'")],
)  # fmt: skip
def test_a_shock_that_cannot_be_is_told_in_its_place(desk, query, told):
    answer = desk.client.get(f"/strategy?{query}")
    assert answer.status_code == 200
    assert told in html.unescape(text_of(answer.text))


ODD = ("%00", "'", '"><script>alert(1)</script>', "../../etc/passwd", "9" * 5000, "٣٣٣", "1e999", "nan", "²", "=1+1")


@pytest.mark.parametrize(
    ("path", "names"),
    [("/dashboard", ("horizon", "origin", "format")),
     ("/dashboard/past?format=csv&origin=2023-05-31", ("origin", "table")),
     ("/dashboard/freshness?format=csv", ("format", "table")), ("/strategy/costs?format=csv", ("format", "table")),
     ("/strategy?CL=-1", ("scenario", "CL", "sessions")), ("/strategy?kept=x", ("kept", "beside"))],
)  # fmt: skip
def test_odd_parameters_are_refused_or_told_and_never_break_a_page(desk, path, names):
    for name in names:
        for odd in ODD:
            url = httpx.URL(path).copy_set_param(name, odd)
            answer = desk.client.get(url)
            assert answer.status_code < 500, (path, name, odd[:20])
            assert "<script>alert" not in answer.text


def test_saved_scenarios_are_listed_shown_and_compared(desk):
    page = desk.client.get("/strategy").text
    assert "Another &lt;b&gt;fright&lt;/b&gt;" in page
    kept = re.findall(r"kept=([\w-]+)#", page)
    assert len(kept) == 2
    shown = text_of(desk.client.get(f"/strategy?kept={kept[0]}").text)
    assert "Where would soybean oil go?" in shown
    beside = text_of(desk.client.get(f"/strategy?kept={kept[0]}&beside={kept[1]}").text)
    assert "Which is worse?" in beside


def test_a_site_without_saved_scenarios_says_how_to_keep_one(site):
    assert "no scenario is saved" in text_of(site.client.get("/strategy").text)
    assert "scenario is kept in this publication" in text_of(site.client.get("/strategy?kept=x").text)


def test_where_the_settings_changed_since_the_plan_the_page_says_so(site):
    (site.made.site.workspace.home / "oilseer.toml").write_text("[cover]\nneed_lb = [1, 1, 1, 1, 1, 1]\n")
    assert "the plan is for 12 months, the settings need 6" in text_of(site.client.get("/strategy").text)
