"""The Big 8 between two closes: what a refresh adds, what it leaves alone, and what it shows by hand."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from raw_market import insert

from oilseer import pipeline
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.raw.specs import SPECS
from oilseer.settings import Settings
from oilseer.signals.live import refresh_live
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import Workspace, create_workspace
from oilseer.warehouse.write import ensure

DAYS = [d.astype(object) for d in sessions.sessions()[sessions.number(date(2025, 3, 3))[0] :][:30]]
TODAY = sessions.sessions()[sessions.number(DAYS[-1])[0] + 1].astype(object)  # still running: no daily bar yet
OPEN = datetime(TODAY.year, TODAY.month, TODAY.day, 13, tzinfo=UTC)


def bar(symbol: str, start: datetime, close: float) -> dict:
    return {
        "symbol": symbol, "contract": f"{symbol}N25", "bar_start": start,
        "open": close, "high": close, "low": close, "close": close, "volume": 5,
        "observation_date": start.date(), "available_at": start + timedelta(hours=1),
    }  # fmt: skip


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A real workspace as a run leaves it, in little: 30 sessions, crude oil at 60 USD, one hour of today's bars."""
    made = create_workspace(tmp_path / "home", "real", OPEN)
    with connect.writer(made) as connection:
        for spec in SPECS:
            ensure(connection, spec)
        insert(connection, "raw.databento_futures_ohlcv_1h", [bar("ZL", OPEN, 50.0), bar("CL", OPEN, 60.0)])
        connection.register("days", pa.table({"day": DAYS}))
        connection.execute("""
            CREATE TABLE staging.market_daily AS
            SELECT symbol, CAST(day AS DATE) AS observation_date, symbol || 'N25' AS contract, 60.0::DOUBLE AS close,
                0.0::DOUBLE AS return_log
            FROM days CROSS JOIN (VALUES ('ZL'), ('CL')) AS s (symbol);
            CREATE TABLE staging.zl_prices_clean AS
            SELECT CAST(day AS DATE) AS observation_date, 0.0::DOUBLE AS return_log FROM days;
            CREATE TABLE signals.regime_daily AS SELECT CAST(day AS DATE) AS as_of_date, 'CALM' AS gate FROM days;
            CREATE TABLE features.daily_ml_matrix_zl AS
            SELECT CAST(day AS DATE) AS as_of_date, 0.02::DOUBLE AS databento_cl_momentum_21_ratio FROM days;
        """)
    return made


def refresh(workspace: Workspace, now: datetime) -> int:
    return pipeline.refresh_live(workspace, pipeline.Job(Settings(), lambda: now, lambda step, done, total: None))


def shown(workspace: Workspace) -> list[tuple]:
    with connect.built(workspace) as connection:
        return connection.execute(
            "SELECT observed_at, bucket, score, input_age_minutes, as_of_date FROM signals.big_eight_live ORDER BY ALL"
        ).fetchall()


def test_a_quarter_of_an_hour_later_a_refresh_adds_eight_scores_and_changes_none(workspace):
    assert refresh(workspace, OPEN + timedelta(hours=1)) == 8
    first = shown(workspace)
    assert refresh(workspace, OPEN + timedelta(hours=1)) == 0
    assert refresh(workspace, OPEN + timedelta(hours=1, minutes=15)) == 8
    second = shown(workspace)
    assert second[:8] == first
    assert {row[0] for row in second[8:]} == {OPEN + timedelta(hours=1, minutes=15)}


def test_crude_oil_up_five_percent_lifts_energy_by_half_of_it_in_points(workspace):
    with connect.writer(workspace) as connection:
        insert(connection, "raw.databento_futures_ohlcv_1h", [bar("CL", OPEN + timedelta(hours=1), 63.0)])
    refresh(workspace, OPEN + timedelta(hours=2))
    energy = {row[0]: row[2:] for row in shown(workspace) if row[1] == "energy"}
    assert energy[OPEN + timedelta(hours=1)] == (50.0, 0.0, DAYS[-1])  # 60 against 60 a month before
    assert energy[OPEN + timedelta(hours=1, minutes=45)] == (50.0, 45.0, DAYS[-1])
    # of the two symbols of its bucket ZL's bar is the older one
    assert energy[OPEN + timedelta(hours=2)] == (pytest.approx(50 + 50 * 0.05), 60.0, DAYS[-1])


def test_scores_end_when_the_next_bar_is_due_and_late_bars_do_not_rewrite_what_was_shown(workspace):
    assert refresh(workspace, OPEN + timedelta(hours=9)) == 4 * 8, "one hour after the only bar, no more"
    before = shown(workspace)
    with connect.writer(workspace) as connection:
        insert(connection, "raw.databento_futures_ohlcv_1h", [
            bar("CL", OPEN - timedelta(hours=1), 99.0), bar("ZL", OPEN + timedelta(hours=1), 51.0),
        ])  # fmt: skip
    assert refresh(workspace, OPEN + timedelta(hours=2)) == 8
    assert shown(workspace)[: len(before)] == before


def test_the_next_session_takes_the_place_of_the_last(workspace):
    refresh(workspace, OPEN + timedelta(hours=1))
    later = OPEN + timedelta(days=1)
    with connect.writer(workspace) as connection:
        insert(connection, "raw.databento_futures_ohlcv_1h", [bar("ZL", later, 50.0)])
    assert refresh(workspace, later + timedelta(hours=1)) == 8
    assert {row[0].date() for row in shown(workspace)} == {later.date()}


def test_published_snapshot_and_replays_stand_as_they_were(workspace):
    refresh(workspace, OPEN + timedelta(hours=1))
    snapshot = connect.publish(workspace, "20250411-aaaaaaaaaa")
    day = DAYS[-5]
    with connect.replay(workspace, day, sessions.cutoff(day)) as connection:
        connection.execute("CREATE TABLE forecasts.made AS SELECT 42 AS answer")
    bytes_before = snapshot.read_bytes()
    refresh(workspace, OPEN + timedelta(hours=1, minutes=15))
    assert connect.current_snapshot(workspace) == snapshot
    assert snapshot.read_bytes() == bytes_before
    assert connect.replay_path(workspace, day).exists()
    with connect.reader(workspace, day) as connection:
        assert connection.execute("SELECT answer FROM forecasts.made").fetchone() == (42,)
    with connect.reader(workspace) as connection:
        assert connection.execute("SELECT count(*) FROM signals.big_eight_live").fetchone() == (8,)


def test_before_the_first_run_it_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="oilseer run"):
        refresh(create_workspace(tmp_path / "home", "real", OPEN), OPEN)


def test_without_bars_nothing_is_added():
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA staging")
        connection.execute("CREATE TABLE staging.market_hourly (symbol VARCHAR, observation_date DATE)")
        assert refresh_live(connection, OPEN) == 0
