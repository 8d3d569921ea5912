"""Sources and jobs against their own rhythm, at ages chosen on both sides of each bound."""

from datetime import UTC, datetime, timedelta

import pytest
from snapshots import empty_database

from oilseer.ops.jobs import State
from oilseer.ops.watch import critical_sources, job_rows, source_rows
from oilseer.reference.sources import sources

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def connection(tmp_path):
    with empty_database(tmp_path / "w.duckdb") as made:
        made.execute("SET TimeZone = 'UTC'")
        yield made


def put(connection, source, newest, status="ok"):
    connection.execute(
        "CREATE TABLE IF NOT EXISTS ops.source_status (source VARCHAR, status VARCHAR, last_success TIMESTAMPTZ, "
        "newest_available_at TIMESTAMPTZ, rows BIGINT, message VARCHAR)"
    )
    connection.execute("INSERT INTO ops.source_status VALUES (?, ?, ?, ?, 7, '')", [source, status, newest, newest])


def named(rows, source):
    return next(row for row in rows if row["source"] == source)


def test_every_source_of_the_registry_is_listed_before_any_was_asked(connection):
    rows = source_rows(connection, NOON)
    assert {row["source"] for row in rows} == set(sources())
    assert {row["status"] for row in rows} == {"never"}
    assert all(row["without_it"] for row in rows)


@pytest.mark.parametrize(("days", "status"), [(3.9, "fresh"), (4.1, "late"), (7.9, "late"), (8.1, "stale")])
def test_source_status_follows_its_own_bounds(connection, days, status):
    """yahoo: late after 4 days, stale after 8."""
    put(connection, "yahoo", NOON - timedelta(days=days))
    row = named(source_rows(connection, NOON), "yahoo")
    assert (row["status"], row["rows"], row["age_days"]) == (status, 7, pytest.approx(days, abs=0.06))


def test_a_fresh_source_whose_last_attempt_failed_says_both(connection):
    put(connection, "fred", NOON - timedelta(days=1), status="stale")
    row = named(source_rows(connection, NOON), "fred")
    assert (row["status"], row["last_attempt"], row["rows"]) == ("fresh", "stale", 7)


def test_only_a_critical_source_that_was_asked_counts(connection):
    """yahoo is critical; fred is not."""
    assert critical_sources(source_rows(connection, NOON)) == []
    put(connection, "yahoo", NOON - timedelta(days=30))
    put(connection, "fred", NOON - timedelta(days=30))
    assert critical_sources(source_rows(connection, NOON)) == ["yahoo"]


@pytest.mark.parametrize(
    ("success", "status"),
    [
        (None, "never"),
        ("2025-06-30T22:10:00+00:00", "fresh"),  # Monday's run; Tuesday's is due at 22:00 UTC
        ("2025-06-27T22:10:00+00:00", "late"),  # Monday's 22:00 was missed
        ("2025-06-26T22:10:00+00:00", "late"),  # Friday's and Monday's
        ("2025-06-25T22:10:00+00:00", "stale"),  # three were missed
    ],
)
def test_job_status_counts_the_times_it_was_due(success, status):
    """daily: weekdays 17:00 Chicago, 22:00 UTC in summer."""
    row = job_rows([State("daily", last_success=success)], NOON)[0]
    assert row["status"] == status
