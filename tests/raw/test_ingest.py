"""The ingest of two small services: what is loaded, recorded, repeated, resumed, reread and left alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from feeds import NOW, ONI, VIX, VIX_HOST, oni_file, serve_charts, vix_file

from oilseer.errors import ConfigError, ContractError, SourceError
from oilseer.raw import archive, loading
from oilseer.raw.ingest import Desk, Request, failed_critical, ingest
from oilseer.raw.network import Network
from oilseer.reference.sources import sources
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

COUNT = "SELECT count(*) FROM raw.cboe_vix"


def test_rows_carry_when_they_were_public_loaded_and_from_which_bytes(feeds):
    states = feeds.ingest(VIX)
    day, close, public, kind, loaded, source, provenance = feeds.query(
        "SELECT observation_date, close, available_at, availability, ingested_at, source, provenance_id "
        "FROM raw.cboe_vix ORDER BY observation_date DESC LIMIT 1"
    )[0]
    assert (day, close, kind, source) == (date(2025, 6, 30), 17.199, "lagged", VIX)
    assert public == datetime(2025, 6, 30, 21, tzinfo=UTC)  # 17:00 New York
    assert loaded == NOW + timedelta(seconds=1)
    assert archive.recall(feeds.workspace.home, provenance, "test") == vix_file()
    state = states[VIX]
    assert (state["status"], state["rows"], state["changed"], state["downloads"]) == ("ok", 200, 200, 1)
    assert (state["last_success"], state["newest_available_at"]) == (NOW + timedelta(seconds=1), public)
    assert states[ONI]["status"] == "never"


def test_every_source_of_the_registry_is_listed_in_its_order(feeds):
    assert list(feeds.ingest(VIX)) == list(sources())


def test_the_same_bytes_again_change_nothing_and_every_fetch_is_a_record(feeds):
    feeds.ingest(VIX)
    before = feeds.query("SELECT * FROM raw.cboe_vix ORDER BY ALL")
    again = feeds.ingest(VIX)[VIX]
    assert (again["status"], again["changed"], again["rows"]) == ("unchanged", 0, 200)
    assert feeds.query("SELECT * FROM raw.cboe_vix ORDER BY ALL") == before
    records = feeds.query("SELECT status, bytes, sha256 FROM ops.downloads ORDER BY fetched_at")
    assert [row[0] for row in records] == ["used", "unchanged"]
    assert {row[1] for row in records} == {len(vix_file())}
    assert len(list((feeds.workspace.home / "archive").rglob("*.zst"))) == 1


def test_a_new_day_adds_its_row_only_and_a_revision_stands_beside_what_was_known(feeds):
    feeds.ingest(VIX)
    revised = vix_file().replace(b"06/30/2025,17.199000,18.199000,16.199000,17.199000",
                                 b"06/30/2025,17.199000,18.199000,16.199000,17.500000")  # fmt: skip
    feeds.now = NOW + timedelta(days=1)
    feeds.serve(vix=revised + b"07/01/2025,17.300000,18.300000,16.300000,17.300000\n")
    feeds.now += timedelta(hours=12)
    assert feeds.ingest(VIX)[VIX]["changed"] == 2
    found = feeds.query(
        "SELECT observation_date, close, availability, available_at FROM raw.cboe_vix "
        "WHERE observation_date >= DATE '2025-06-30' ORDER BY observation_date, available_at"
    )
    assert [(row[0].day, row[1], row[2]) for row in found] == [
        (30, 17.199, "lagged"), (30, 17.5, "vintage"), (1, 17.3, "lagged"),
    ]  # fmt: skip
    assert found[1][3] == feeds.now  # public when we saw it, not when the value is dated


def test_a_failed_source_leaves_its_copy_in_force_and_the_others_alone(feeds):
    feeds.ingest(VIX, ONI)
    feeds.replay.faults[VIX_HOST] = "503"
    feeds.serve(oni=oni_file(61))
    states = feeds.ingest(VIX, ONI)
    assert states[VIX]["status"] == "stale"
    assert "status 503, expected 200" in states[VIX]["message"]
    assert "The last good copy, of 2025-07-01 12:00 UTC, serves" in states[VIX]["message"]
    assert (states[VIX]["rows"], states[VIX]["last_success"]) == (200, NOW + timedelta(seconds=1))
    assert (states[ONI]["status"], states[ONI]["changed"]) == ("ok", 1)
    assert feeds.query("SELECT status FROM ops.downloads WHERE source = 'cboe_vix'") == [("stale",)]
    history = feeds.query("SELECT status FROM ops.ingest_runs WHERE source = 'cboe_vix' ORDER BY started_at")
    assert history == [("ok",), ("stale",)]


def test_a_source_that_never_came_is_failed_and_its_table_empty(feeds):
    feeds.replay.faults[VIX_HOST] = "reset"
    states = feeds.ingest(VIX)
    assert (states[VIX]["status"], states[VIX]["rows"], states[VIX]["last_success"]) == ("failed", 0, None)
    assert feeds.query(COUNT) == [(0,)]
    assert failed_critical(list(states.values())) == []  # the VIX enriches; a price would be critical
    feeds.replay.faults["query1.finance.yahoo.com"] = "reset"
    assert failed_critical(list(feeds.ingest("yahoo").values())) == ["yahoo"]


def test_a_source_without_its_key_is_not_asked_and_says_which_where_and_what_is_missing(feeds):
    state = feeds.ingest("eia")["eia"]
    assert state["status"] == "no_key"
    for part in ("EIA_API_KEY", "keyring set oilseer EIA_API_KEY", "https://www.eia.gov/opendata/register.php", "fuel"):
        assert part in state["message"]
    assert not feeds.replay.asked


def test_an_empty_drop_folder_says_where_the_file_belongs(feeds):
    state = feeds.ingest("epa_rin")["epa_rin"]
    assert state["status"] == "no_file"
    assert str(feeds.workspace.home / "drop" / "epa_rin") in state["message"]


def test_a_dropped_file_is_loaded_when_it_is_seen_and_once(feeds):
    folder = feeds.workspace.home / "drop" / "epa_rin"
    folder.mkdir(parents=True)
    line = "Transfer Date by Week,Transfer Year,RIN Year,Fuel (D Code),QAP Service Type,RIN Price\n"
    (folder / "rin.csv").write_text(line + "6/2/2025,2025,2025,D4,Unverified,$1.05\n")
    assert feeds.ingest("epa_rin")["epa_rin"]["changed"] == 1
    assert feeds.query("SELECT ingested_at FROM raw.epa_rin_prices") == [(feeds.now,)]
    assert feeds.ingest("epa_rin")["epa_rin"]["status"] == "unchanged"
    assert feeds.query("SELECT count(*) FROM ops.downloads") == [(1,)]


def test_an_unknown_source_and_a_span_turned_round_are_wrong_use(feeds):
    with pytest.raises(ConfigError, match="unknown source cbot; known are databento, yahoo, "):
        feeds.ingest("cbot")
    with pytest.raises(ConfigError, match="swap them"):
        feeds.ingest(VIX, since=date(2025, 2, 1), until=date(2025, 1, 1))


def test_a_simulated_workspace_takes_no_real_rows(tmp_path, feeds):
    simulated = create_workspace(tmp_path / "simulated", "simulated", NOW)
    network = Network(lambda: NOW, feeds.replay.url)
    with writer(simulated) as connection, pytest.raises(ContractError, match="takes no real rows"):
        ingest(Desk(connection, simulated.home, network, lambda: NOW), Request((VIX,)), lambda *_: None)
    network.close()


def test_the_first_fetch_asks_for_all_history_and_later_ones_for_the_lookback(feeds):
    feeds.ingest(ONI)
    feeds.now += timedelta(days=40)
    feeds.ingest(ONI)
    spans = feeds.query("SELECT since, until FROM ops.ingest_runs ORDER BY started_at")
    lookback = timedelta(days=sources()[ONI].lookback_days)
    assert spans[0] == (sources()[ONI].history_from, date(2025, 7, 1))
    assert spans[1] == (date(2025, 7, 1) - lookback, date(2025, 8, 10))  # no gap, however long nobody came


def test_a_span_that_was_over_is_fetched_once(feeds):
    span = {"since": date(2024, 1, 1), "until": date(2024, 12, 31)}
    feeds.ingest(VIX, **span)
    assert feeds.ingest(VIX, **span)[VIX]["status"] == "unchanged"
    assert feeds.replay.asked[f"{VIX_HOST}/api/global/us_indices/daily_prices/VIX_History.csv"] == 1


def test_a_span_that_ended_well_but_was_not_over_is_fetched_again(feeds):
    span = {"since": date(2024, 1, 1), "until": date(2025, 7, 1)}
    feeds.ingest(VIX, **span)
    feeds.ingest(VIX, **span)
    assert feeds.replay.asked[f"{VIX_HOST}/api/global/us_indices/daily_prices/VIX_History.csv"] == 2


def test_offline_nothing_is_asked_and_the_last_copy_is_said_to_be_old(feeds):
    feeds.ingest(VIX)
    feeds.replay.asked.clear()
    state = feeds.ingest(VIX, offline=True)[VIX]
    assert (state["status"], state["rows"]) == ("stale", 200)
    assert "offline: the last good copy, of 2025-07-01 12:00 UTC, serves" in state["message"]
    assert not feeds.replay.asked


def test_offline_a_changed_reader_reads_the_archive_anew_to_the_same_table(feeds, monkeypatch):
    feeds.ingest(VIX)
    feeds.serve(vix=vix_file(level=18.0))
    feeds.now += timedelta(days=3)
    feeds.ingest(VIX)
    before = feeds.query("SELECT * FROM raw.cboe_vix ORDER BY ALL")
    assert len(before) == 400  # every close was revised: two vintages each
    monkeypatch.setattr("oilseer.raw.ingest.reader_hash", lambda module: "another")
    monkeypatch.setattr(loading, "reader_hash", lambda module: "another")
    feeds.now += timedelta(days=3)
    feeds.ingest(VIX, offline=True)
    assert feeds.query("SELECT * FROM raw.cboe_vix ORDER BY ALL") == before
    assert feeds.query("SELECT DISTINCT reader FROM ops.downloads") == [("another",)]


def test_a_damaged_archive_file_says_so_and_leaves_the_table(feeds, monkeypatch):
    feeds.ingest(VIX)
    (file,) = (feeds.workspace.home / "archive").rglob("*.zst")
    whole = file.read_bytes()
    monkeypatch.setattr("oilseer.raw.ingest.reader_hash", lambda module: "another")
    for damaged in (whole[:-5], whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], b""):
        file.write_bytes(damaged)
        message = feeds.ingest(VIX, offline=True)[VIX]["message"]
        assert "cboe_vix: part history: archive file" in message
        assert "damaged" in message
        assert feeds.query(COUNT) == [(200,)]
    file.unlink()
    assert "no archive file" in feeds.ingest(VIX, offline=True)[VIX]["message"]


def test_the_archive_holds_only_whole_bytes_under_their_own_hash(tmp_path):
    sha256 = archive.keep(tmp_path, b"delivered")
    assert archive.keep(tmp_path, b"delivered") == sha256
    assert archive.recall(tmp_path, sha256, "x") == b"delivered"
    other = archive.keep(tmp_path, b"other")
    archive.archive_path(tmp_path, sha256).write_bytes(archive.archive_path(tmp_path, other).read_bytes())
    with pytest.raises(SourceError, match="another hash than its name"):
        archive.recall(tmp_path, sha256, "x")


def test_an_interrupted_history_goes_on_from_what_it_has(feeds, monkeypatch):
    """Yahoo breaks off at its third symbol; the next ingest asks for that one and those after it only."""
    charts = serve_charts(feeds, {"ZL": 50.0, "ZS": 1000.0, "ZM": 300.0})
    feeds.replay.faults["query1.finance.yahoo.com/v8/finance/chart/ZM=F"] = "503"
    first = feeds.ingest("yahoo")["yahoo"]
    assert first["status"] == "stale"
    assert "part chart_zm" in first["message"]
    assert first["rows"] == 2 * charts
    feeds.replay.faults.clear()
    feeds.replay.asked.clear()
    second = feeds.ingest("yahoo")["yahoo"]
    assert (second["status"], second["rows"]) == ("ok", 3 * charts)
    asked = [path for path in feeds.replay.asked if path.endswith(("ZL=F", "ZS=F", "ZM=F"))]
    assert asked == ["query1.finance.yahoo.com/v8/finance/chart/ZM=F"]


def test_two_failures_in_a_row_end_a_source_and_one_does_not(feeds):
    serve_charts(feeds, {"ZL": 50.0, "ZS": 1000.0, "ZM": 300.0})
    for symbol in ("ZL", "ZS"):
        feeds.replay.faults[f"query1.finance.yahoo.com/v8/finance/chart/{symbol}=F"] = "reset"
    assert feeds.ingest("yahoo")["yahoo"]["rows"] == 0
    feeds.replay.faults["query1.finance.yahoo.com/v8/finance/chart/ZL=F"] = ""
    assert feeds.ingest("yahoo")["yahoo"]["rows"] == 60


def test_a_service_that_says_of_every_part_that_it_is_not_there_has_failed(feeds):
    """Yahoo that has moved answers 404 to all: neither a success nor a span that was covered."""
    serve_charts(feeds, {"ZL": 50.0})
    first = feeds.ingest("yahoo")["yahoo"]
    assert first["status"] == "ok"
    assert "yahoo: found no chart of ZS=F, ZM=F, " in first["message"]
    feeds.replay.answers.clear()
    feeds.now += timedelta(days=20)
    gone = feeds.ingest("yahoo")["yahoo"]
    assert (gone["status"], gone["rows"]) == ("stale", 30)
    assert "yahoo: found no chart of ZL=F, " in gone["message"]
    assert gone["covered_until"] == first["covered_until"]


def test_a_level_in_another_unit_is_held_until_a_person_decides(feeds):
    """Soybean oil in USD/t is 22.046 times its price in ¢/lb: five such days are held, the rest is loaded."""
    serve_charts(feeds, {"ZL": 50.0})
    feeds.ingest("yahoo")
    serve_charts(feeds, {"ZL": 50.0 * 22.0462}, days=5)
    state = feeds.ingest("yahoo")["yahoo"]
    assert (state["changed"], state["quarantined"]) == (0, 5)
    reason = feeds.query("SELECT DISTINCT reason, column_name FROM staging.quarantine")
    assert reason == [("unit seems to have changed", "close")]
    assert feeds.ingest("yahoo")["yahoo"]["quarantined"] == 5  # the same rows again are no new ones
