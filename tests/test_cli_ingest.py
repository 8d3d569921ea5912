"""`oilseer ingest` and `oilseer quarantine` as typed: what they say, their exit codes, and what stands afterwards."""

from datetime import date

import pytest
from command_line import CommandLine, command_line
from feeds import NOW, ONI, VIX, VIX_HOST, Feeds, make_feeds, serve_charts
from replay.server import Replay

from oilseer.raw.specs import SPECS
from oilseer.reference import symbols
from oilseer.reference.sources import sources
from oilseer.staging import market_daily
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure

LISTED = {"source", "status", "last_attempt", "last_success", "rows", "changed", "newest_available_at", "message"}


@pytest.fixture
def feeds(tmp_path):
    with Replay() as replay:
        yield make_feeds(tmp_path / "home", replay)


@pytest.fixture
def oilseer(monkeypatch, capsys, feeds) -> CommandLine:
    """The command line in front of the feeds' workspace and server, at their time."""
    command = command_line(monkeypatch, capsys)
    command.set(OILSEER_HOME=feeds.workspace.home, OILSEER_SOURCES_URL=feeds.replay.url, OILSEER_SOURCES_NOW=NOW)
    return command


def test_every_source_is_listed_and_critical_ones_without_a_copy_end_with_one(oilseer):
    """The two services answer well, every other one with 404: each stands beside the others."""
    said = oilseer("ingest", "--json")
    rows = {row["source"]: row for row in said.answer["rows"]}
    assert list(rows) == list(sources())
    assert all(row.keys() >= LISTED for row in rows.values())
    for name, count in ((VIX, 200), (ONI, 60)):
        assert (rows[name]["status"], rows[name]["rows"]) == ("ok", count)
        assert rows[name]["last_success"].startswith("2025-07-01T12:00")
        assert rows[name]["newest_available_at"] < "2025-07-01T12"
    wanted = {name: "no_key" for name, facts in sources().items() if facts.key_need == "required"}
    wanted |= {name: "no_file" for name, facts in sources().items() if facts.key_need == "drop"}
    assert {name: rows[name]["status"] for name in wanted} == wanted
    critical = [name for name, facts in sources().items() if facts.critical]
    assert said.answer["critical_failed"] == critical
    assert said.code == 1


def test_a_named_source_is_read_alone_and_ends_well(oilseer, feeds):
    assert oilseer("ingest", VIX, ONI).code == 0
    assert set(feeds.replay.asked) == {"cdn.cboe.com/api/global/us_indices/daily_prices/VIX_History.csv",
                                       "www.cpc.ncep.noaa.gov/data/indices/oni.ascii.txt"}  # fmt: skip
    again = oilseer("ingest", VIX)
    assert again.code == 0
    assert "unchanged" in again.out
    assert feeds.query("SELECT count(*) FROM raw.cboe_vix") == [(200,)]


def test_a_failed_enriching_source_is_told_and_does_not_fail_the_command(oilseer, feeds):
    oilseer("ingest", VIX)
    feeds.replay.faults[VIX_HOST] = "html"
    said = oilseer("ingest", VIX)
    assert said.code == 0
    words = " ".join(said.out.split())
    assert "stale" in words
    assert "found an HTML page" in words
    assert "The last good copy, of 2025-07-01 12:00 UTC, serves" in words


@pytest.mark.parametrize("name", [name for name, facts in sources().items() if facts.key_need == "required"])
def test_a_missing_key_is_named_with_where_to_get_it_and_what_will_be_missing(oilseer, feeds, name):
    facts = sources()[name]
    said = oilseer("ingest", name)
    assert said.code == 0
    words = " ".join(said.out.split())
    for part in (facts.key, facts.key_url, facts.without_it):
        assert part in words
    assert not feeds.replay.asked


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("nowhere",), "unknown source nowhere; known are databento, yahoo"),
        ((VIX, "--since", "2025-02-01", "--until", "2025-01-01"), "--since 2025-02-01 is after --until 2025-01-01"),
        ((VIX, "--since", "yesterday"), "--since 'yesterday': expected a date as YYYY-MM-DD"),
        ((VIX, "--until", "2025-02-30"), "--until '2025-02-30': expected a date as YYYY-MM-DD"),
    ],
)
def test_wrong_use_is_told_before_anything_is_asked(oilseer, feeds, args, reason):
    said = oilseer("ingest", *args)
    assert said.code == 2
    assert reason in said.err
    assert said.out == ""
    assert not feeds.replay.asked


def test_a_span_is_asked_for_and_kept_as_covered(oilseer, feeds):
    oilseer("ingest", VIX, "--since", "2025-01-01", "--until", "2025-03-31")
    (row,) = [row for row in oilseer("ingest", VIX, "--offline", "--json").answer["rows"] if row["source"] == VIX]
    assert (row["covered_since"], row["covered_until"]) == ("2025-01-01", "2025-03-31")


