"""Reads tables as plain rows, and says of which run and workspace they are.

The brief's queries bind no values: the first bound value makes duckdb import pandas, a fifth of a second.
"""

from datetime import date, datetime
from typing import Any

import duckdb

from oilseer.errors import ConfigError
from oilseer.warehouse.connect import kind_of
from oilseer.warehouse.tables import tables

PREDICTIONS = "forecasts.zl_predictions"
MONTE_CARLO = "forecasts.monte_carlo_scenarios"
PROCUREMENT = "forecasts.procurement_recommendations"
REPLAY = "forecasts.policy_replay"
SCORES = "training.model_backtest_zl"
WALK_FORWARD = "training.walk_forward"
WEIGHTS = "training.ensemble_weights"
FAILURES = "training.failures"
CONTRIBUTIONS = "forecasts.contributions"
GROUP_CONTRIBUTIONS = "signals.driver_group_contribution"
CHANGES = "forecasts.median_changes"
PRICES = "staging.zl_prices_clean"
GATES = "ops.gate_results"
RUNS = "ops.pipeline_runs"


def rows(connection: duckdb.DuckDBPyConnection, query: str, params: Any = None) -> list[dict]:
    """Result of a query as dicts with ISO dates and UTC instants: ready for JSON."""
    result = connection.execute(query, params) if params else connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(plain, row), strict=True)) for row in result.fetchall()]


def plain(value: Any) -> Any:
    """Dates and instants as ISO text, anything else unchanged."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table holds at least one row."""
    return table in tables(connection) and connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def require(connection: duckdb.DuckDBPyConnection, table: str, what: str, command: str) -> None:
    """Raise ConfigError, naming the command that makes it, where a table is missing or empty."""
    if not exists(connection, table):
        raise ConfigError(f"{table} holds no {what} yet: `oilseer {command}` makes it")


def at_newest(table: str, by: str = PREDICTIONS) -> str:
    """Condition for the rows of the newest session that `by` holds."""
    return f"{table}.as_of_date = (SELECT max(as_of_date) FROM {by})"


def newest(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[date, str]:
    """Newest as_of_date of a table, and the run that wrote it."""
    return connection.execute(f"SELECT as_of_date, run_id FROM {table} ORDER BY as_of_date DESC LIMIT 1").fetchone()


def identity(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: date | None, units: dict[str, str]) -> dict:
    """What every answer starts with: run, session, workspace, units."""
    if as_of is None and exists(connection, RUNS):
        as_of = dict(connection.execute(f"SELECT run_id, as_of_date FROM {RUNS}").fetchall()).get(run_id)
    kind = kind_of(connection)
    return {
        "run_id": run_id,
        "as_of_date": plain(as_of),
        "workspace": kind,
        "simulated": kind == "simulated",
        "units": units,
    }
