"""Health: how long each table has been silent, against its own cadence; for people and for machines.

A simulated market stands still at its last session, so there health is measured at that session's cutoff.
"""

from datetime import UTC, date, datetime

import duckdb

from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.reference.cadence import Cadence, cadences
from oilseer.warehouse.connect import kind_of

STATUSES = ("fresh", "late", "stale", "never")  # from good to bad
WATCHED_SCHEMAS = ("raw", "staging", "features", "forecasts")
DATE_COLUMNS = ("observation_date", "as_of_date")  # the first one there says what a row describes


def health(connection: duckdb.DuckDBPyConnection, now: datetime) -> dict:
    """Status of every watched table at `now` (UTC, aware), and of all together; ready for JSON.

    fresh  its newest row became public at most `late_after_days` ago      late  longer ago than that
    stale  longer ago than `stale_after_days`                              never  it has no row

    `critical_stale` names the critical tables that are stale or were never filled. Tables without an
    `available_at` count from the cutoff of the session they describe. Raises ConfigError for a naive `now`.
    """
    if now.tzinfo is None:
        raise ConfigError(f"now is {now}, without a zone; pass an aware instant in UTC")
    kind, columns = kind_of(connection), _columns(connection)
    latest = _latest_session(connection, columns)
    if kind == "simulated" and latest is not None:
        now = sessions.cutoff(latest)
    raw_is_here = any(name.startswith("raw.") for name in columns)  # a replay keeps no raw tables
    watched = [c for name, c in cadences().items() if name in columns or raw_is_here or not name.startswith("raw.")]
    rows = [_row(connection, cadence, columns.get(cadence.table), now) for cadence in watched]
    critical = [row for row in rows if row["critical"]]
    worst = max((STATUSES.index(row["status"]) for row in critical), default=0)
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    bad = [row for row in critical if row["status"] in ("stale", "never")]
    return {
        "run_id": _latest_run(connection, columns),
        "workspace": kind,
        "simulated": kind == "simulated",
        "as_of_date": latest.isoformat() if latest else None,
        "measured_at": now.astimezone(UTC).isoformat(),
        "status": STATUSES[worst],
        "words": _words(STATUSES[worst], counts, [row["what"] for row in bad]),
        "critical_stale": [row["table"] for row in bad],
        "counts": counts,
        "not_watched": sorted(name for name in columns if name not in cadences()),
        "units": {"rows": "rows", "age_days": "calendar days since the newest row became public"},
        "rows": rows,
    }


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Column names of every table of the watched schemas."""
    found = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name) FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (database_name, schema_name, table_name) WHERE database_name = current_database() GROUP BY ALL"
    ).fetchall()
    return {name: columns for name, columns in found if name.split(".")[0] in WATCHED_SCHEMAS}


def _latest_session(connection: duckdb.DuckDBPyConnection, columns: dict[str, list[str]]) -> date | None:
    """The last priced session; None before staging."""
    if "staging.zl_prices_clean" not in columns:
        return None
    return connection.execute("SELECT max(observation_date) FROM staging.zl_prices_clean").fetchone()[0]


def _latest_run(connection: duckdb.DuckDBPyConnection, columns: dict[str, list[str]]) -> str | None:
    """The run that published last; None before the first."""
    if "forecasts.zl_predictions" not in columns:
        return None
    found = connection.execute(
        "SELECT run_id FROM forecasts.zl_predictions ORDER BY as_of_date DESC LIMIT 1"
    ).fetchone()
    return found and found[0]


def _row(connection: duckdb.DuckDBPyConnection, cadence: Cadence, columns: list[str] | None, now: datetime) -> dict:
    """One table: counts, newest dates, age and status."""
    count, newest, published = 0, None, None
    if columns is not None:
        day = next((name for name in DATE_COLUMNS if name in columns), "NULL::DATE")
        # A literal, not a bound value: the first one that is bound makes duckdb import pandas, 0.2 s of a brief.
        public = f"FILTER (available_at <= TIMESTAMPTZ '{now.astimezone(UTC).isoformat()}')"
        published = f"max({day}) {public}, epoch_ms(max(available_at) {public})"
        query = (
            f"SELECT count(*), {published if 'available_at' in columns else f'max({day}), NULL'} FROM {cadence.table}"
        )
        count, newest, published = connection.execute(query).fetchone()
    instant = datetime.fromtimestamp(published / 1000, UTC) if published else newest and sessions.cutoff(newest)
    age = max(0.0, (now - instant).total_seconds() / 86_400) if instant else None
    status = _status(cadence, age)
    return {
        "table": cadence.table,
        "what": cadence.what,
        "cadence": cadence.cadence,
        "critical": cadence.critical,
        "rows": count,
        "newest_observation_date": newest.isoformat() if newest else None,
        "newest_available_at": instant.isoformat() if instant else None,
        "age_days": None if age is None else round(age, 1),
        "late_after_days": cadence.late_after_days,
        "stale_after_days": cadence.stale_after_days,
        "status": status,
    }


def _status(cadence: Cadence, age_days: float | None) -> str:
    if age_days is None:
        return "never"
    if age_days > cadence.stale_after_days:
        return "stale"
    return "late" if age_days > cadence.late_after_days else "fresh"


def _words(status: str, counts: dict[str, int], bad: list[str]) -> str:
    """The state of all in one sentence; `bad` says in words what a forecast needs and has not."""
    others = "{fresh} tables fresh, {late} late, {stale} stale, {never} never filled.".format(**counts)
    lead = {
        "fresh": "All that the forecast must have is fresh",
        "late": "Something the forecast must have is late",
        "stale": f"Do not act on the forecast before these are renewed: {', '.join(bad)}",
        "never": f"Missing for a forecast: {', '.join(bad)}",
    }[status]
    return f"{lead}. {others}"
