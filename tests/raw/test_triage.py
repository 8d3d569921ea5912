"""The quarantine's desk: what is listed, what a release puts where, what a rejection leaves, decisions taken twice."""

import pytest
from feeds import NOW, Feeds, serve_charts

from oilseer.errors import ConfigError, ContractError
from oilseer.raw import triage
from oilseer.warehouse.connect import writer

HELD = "SELECT quarantine_id FROM staging.quarantine ORDER BY row_json"


@pytest.fixture
def held(feeds) -> Feeds:
    """Soybean oil at 50 ¢/lb, and then five days that stand in USD/t."""
    serve_charts(feeds, {"ZL": 50.0})
    feeds.ingest("yahoo")
    serve_charts(feeds, {"ZL": 50.0 * 22.0462}, days=5)
    feeds.ingest("yahoo")
    return feeds


def decide(feeds: Feeds, action, identity: str, note: str = "seen on the exchange's page") -> dict:
    """One decision, a second later than the last."""
    feeds.now += (feeds.now - NOW) / 10
    with writer(feeds.workspace) as connection:
        return action(connection, identity, note, feeds.now)


def test_reasons_are_counted_and_a_row_is_shown_in_full(held):
    with writer(held.workspace) as connection:
        answer = triage.listing(connection)
        assert answer["total"] == 5
        (reason,) = answer["reasons"]
        assert (reason["table"], reason["column"], reason["rows"]) == ("raw.yahoo_prices_1d", "close", 5)
        assert "22.0462" in answer["rows"][0]["expected"]
        one = triage.shown(connection, answer["rows"][0]["quarantine_id"][:8])
        assert one["row"]["symbol"] == "ZL"
        assert one["row"]["available_at"].endswith("T21:00:00+00:00")
        assert one["decisions"] == []
        assert triage.listing(connection, source="fred")["total"] == 0


def test_a_released_row_is_in_its_table_with_its_own_provenance_and_publication(held):
    ((identity,), *_) = held.query(HELD)
    kept = held.query("SELECT provenance_id, loaded_at, row_json FROM staging.quarantine ORDER BY row_json LIMIT 1")[0]
    assert decide(held, triage.release, identity)["changed"]
    row = held.query(
        "SELECT provenance_id, source, availability, available_at = ingested_at, close > 1000 "
        "FROM raw.yahoo_prices_1d ORDER BY close DESC LIMIT 1"
    )[0]
    # The day had a price before, so this is what was known of it from the moment it was delivered.
    assert row == (kept[0], "yahoo", "vintage", True, True)
    assert held.query("SELECT ingested_at FROM raw.yahoo_prices_1d WHERE close > 1000") == [(kept[1],)]
    with writer(held.workspace) as connection:
        (decision,) = triage.shown(connection, identity)["decisions"]
    assert (decision["status"], decision["note"]) == ("released", "seen on the exchange's page")


def test_a_decision_taken_twice_changes_nothing(held):
    (first,), (second,), *_ = held.query(HELD)
    for action, identity in ((triage.release, first), (triage.reject, second)):
        assert decide(held, action, identity)["changed"]
        table = held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL")
        assert not decide(held, action, identity)["changed"]
        assert held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL") == table
    assert held.query("SELECT count(*) FROM ops.quarantine_history") == [(2,)]


def test_a_rejected_row_stays_out_and_is_not_asked_about_again(held):
    for (identity,) in held.query(HELD):
        decide(held, triage.reject, identity)
    assert held.ingest("yahoo")["yahoo"]["quarantined"] == 0
    assert held.query("SELECT count(*) FROM raw.yahoo_prices_1d WHERE close > 1000") == [(0,)]
    with writer(held.workspace) as connection:
        assert triage.listing(connection, status="rejected")["total"] == 5


def test_a_rejected_row_may_be_released_later_but_not_the_other_way(held):
    ((identity,), *_) = held.query(HELD)
    decide(held, triage.reject, identity)
    assert decide(held, triage.release, identity)["changed"]
    with pytest.raises(ConfigError, match="was released into raw"):
        decide(held, triage.reject, identity)


def test_a_release_survives_that_the_archive_is_read_anew(held, monkeypatch):
    ((identity,), *_) = held.query(HELD)
    decide(held, triage.release, identity)
    before = held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL")
    for place in ("oilseer.raw.ingest.reader_hash", "oilseer.raw.loading.reader_hash"):
        monkeypatch.setattr(place, lambda module: "another")
    held.ingest("yahoo", offline=True)
    assert held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL") == before
    with writer(held.workspace) as connection:
        assert triage.listing(connection)["total"] == 4


def test_a_row_that_breaks_its_tables_promise_cannot_be_released_and_nothing_is_noted(held):
    ((identity,), *_) = held.query(HELD)
    before = held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL")
    held.query("UPDATE staging.quarantine SET row_json = replace(row_json, '\"volume\":100', '\"volume\":-1')")
    with pytest.raises(ContractError, match="volume below 0 in 1 of 1 rows"):
        decide(held, triage.release, identity)
    assert held.query("SELECT count(*) FROM ops.quarantine_history") == [(0,)]
    assert held.query("SELECT DISTINCT status FROM staging.quarantine") == [("held",)]
    assert held.query("SELECT * FROM raw.yahoo_prices_1d ORDER BY ALL") == before


@pytest.mark.parametrize("identity", ["", "abc", "ffffffffffff"])
def test_an_id_that_names_no_single_row_is_wrong_use(held, identity):
    with pytest.raises(ConfigError, match="`oilseer quarantine list` shows them"):
        decide(held, triage.release, identity)
