"""Market overview, Sentiment, Legislation and trade over HTTP: numbers of the tables, files, empty, old and hostile."""

import re
from html import unescape

import pytest
from conftest import serving
from published_site import make_site
from site_market import SECRET
from snapshots import NOW

from oilseer.dashboard.words import number
from oilseer.warehouse.workspace import create_workspace

PAGES = ("/market", "/sentiment", "/legislation")


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def files(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*format=[^"]*)"', page)]


@pytest.mark.parametrize("path", PAGES)
def test_every_table_and_chart_can_be_downloaded(site, path):
    found = files(site.client.get(path).text)
    assert len(found) >= 3 * 3
    for link in found:
        answer = site.client.get(link)
        assert answer.status_code == 200, link
        assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_inline_script_or_style_and_nothing_from_elsewhere(site, path):
    page = site.client.get(path).text
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert "<style" not in page
    scripts = re.findall(r"<script([^>]*)>", page)
    assert all('src="/static/' in one or 'type="application/json"' in one for one in scripts)
    assert "javascript:" not in page
    for link in re.findall(r"<a ([^>]*http[^>]*)>", page):
        assert 'rel="noopener noreferrer"' in link


def test_the_market_shows_the_numbers_of_the_tables(site):
    page = text_of(site.client.get("/market").text)
    price = site.client.get("/api/v1/market").json()["price"]["price_cents_per_lb"]
    assert f"Soybean oil {number(price)} ¢/lb, front contract, 30 Jun 2025" in page
    assert "Aug 2025 closed at 50.10 ¢/lb; Dec 2025 costs 1.00 more. Only these two delivery months" in page
    assert "ingest databento with DATABENTO_API_KEY" in page  # what a whole curve needs
    season = site.client.get("/api/v1/market/seasonality").json()
    week = [row for row in season["rows"] if row["this_year"] is not None][-1]
    assert f"averages {number(week['this_year'])} ¢/lb" in page
    assert "2021 to 2024" in page  # four years are known, not five or ten
    boho = next(row for row in site.client.get("/api/v1/market/spreads").json()["rows"] if "boho" in row["name"])
    assert f"Soybean oil over diesel (BOHO) {round(boho['value'], 4)} unit" in page
    assert "Brazilian real 7.9" in page  # the thirtieth of 5.0, 5.1, …
    assert "Ending stocks million pounds 1,450 ▼ −50" in page
    assert "D4 1.690 USD" in page  # the twentieth of 1.50, 1.51, …


def test_another_spread_is_drawn_and_an_unknown_one_is_not_there(site):
    page = site.client.get("/market?spread=spread_boho_usd_per_gal").text
    assert "What does soybean oil cost above diesel?" in page
    assert 'aria-current="true">Soybean oil over diesel' in page
    assert site.client.get("/market?spread=nothing").status_code == 404
    assert "No positions in 'NOPE'" in text_of(site.client.get("/market?symbol=NOPE").text)
    assert site.client.get("/market?symbol=%3Cscript%3E").status_code == 422


def test_sentiment_shows_each_story_with_source_time_tone_and_reader(site):
    raw = site.client.get("/sentiment").text
    page = text_of(raw)
    assert "Headline 0" in page
    assert "+0.50 tone by word list of Loughran and McDonald (test) · Gazette (major) · known by 26 Jun 2025" in page
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">Headline 0</a>' in raw
    assert "<script>alert(1)" not in raw
    assert '<td class="p1">+0.2<small>2</small></td>' in raw
    assert SECRET not in page
    assert "2 stories came after this close" in page


def test_what_came_after_the_close_is_a_choice_and_marked(site):
    page = text_of(site.client.get("/sentiment?later=true&bucket=fed").text)
    assert SECRET in page
    assert page.count("· after the close") == 1
    assert site.client.get("/sentiment?bucket=nothing").status_code == 422


def test_legislation_counts_before_it_claims(site):
    raw = site.client.get("/legislation?sessions=5").text
    page = text_of(raw)
    answer = site.client.get("/api/v1/market/policy/steps").json()
    told = [row for row in answer["groups"] if row["sessions_after"] == 5 and "farm goods" in row["group"]]
    for row in told:
        assert f"{row['group']} {row['count']} {row['independent']} {row['rose']} of {row['count']}" in page
        assert row["verdict"] == "too few to say"
    assert "China: Step 0 of a duty" in page
    assert 'href="https://example.org/step"' in raw
    assert "Supply and demand (WASDE), 12:00" in page
    assert site.client.get("/legislation?sessions=6").status_code == 422


def test_an_empty_place_names_what_fills_it(tmp_path):
    with serving(create_workspace(tmp_path / "home", "real", NOW).home) as served:
        for path, *named in (("/market", "ingest yahoo", "drop/epa_rin", "ingest usda_wasde", "ingest cftc_cot"),
                             ("/sentiment", "ingest federal_register"), ("/legislation", "drop/epa_rfs")):  # fmt: skip
            answer = served.client.get(path)
            assert answer.status_code == 200
            assert [one for one in named if one not in text_of(answer.text)] == []


def test_old_prices_are_called_old_and_simulated_ones_marked(tmp_path):
    for kind in ("real", "simulated"):
        with serving(make_site(tmp_path / kind, kind).home) as served:
            for path in PAGES:
                assert "Old: the last price" not in served.client.get(path).text
            served.clock.pass_(30 * 86_400)
            for path in PAGES:
                page = served.client.get(path).text
                assert ("Old: the last price is of 30 Jun 2025, 31 days ago" in page) == (kind == "real")
                assert page.count('class="simulated"') == 2 * (kind == "simulated")
            assert ("the prices are made up" in served.client.get("/legislation").text) == (kind == "simulated")
