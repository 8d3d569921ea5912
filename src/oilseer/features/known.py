"""What was known at each cutoff: one row a session with every input's newest value, and nothing later.

`known` is the only table that a feature's SQL or function sees, so a feature cannot look ahead by
reading; that it does not by computing is proved by the poison test.
"""

from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features.series import SERIES
from oilseer.market.contracts import roll_days
from oilseer.market.sessions import sessions

MARKET_MAX_AGE_DAYS = 7  # a market closed for longer than a long weekend has no price
SYMBOLS: tuple[str, ...] = ("ZS", "ZM", "ZC", "CL", "HO", "RB", "HG", "GC", "6L", "VIX", "CPO")


def make_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables `cutoffs` and `known` from staging; one row a priced ZL session each."""
    here = files("oilseer.features")
    _calendar(connection)
    for table in ("cutoffs", "known_market", "releases", "known_series"):
        query = (here / f"{table}.sql").read_text().rstrip().rstrip(";")
        parameters = {"max_age": MARKET_MAX_AGE_DAYS} if table == "known_market" else {}
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}", parameters)
    _widen(connection, "market_columns", "known_market", "symbol", SYMBOLS, ("price", "log_index"))
    names = tuple(series.name for series in SERIES)
    _widen(connection, "series_columns", "known_series", "name", names, ("value", "age_sessions"))
    query = (here / "known.sql").read_text().rstrip().rstrip(";")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS {query}")


def drop_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what make_known left."""
    for table in (
        "known", "cutoffs", "known_market", "releases", "known_series", "market_columns", "series_columns",
        "calendar_days", "wanted_symbols", "wanted_series", "contract_rolls",
    ):  # fmt: skip
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _calendar(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary tables of days, contract roll days and the inputs wanted."""
    days = np.arange(np.datetime64("1960-01-01"), sessions()[-1] + 1)
    place = np.searchsorted(sessions(), days, side="right") - 1
    months = np.arange(np.datetime64("1970-01"), np.datetime64("2035-06"))
    rolls = roll_days(months)
    tables = {
        "calendar_days": pa.table({"day": pa.array(days), "place": pa.array(place)}),
        "contract_rolls": pa.table(
            {
                "contract_month": pa.array(months.astype("datetime64[D]")),
                "roll_place": pa.array(np.searchsorted(sessions(), rolls)),
            }
        ),
        "wanted_symbols": pa.table({"symbol": pa.array(SYMBOLS)}),
        "wanted_series": pa.table(
            {
                "name": pa.array([series.name for series in SERIES]),
                "key": pa.array([series.key for series in SERIES]),
                "max_age_days": pa.array([series.max_age_days for series in SERIES]),
            }
        ),
    }
    for name, rows in tables.items():
        connection.register("calendar_rows", rows)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM calendar_rows")
        connection.unregister("calendar_rows")


def _widen(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    table: str,
    key: str,
    names: tuple[str, ...],
    values: tuple[str, ...],
) -> None:
    """One column a name and value out of a long table; names come from this file alone."""
    plain = {"price", "value"}
    columns = ", ".join(
        f"max(CASE WHEN {key} = '{name}' THEN {value} END) AS "
        + (name.lower() if value in plain else f"{name.lower()}_{value}")
        for name in names
        for value in values
    ).replace(" AS 6l", " AS brl")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {target} AS SELECT as_of_date, {columns} FROM {table} GROUP BY ALL"
    )
