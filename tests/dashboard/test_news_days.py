"""Headlines by day, bucket and source against counts by hand; what came later stays out unless it is asked for."""

from datetime import date

import duckdb
import pytest
from published_site import make_site
from site_market import SECRET

from oilseer.dashboard import news_days, news_words


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    workspace = make_site(tmp_path_factory.mktemp("news") / "home")
    name = (workspace.published / "current").read_text()
    with duckdb.connect(str(workspace.published / name), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def test_a_day_tells_how_many_stories_and_their_mean_tone(connection):
    answer = news_days.by_day(connection, False)
    cells = {(row["day"], row["bucket"]): row for row in answer["rows"]}
    biofuel = cells["2025-06-26", "biofuel"]
    assert (biofuel["stories"], biofuel["held_to_lift"], biofuel["held_to_lower"]) == (2, 1, 0)
    assert biofuel["tone_ratio"] == pytest.approx((0.5 - 0.1) / 2)
    assert cells["2025-06-26", "tariff"]["tone_ratio"] == -1
    assert (answer["from"], answer["to"]) == ("2025-06-01", "2025-06-30")
    assert (answer["stories"], answer["stories_after_close"]) == (7, 2)
    buckets = {row["bucket"]: row for row in answer["buckets"]}
    assert (buckets["fed"]["stories_week"], buckets["fed"]["stories_month"]) == (0, 1)
    assert buckets["fed"]["tone_week_ratio"] is None
    assert buckets["china"]["stories_month"] == 3


def test_what_came_after_the_close_is_shown_only_when_asked_for_and_marked(connection):
    known = news_days.headlines(connection, None, False, 50, 0)
    assert SECRET not in {row["title"] for row in known["rows"]}
    later = news_days.headlines(connection, None, True, 50, 0)
    assert {row["title"] for row in later["rows"] if row["after_close"]} == {SECRET, "tomorrow"}
    assert later["total"] == known["total"] + 2
    assert news_days.by_day(connection, True)["to"] > "2025-06-30"


def test_a_bucket_asks_for_its_own(connection):
    found = news_days.headlines(connection, "biofuel", False, 1, 0)
    assert found["total"] == 2
    assert found["rows"][0]["buckets"] == ["biofuel"]


def test_the_heatmap_has_a_row_a_day_and_a_cell_a_bucket(connection):
    heat = news_words.heatmap(news_days.by_day(connection, False))
    assert len(heat) == 30
    assert heat[0]["day"] == "Mon 30 Jun"
    thursday = next(row for row in heat if row["day"] == "Thu 26 Jun")
    by_bucket = dict(zip(news_words.BUCKETS, thursday["cells"], strict=True))
    assert by_bucket["biofuel"] == {"tone": "+0.2", "stories": 2, "level": "p1"}
    assert by_bucket["tariff"]["level"] == "n2"
    assert by_bucket["energy"] is None
    assert all(cell is None for cell in next(row for row in heat if row["day"] == "Sun 29 Jun")["cells"])


@pytest.mark.parametrize(
    ("url", "followed"),
    [("https://a.example/x?y=1&z=2", True), (" http://a.example ", True), ("javascript:alert(1)", False),
     ("JavaScript://a.example/%0aalert(1)", False), ("//a.example", False), ("data:text/html,x", False),
     ("https:///x", False), ("http://[", False), ("", False), (None, False)],
)  # fmt: skip
def test_only_addresses_of_the_web_are_followed(url, followed):
    assert (news_words.link(url) is not None) == followed


def test_a_story_says_who_when_in_new_york_and_what_read_it(connection):
    rows = news_days.headlines(connection, "biofuel", False, 50, 0)["rows"]
    told = {one["title"]: one for one in map(news_words.story, rows)}["Headline 0"]
    assert told["when"] == "26 Jun 2025, 17:00 New York"
    assert told["known"] == "known by "  # its publisher gave no time
    assert told["read_by"] == "word list of Loughran and McDonald (test)"
    assert told["held"] == "▲ held to lift soybean oil: more supply"
    assert (told["who"], told["tone"], told["buckets"]) == ("Gazette", "+0.50", ["biofuel"])
    assert date.fromisoformat(rows[0]["observation_date"]) <= date(2025, 6, 30)
