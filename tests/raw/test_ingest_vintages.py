"""Releases and revisions through the ingest, replayed as of days before and after: what was known then, nothing more.

Deliveries come late, twice and in the wrong order, as content networks serve them; every release stays.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from feeds import NOW, VIX, Feeds, vix_file
from replay.responders import as_json

from oilseer.warehouse import connect

LAST = date(2025, 6, 30)
COT_HOST = "publicreporting.cftc.gov"
AS_KNOWN = """
    SELECT observation_date, arg_max(close, available_at) FROM raw.cboe_vix GROUP BY ALL ORDER BY ALL DESC LIMIT 2
"""


def lifted(body: bytes, cents: float) -> bytes:
    """Cboe's file with another newest close."""
    head, last = body.rstrip(b"\n").rsplit(b"\n", 1)
    day, *_ = last.decode().split(",")
    close = 17.199 + cents
    return head + f"\n{day},{close:.6f},{close + 1:.6f},{close - 1:.6f},{close:.6f}\n".encode()


def known(feeds: Feeds, at: datetime) -> list[tuple]:
    """The two newest closes as a replay at `at` sees them."""
    connect.publish(feeds.workspace, "run")
    with connect.replay(feeds.workspace, at.date(), at) as connection:
        return connection.execute(AS_KNOWN).fetchall()


def later(feeds: Feeds, **more: float) -> datetime:
    """Move the feeds' clock; what it says at the next ingest."""
    feeds.now += timedelta(**more)
    return feeds.now + timedelta(seconds=1)


def test_a_revision_is_seen_after_it_came_and_not_before(feeds):
    feeds.ingest(VIX)
    revised_at = later(feeds, days=3)
    feeds.serve(vix=lifted(vix_file(), 0.5))
    feeds.ingest(VIX)
    second = timedelta(seconds=1)
    cutoff = datetime(2025, 6, 30, 21, tzinfo=UTC)  # 17:00 New York
    assert known(feeds, cutoff - second)[0][0] == LAST - timedelta(days=1)  # not out yet
    assert known(feeds, cutoff)[0] == (LAST, 17.199)
    assert known(feeds, revised_at - second)[0] == (LAST, 17.199)
    assert known(feeds, revised_at)[0] == (LAST, 17.699)


def test_three_releases_stay_side_by_side(feeds):
    seen = []
    for step in range(3):
        feeds.serve(vix=lifted(vix_file(), step / 10))
        feeds.ingest(VIX)
        seen.append(feeds.now)
        later(feeds, days=1)
    assert [known(feeds, at)[0][1] for at in seen] == pytest.approx([17.199, 17.299, 17.399])
    stored = feeds.query("SELECT close FROM raw.cboe_vix WHERE observation_date = ? ORDER BY available_at", LAST)
    assert [close for (close,) in stored] == pytest.approx([17.199, 17.299, 17.399])


def test_an_old_copy_that_comes_after_the_new_one_takes_no_day_away(feeds):
    """A cache serves yesterday's file again: its days stand, the day it lacks stays, and the next good file rules."""
    old, new = vix_file(), vix_file(201, LAST + timedelta(days=1))
    later(feeds, hours=12)
    feeds.serve(vix=new)
    feeds.ingest(VIX)
    before = feeds.query("SELECT observation_date, close FROM raw.cboe_vix ORDER BY ALL")
    for body in (old, new):
        later(feeds, days=1)
        feeds.serve(vix=body)
        feeds.ingest(VIX)
        assert feeds.query("SELECT observation_date, close FROM raw.cboe_vix ORDER BY ALL") == before
    assert len(before) == 201


def test_the_same_delivery_three_times_is_one(feeds):
    for _ in range(3):
        feeds.ingest(VIX)
        later(feeds, hours=6)
    assert feeds.query("SELECT count(*), count(DISTINCT observation_date) FROM raw.cboe_vix") == [(200, 200)]
    assert feeds.query("SELECT status FROM ops.downloads ORDER BY fetched_at") == [
        ("used",), ("unchanged",), ("unchanged",),
    ]  # fmt: skip


def cot_row(as_of: str) -> dict:
    """One report of soybean oil whose positions add up."""
    return {
        "report_date_as_yyyy_mm_dd": f"{as_of}T00:00:00.000", "cftc_contract_market_code": "007601",
        "futonly_or_combined": "FutOnly", "open_interest_all": "100", "noncomm_positions_long_all": "40",
        "noncomm_positions_short_all": "30", "noncomm_postions_spread_all": "20", "comm_positions_long_all": "30",
        "comm_positions_short_all": "41", "nonrept_positions_long_all": "10", "nonrept_positions_short_all": "9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "hidden", "public"),
    [
        ("2024-11-26", "2024-11-29 20:30", "2024-12-02 20:30"),  # the Friday after Thanksgiving, then Monday
        ("2025-07-01", "2025-07-04 19:30", "2025-07-07 19:30"),  # Independence Day
        # the CFTC's catch-up ran from 2025-11-19 to 2026-01-20; we take its end for every week of it
        ("2025-10-07", "2026-01-20 20:29", "2026-01-20 20:30"),
        ("2026-01-20", "2026-01-23 20:29", "2026-01-23 20:30"),  # on time again
    ],
)
def test_a_held_back_report_of_positions_is_seen_when_it_was_published(feeds, as_of, hidden, public):
    feeds.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    feeds.replay.answers[f"{COT_HOST}/resource/6dca-aqww.json"] = as_json([cot_row(as_of)])
    feeds.replay.answers[f"{COT_HOST}/resource/72hh-3qpy.json"] = as_json([])
    day = date.fromisoformat(as_of)
    state = feeds.ingest("cftc_cot", since=day, until=day)["cftc_cot"]
    assert state["rows"] == 1, state["message"]
    connect.publish(feeds.workspace, "run")
    for moment, count in ((hidden, 0), (public, 1)):
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        with connect.replay(feeds.workspace, at.date(), at) as connection:
            assert connection.execute("SELECT count(*) FROM raw.cftc_cot_legacy").fetchone() == (count,)


@pytest.mark.parametrize(
    ("day", "public"),
    [
        (date(2025, 3, 7), "2025-03-07 22:00"),  # the Friday before the clocks go forward
        (date(2025, 3, 10), "2025-03-10 21:00"),
        (date(2024, 11, 1), "2024-11-01 21:00"),  # and back
        (date(2024, 11, 4), "2024-11-04 22:00"),
        (date(2024, 2, 29), "2024-02-29 22:00"),
        (date(2024, 11, 29), "2024-11-29 22:00"),  # a half day is public when a whole one would be
    ],
)
def test_a_session_is_seen_at_17_00_new_york_whatever_the_clocks_and_the_day(feeds, day, public):
    feeds.serve(vix=vix_file(3, day))
    feeds.ingest(VIX)
    at = datetime.fromisoformat(public).replace(tzinfo=UTC)
    assert known(feeds, at - timedelta(seconds=1))[0][0] == day - timedelta(days=1)
    assert known(feeds, at)[0][0] == day
    assert at < NOW
