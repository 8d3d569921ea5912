"""The gates after staging: a sound workspace passes, and each broken promise is named with what was found."""

from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from oilseer.checks import require
from oilseer.errors import GateFailed
from oilseer.market import sessions
from oilseer.ops import gates
from oilseer.reference.sources import sources
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 1, 1, tzinfo=UTC)
ZL = "staging.zl_prices_clean"


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", NOW)) as opened:
        make_staging(opened)
        yield opened


def make_staging(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables that the gates read, as small as they may be: 6,100 sessions from 2000-11-15 on."""
    start = int(sessions.number(date(2000, 11, 15))[0])
    days = sessions.sessions()[start : start + 6_100]
    connection.register("prices", pa.table({"observation_date": days, "price_cents_per_lb": [50.0] * len(days)}))
    connection.execute(f"""
        CREATE TABLE {ZL} AS FROM prices;
        CREATE TABLE staging.market_daily AS SELECT 'CL' AS symbol, observation_date, NULL::DOUBLE AS settle,
            70.0 AS close FROM prices;
        CREATE TABLE ops.data_quality_zl_daily AS SELECT 'all' AS period, 'stuck_ratio' AS check_name, 'ok' AS status;
        CREATE TABLE staging.fred_macro_panel AS SELECT 'S' || range AS series_id FROM range(30);
        CREATE OR REPLACE TABLE raw.weather_noaa AS SELECT 'W' || range AS station_id FROM range(10);
        CREATE OR REPLACE TABLE ops.ingestion_completion AS SELECT * FROM (VALUES ('yahoo', 60), ('yahoo chart', 40),
            ('usda wasde', 900)) AS t (source, row_count);
        CREATE OR REPLACE TABLE staging.quarantine (source VARCHAR, status VARCHAR, reason VARCHAR);
    """)


def hold(source: str, rows: int, status: str = "held") -> str:
    reason = "value is out of range"
    return f"INSERT INTO staging.quarantine SELECT '{source}', '{status}', '{reason}' FROM range({rows})"


def failed(connection) -> dict[str, str]:
    return {check.name: check.found for check in gates.after_staging(connection) if not check.passed}


def test_sound_staging_passes(connection):
    assert failed(connection) == {}


@pytest.mark.parametrize(
    ("broken", "gate", "found"),
    [
        (hold("usda wasde", 120), "rows_in_quarantine", "10.7%"),
        (hold("yahoo chart", 6), "yahoo_rows_in_quarantine", "5.7%"),
        (f"DELETE FROM {ZL} WHERE observation_date = DATE '2000-11-15'", "zl_history_reaches_back", "2000-11-16"),
        (f"DELETE FROM {ZL} WHERE observation_date > DATE '2024-06-03'", "zl_has_enough_sessions", "5,9"),
        (f"UPDATE {ZL} SET price_cents_per_lb = 0 WHERE observation_date = DATE '2008-07-03'",
         "zl_prices_are_positive", "lowest 0.0"),
        ("UPDATE ops.data_quality_zl_daily SET status = 'fail'", "zl_quality", "1 measures"),
        ("UPDATE staging.market_daily SET symbol = 'ZS', close = -1 WHERE observation_date = DATE '2008-07-03'",
         "prices_are_in_range", "1 in staging.market_daily, 0 rows"),
        ("INSERT INTO staging.market_daily FROM staging.market_daily LIMIT 3", "market_rows_are_unique", "3 dup"),
        ("DELETE FROM staging.fred_macro_panel WHERE series_id = 'S3'", "fred_series", "29"),
        ("DELETE FROM raw.weather_noaa WHERE station_id = 'W3'", "weather_stations", "9"),
    ],
)  # fmt: skip
def test_broken_promise_is_named_with_what_was_found(connection, broken, gate, found):
    connection.execute(broken)
    seen = failed(connection)
    assert list(seen) == [gate]
    assert seen[gate].startswith(found)


def test_what_a_later_source_brings_does_not_block(connection):
    connection.execute("DELETE FROM staging.fred_macro_panel; DELETE FROM raw.weather_noaa")
    require(gates.after_staging(connection))


def test_quarantine_blocks_by_name(connection):
    connection.execute(hold("yahoo", 7))
    with pytest.raises(GateFailed, match=r"yahoo_rows_in_quarantine: found 6\.5%, expected at most 5%"):
        require(gates.after_staging(connection))


def test_rows_that_a_person_has_rejected_are_held_no_more(connection):
    connection.execute(hold("yahoo", 50, status="rejected"))
    assert failed(connection) == {}


def test_crude_oil_may_be_below_zero(connection):
    connection.execute("UPDATE staging.market_daily SET close = -37.63 WHERE observation_date = DATE '2020-04-20'")
    assert failed(connection) == {}


def test_every_critical_source_has_a_gate(connection):
    names = {check.name for check in gates.after_staging(connection)}
    critical = [facts.name for facts in sources().values() if facts.critical]
    assert critical
    assert {f"{name}_rows_in_quarantine" for name in critical} <= names
