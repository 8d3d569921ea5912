"""A part of a long list of rows, read from the table rather than cut from all of it."""

from datetime import date
from typing import Any

import duckdb

from oilseer.dashboard.tables import PREDICTIONS, PRICES, exists, identity, newest, require, rows


def part(
    connection: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any], limit: int | None, offset: int
) -> dict:
    """`limit` rows of an ordered query after the first `offset`, all without a limit, and how many there are."""
    (total,) = connection.execute(f"SELECT count(*) FROM ({query})", bound or None).fetchone()
    span = bound | {"limit": total if limit is None else limit, "offset": offset}
    return {"total": total, "rows": rows(connection, f"{query} LIMIT $limit OFFSET $offset", span)}


def last_session(connection: duckdb.DuckDBPyConnection) -> date:
    """The last priced session. Raises ConfigError where there is none."""
    require(connection, PRICES, "prices", "run")
    return connection.execute(f"SELECT max(observation_date) FROM {PRICES}").fetchone()[0]


def at_last_session(connection: duckdb.DuckDBPyConnection, units: dict[str, str]) -> dict:
    """Identity of an answer about the market at its last priced session; its run is that of the session's forecast."""
    as_of = last_session(connection)
    forecast, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    return identity(connection, run_id if forecast == as_of else "", as_of, units)
