"""The dashboard over HTTP: the numbers of the answers in real, simulated, stale and empty states, and every file."""

import re

import httpx
import pytest
from conftest import serving
from published_site import make_site
from snapshots import NOW

from oilseer.dashboard.words import number
from oilseer.warehouse.workspace import create_workspace


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def links(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*format=[^"]*)"', page)]


def test_the_page_shows_the_numbers_of_the_answers(site):
    page = text_of(site.client.get("/dashboard").text)
    brief = site.client.get("/api/v1/brief").json()
    assert f"{number(brief['price'])} ¢/lb" in page
    assert brief["plan"]["sentence"] in page
    for row in brief["horizons"]:
        assert f"8 of 10: {number(row['bands']['80']['low'])} to {number(row['bands']['80']['high'])}" in page
    held = site.client.get("/api/v1/backtesting/bands?horizon=1m").json()["rows"][-100:]
    assert f"held {sum(row['held'] for row in held)} of the last {len(held)} times" in page
    for heading in ("Why is the middle in 1 month", "What changed", "Big 8", "Conviction", "Confidence", "waiting cost",
                    "What is coming", "How fresh"):  # fmt: skip
        assert heading in page
    assert "Not there yet" not in page


def test_the_start_leads_to_the_dashboard(site):
    assert site.client.get("/").headers["location"] == "/dashboard"


def test_every_download_of_the_page_is_there(site):
    found = links(site.client.get("/dashboard").text)
    assert len(found) >= 3 * 9
    for link in found:
        answer = site.client.get(link)
        assert answer.status_code == 200, link
        assert "attachment" in answer.headers["content-disposition"]


def test_another_horizon_explains_another_median(site):
    page = text_of(site.client.get("/dashboard?horizon=12m").text)
    assert "Why is the middle in 12 months where it is?" in page
    assert "Conviction, 12 months" in page
    assert site.client.get("/dashboard?horizon=2m").status_code == 422


@pytest.mark.parametrize(
    ("origin", "told"),
    [("2023-05-31", "Said at the close of 31 May 2023"), ("2023-06-20", "Said at the close of 31 May 2023"),
     ("1990-01-01", "no forecast is stored at or before 1990-01-01"), ("<b>x</b>", "expected a day as 2024-06-28")],
)  # fmt: skip
def test_a_past_forecast_is_shown_by_its_day_and_odd_days_are_told(site, origin, told):
    answer = site.client.get("/dashboard", params={"origin": origin})
    assert answer.status_code == 200
    assert told in text_of(answer.text)
    assert "<b>x</b>" not in answer.text


def test_an_old_forecast_says_how_old_it_is_and_a_simulated_one_stands_still(tmp_path):
    for kind in ("real", "simulated"):
        with serving(make_site(tmp_path / kind, kind).home) as served:
            fresh = served.client.get("/dashboard").text
            assert 'id="old"' not in fresh
            served.clock.pass_(30 * 86_400)
            page = served.client.get("/dashboard").text
            assert ("30 days old: do not act on it" in page) == (kind == "real")
            assert page.count('class="simulated"') == 2 * (kind == "simulated")
            assert ("SIMULATED" in page.split("</title>")[0]) == (kind == "simulated")


def test_an_empty_workspace_says_how_to_begin(tmp_path):
    with serving(create_workspace(tmp_path / "empty", "real", NOW).home) as served:
        for path in ("/dashboard", "/strategy"):
            answer = served.client.get(path)
            assert answer.status_code == 200
            assert "oilseer run" in answer.text
            assert links(answer.text) == []


def test_parts_that_no_run_made_yet_have_their_place(tmp_path):
    import duckdb

    home = make_site(tmp_path / "home").home
    (file,) = home.glob("published/*.duckdb")
    gone = ("forecasts.contributions", "forecasts.median_changes", "signals.driver_group_score_daily",
            "signals.conviction_daily", "training.model_backtest_zl", "forecasts.monte_carlo_scenarios",
            "forecasts.procurement_recommendations", "forecasts.policy_replay")  # fmt: skip
    with duckdb.connect(str(file)) as connection:
        for table in gone:
            connection.execute(f"DELETE FROM {table}")
    with serving(home) as served:
        page = served.client.get("/dashboard")
        assert page.status_code == 200
        assert page.text.count("Not there yet") == 8
        strategy = served.client.get("/strategy")
        assert strategy.status_code == 200
        assert "forecasts.procurement_recommendations holds no cover plan yet" in strategy.text


def test_pages_hold_no_script_or_style_of_their_own(site):
    for path in ("/dashboard", "/strategy"):
        page = site.client.get(path).text
        assert not re.findall(r"<script(?![^>]*(src=|application/json))", page)
        assert not re.findall(r'<style|\sstyle="|\son[a-z]+="', page)
        hosts = {httpx.URL(link).host for link in re.findall(r'(?:src|href|action)="([^"]+)"', page)}
        assert hosts == {""}
