import json
from datetime import UTC, datetime, timedelta

import pytest
from snapshots import AS_OF, NOW, RUN_ID, empty_database, make_snapshot, write

from oilseer.errors import ConfigError
from oilseer.ops.health import health
from oilseer.raw import specs
from oilseer.reference.cadence import cadences
from oilseer.staging.build import STEPS

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def _fred(published: datetime) -> dict:
    return {
        "series_id": "DGS10", "value": 4.2, "observation_date": published.date(), "available_at": published,
        "availability": "lagged", "ingested_at": published, "source": "test", "provenance_id": "0",
    }  # fmt: skip


def _row(answer: dict, table: str) -> dict:
    return next(row for row in answer["rows"] if row["table"] == table)


@pytest.mark.parametrize(
    ("days", "status"), [(0, "fresh"), (4.9, "fresh"), (5.1, "late"), (9.9, "late"), (10.1, "stale")]
)
def test_status_follows_days_since_the_newest_row_became_public(tmp_path, days, status):
    """raw.fred_economic: late after 5 days, stale after 10."""
    with empty_database(tmp_path / "h.duckdb") as connection:
        published = [NOON - timedelta(days=400), NOON - timedelta(days=days)]
        write(connection, specs.FRED, [_fred(instant) for instant in published])
        row = _row(health(connection, NOON), "raw.fred_economic")
    assert (row["rows"], row["status"]) == (2, status)
    assert row["age_days"] == pytest.approx(days)


def test_a_row_that_is_not_public_yet_makes_nothing_fresh(tmp_path):
    with empty_database(tmp_path / "h.duckdb") as connection:
        write(connection, specs.FRED, [_fred(NOON - timedelta(days=30)), _fred(NOON + timedelta(days=3))])
        row = _row(health(connection, NOON), "raw.fred_economic")
    assert row["status"] == "stale"
    assert row["newest_observation_date"] == "2025-06-01"


def test_a_table_without_rows_is_never(tmp_path):
    with empty_database(tmp_path / "h.duckdb") as connection:
        connection.execute(specs.VIX.ddl())
        row = _row(health(connection, NOON), "raw.cboe_vix")
    assert (row["status"], row["age_days"], row["rows"]) == ("never", None, 0)


def test_critical_tables_that_are_missing_or_old_are_named(tmp_path):
    made = make_snapshot(tmp_path / "h.duckdb")
    with made.connection as connection:
        soon, later = health(connection, NOW), health(connection, NOW + timedelta(days=60))
    assert soon["critical_stale"] == ["staging.market_daily", "features.daily_ml_matrix_zl"]  # never written here
    assert set(later["critical_stale"]) == {name for name, cadence in cadences().items() if cadence.critical}
    assert "published forecast" in later["words"]
    assert (soon["run_id"], soon["as_of_date"]) == (RUN_ID, AS_OF.isoformat())
    assert json.loads(json.dumps(later, allow_nan=False)) == later


def test_a_simulated_market_is_measured_at_its_last_session(tmp_path):
    made = make_snapshot(tmp_path / "h.duckdb", kind="simulated")
    with made.connection as connection:
        answer = health(connection, NOW + timedelta(days=3650))
    assert answer["measured_at"] == "2025-06-30T21:00:00+00:00"  # 17:00 New York, daylight saving
    assert _row(answer, "staging.zl_prices_clean")["status"] == "fresh"


def test_forecast_tables_count_from_the_cutoff_of_their_session(tmp_path):
    made = make_snapshot(tmp_path / "h.duckdb")
    with made.connection as connection:
        row = _row(health(connection, NOW), "forecasts.zl_predictions")
    assert row["newest_observation_date"] == AS_OF.isoformat()
    assert row["age_days"] == pytest.approx(9 / 24, abs=0.05)  # 17:00 New York to 02:00


def test_every_raw_table_has_a_cadence():
    assert {spec.name for spec in specs.SPECS} <= set(cadences())


def test_every_staging_table_has_a_cadence():
    assert {spec.name for spec, _ in STEPS if spec.schema == "staging"} <= set(cadences())


def test_cadences_are_in_order():
    assert all(0 < c.late_after_days < c.stale_after_days for c in cadences().values())


def test_a_naive_instant_is_refused(tmp_path):
    with empty_database(tmp_path / "h.duckdb") as connection, pytest.raises(ConfigError, match="zone"):
        health(connection, datetime(2025, 7, 1))  # noqa: DTZ001