def test_offline_serves_the_last_copy_and_asks_nobody(oilseer, feeds):
    never = oilseer("ingest", VIX, "--offline", "--json")
    assert never.answer["rows"][list(sources()).index(VIX)]["status"] == "never"
    oilseer("ingest", VIX)
    feeds.replay.asked.clear()
    said = oilseer("ingest", VIX, "--offline")
    assert said.code == 0
    assert "offline: the last good copy, of 2025-07-01 12:00 UTC, serves" in " ".join(said.out.split())
    assert not feeds.replay.asked


def test_a_simulated_workspace_takes_no_real_rows(oilseer, tmp_path):
    create_workspace(tmp_path / "demo", "simulated", NOW)
    oilseer.set(OILSEER_HOME=tmp_path / "demo")
    said = oilseer("ingest", VIX)
    assert said.code == 2
    assert "simulated workspace and stays one" in said.err


def test_a_present_without_a_mirror_is_refused(oilseer):
    oilseer.monkeypatch.delenv("OILSEER_SOURCES_URL")
    said = oilseer("ingest", VIX)
    assert said.code == 2
    assert "only a mirror has a clock of its own" in said.err


def test_a_second_writer_is_turned_away_with_what_to_do(oilseer, feeds):
    with writer(feeds.workspace):
        said = oilseer("ingest", VIX)
    assert said.code == 1
    assert "another oilseer process is writing" in said.err


@pytest.fixture
def held(oilseer, feeds: Feeds) -> list[str]:
    """Soybean oil at 50 ¢/lb, and then three days in USD/t: their ids in the quarantine, in order of day."""
    serve_charts(feeds, {"ZL": 50.0})
    oilseer("ingest", "yahoo")
    serve_charts(feeds, {"ZL": 50.0 * 22.0462}, days=3, last=date(2025, 7, 3))
    oilseer.set(OILSEER_SOURCES_NOW="2025-07-03T23:00Z")
    rows = {row["source"]: row for row in oilseer("ingest", "yahoo", "--json").answer["rows"]}
    assert (rows["yahoo"]["rows"], rows["yahoo"]["quarantined"]) == (30, 3)
    return [row[0] for row in feeds.query("SELECT quarantine_id FROM staging.quarantine ORDER BY row_json")]


def staged(feeds: Feeds) -> list[float]:
    """Prices of soybean oil in staging that no pound ever cost."""
    with writer(feeds.workspace) as connection:
        for spec in SPECS:
            ensure(connection, spec)
        symbols.write(connection)
        market_daily.build(connection)
        found = connection.execute("SELECT close FROM staging.market_daily WHERE symbol = 'ZL' AND close > 500")
        return [close for (close,) in found.fetchall()]


def test_held_rows_are_listed_by_reason_and_shown_in_full(oilseer, held):
    listed = oilseer("quarantine", "list", "--json").answer
    assert listed["total"] == 3
    (reason,) = listed["reasons"]
    assert (reason["table"], reason["source"], reason["reason"]) == (
        "raw.yahoo_prices_1d", "yahoo", "unit seems to have changed",
    )  # fmt: skip
    assert oilseer("quarantine", "list", "--source", "fred", "--json").answer["total"] == 0
    assert "unit seems to have changed" in " ".join(oilseer("quarantine", "list").out.split())
    shown = oilseer("quarantine", "show", held[0][:10], "--json").answer
    assert (shown["quarantine_id"], shown["column_name"], shown["status"]) == (held[0], "close", "held")
    assert float(shown["found"]) > 1000
    assert shown["row"]["observation_date"] == "2025-07-01"


def test_a_released_row_reaches_staging_and_a_rejected_one_never_does(oilseer, held, feeds):
    assert staged(feeds) == []
    released = oilseer("quarantine", "release", held[0], "--note", "seen at the exchange", "--json")
    assert (released.code, released.answer["changed"]) == (0, True)
    rejected = oilseer("quarantine", "reject", held[1], "--note", "in USD/t", "--json")
    assert (rejected.code, rejected.answer["changed"]) == (0, True)
    (close,) = staged(feeds)
    assert close == pytest.approx(float(oilseer("quarantine", "show", held[0], "--json").answer["found"]))
    oilseer("ingest", "yahoo")  # the same answer again
    assert staged(feeds) == [close]
    status = {row["quarantine_id"]: row["status"] for name in ("held", "released", "rejected")
              for row in [r | {"status": name} for r in oilseer("quarantine", "list", "--status", name, "--json")
                          .answer["rows"]]}  # fmt: skip
    assert status == {held[0]: "released", held[1]: "rejected", held[2]: "held"}


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("show", "ffffffffffff"), "names no row of the quarantine"),
        (("release", "ffffffffffff", "--note", "x"), "names no row of the quarantine"),
        (("reject", "ffffffffffff", "--note", "x"), "names no row of the quarantine"),
        (("list", "--status", "lost"), "--status 'lost': expected one of held, released, rejected"),
        (("release", "ffffffffffff"), "--note"),
        (("reject", "ffffffffffff", "--note", "  "), "--note is empty; expected why"),
    ],
)
def test_a_wrong_quarantine_command_says_what_to_do(oilseer, args, reason):
    said = oilseer("quarantine", *args)
    assert said.code == 2
    assert reason in said.err
