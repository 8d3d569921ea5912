"""A service that goes wrong while the warehouse stands: tables are the old ones or the new ones, and it is said why."""

import time
from datetime import date, timedelta

import pytest
from feeds import CHART_HOST, ONI, ONI_HOST, VIX, VIX_HOST, make_feeds, oni_file, serve_charts, vix_file
from replay import faults
from replay.server import Replay

NETWORK = (  # test_http.py has them all
    "truncate=31", "reset", "drip=0.05", "503", "429 retry-after=9999", "redirect-loop", "empty", "gzip-bomb", "html",
    "404",
)  # fmt: skip
CONTENT = ("longer", "cut=1", "cut=20", "cut=40", "cut=61", "invalid", "nan", "infinity", "empty-json", "zip-bomb")
HARMLESS = ("bom", "duplicated", "reversed", "gzip", "deflate", "zstd")
CUTS = (1, 16, 32, 48, 63)  # of 64; test_yahoo.py has them all
CHART = "SELECT observation_date, close, available_at FROM raw.yahoo_prices_1d ORDER BY ALL"
TABLES = {VIX: "raw.cboe_vix", ONI: "raw.noaa_oni"}
HOSTS = {VIX: VIX_HOST, ONI: ONI_HOST}
VALUES = {VIX: "close", ONI: "anomaly_c"}


def rows(feeds, name: str) -> list[tuple]:
    """What the table says, without when it was loaded."""
    return feeds.query(f"SELECT observation_date, {VALUES[name]} FROM {TABLES[name]} ORDER BY ALL")


def news(feeds) -> None:
    """From the next day on both services have one row more."""
    feeds.now += timedelta(hours=12)  # the session of 1 July is over
    feeds.serve(vix=vix_file() + b"07/01/2025,17.300000,18.300000,16.300000,17.300000\n", oni=oni_file(61))


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A workspace that holds both sources, and services with news; no fault may change it."""
    faults.gzip_bomb(), faults.zstd_bomb(), faults.zip_bomb()  # made once, before a clock runs
    with Replay() as replay:
        feeds = make_feeds(tmp_path_factory.mktemp("standing"), replay)
        feeds.ingest(VIX, ONI)
        news(feeds)
        yield feeds, {name: rows(feeds, name) for name in TABLES}


@pytest.mark.parametrize("fault", NETWORK + CONTENT)
def test_a_fault_leaves_the_tables_as_they_were_and_is_named(standing, fault):
    feeds, before = standing
    feeds.replay.faults |= dict.fromkeys(HOSTS.values(), fault)
    start = time.monotonic()
    states = feeds.ingest(VIX, ONI)
    assert time.monotonic() - start < 8
    for name in TABLES:
        message = states[name]["message"]
        assert states[name]["status"] == "stale", message
        assert message.startswith(f"{name}: part "), message
        assert "found" in message
        assert "expected" in message
        assert "The last good copy, of 2025-07-01 12:00 UTC, serves" in message
        assert rows(feeds, name) == before[name]


@pytest.fixture(scope="module")
def charts(tmp_path_factory):
    """A workspace that holds a chart of soybean oil, and a service with news; no fault may change it."""
    with Replay() as replay:
        feeds = make_feeds(tmp_path_factory.mktemp("charts"), replay)
        serve_charts(feeds, {"ZL": 50.0})
        feeds.ingest("yahoo")
        feeds.now += timedelta(days=1)
        serve_charts(feeds, {"ZL": 51.0}, last=date(2025, 7, 1))
        yield feeds, feeds.query(CHART)


@pytest.mark.parametrize(
    "fault", ["invalid", "nan", "infinity", "empty-json", "empty-array", "html", "longer", *(f"cut={k}" for k in CUTS)]
)
def test_a_fault_in_json_leaves_the_table_as_it_was_and_names_the_part(charts, fault):
    feeds, before = charts
    feeds.replay.faults[f"{CHART_HOST}/v8/finance/chart/ZL=F"] = fault
    state = feeds.ingest("yahoo")["yahoo"]
    assert state["status"] == "stale"
    assert "yahoo: part chart_zl (https://query1.finance.yahoo.com/v8/finance/chart/ZL=F" in state["message"]
    assert "The last good copy, of 2025-07-01 12:00 UTC, serves" in state["message"]
    assert feeds.query(CHART) == before


@pytest.mark.slow
def test_a_file_cut_after_every_64th_changes_no_row_that_is_there_and_brings_only_true_ones(standing):
    """Without its length a text that ends with a line cannot be told from a shorter one: its rows are true ones."""
    feeds, before = standing
    for k in range(64):
        feeds.replay.faults |= dict.fromkeys(HOSTS.values(), f"cut={k}")
        states = feeds.ingest(VIX, ONI)
        for name in TABLES:
            assert rows(feeds, name) == before[name]
            assert states[name]["status"] in ("stale", "unchanged")


def test_after_a_fault_it_is_well_again(feeds):
    feeds.ingest(VIX, ONI)
    news(feeds)
    feeds.replay.faults |= {VIX_HOST: "invalid", ONI_HOST: "reset"}
    feeds.ingest(VIX, ONI)
    feeds.replay.faults.clear()
    states = feeds.ingest(VIX, ONI)
    assert [(states[name]["status"], states[name]["changed"]) for name in TABLES] == [("ok", 1), ("ok", 1)]


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_can_be_read_rightly_is_read_whole(feeds, fault):
    news(feeds)
    feeds.replay.faults |= dict.fromkeys(HOSTS.values(), fault)
    states = feeds.ingest(VIX, ONI)
    for name, count in {VIX: 201, ONI: 61}.items():
        assert states[name]["status"] == "ok", states[name]["message"]
        found = rows(feeds, name)
        assert len(found) == count
        assert len({day for day, _ in found}) == count


@pytest.mark.parametrize("fault", ["503", "html", "invalid", "cut=30", "nan", "gzip-bomb", "redirect-loop"])
def test_an_empty_workspace_stays_empty_and_nothing_is_made_up(feeds, fault):
    faults.gzip_bomb()
    feeds.replay.faults |= dict.fromkeys((*HOSTS.values(), CHART_HOST), fault)
    states = feeds.ingest(VIX, ONI, "yahoo")
    assert {states[name]["status"] for name in (VIX, ONI, "yahoo")} == {"failed"}
    for table in (*TABLES.values(), "raw.yahoo_prices_1d"):
        assert feeds.query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_refused_answer_is_in_the_archive_for_who_wants_to_look(feeds):
    feeds.replay.faults[VIX_HOST] = "invalid"
    feeds.ingest(VIX)
    ((message, sha256),) = feeds.query("SELECT message, sha256 FROM ops.downloads WHERE status = 'refused'")
    assert message.startswith("cboe_vix: part history")
    assert (feeds.workspace.home / "archive" / sha256[:2] / f"{sha256}.zst").exists()
