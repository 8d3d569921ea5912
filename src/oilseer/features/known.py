"""What was known at each cutoff: one row a session with every input's newest value, and nothing later.

`known` is the only table that a feature's SQL or function sees, so a feature cannot look ahead by
reading; that it does not by computing is proved by the poison test. A row never changes once it is made,
so features.known_inputs keeps them and a new session adds one.
"""

from datetime import date
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features.releases import make_releases
from oilseer.features.series import SERIES, oldest
from oilseer.features.series_columns import make_series_columns
from oilseer.market.sessions import sessions
from oilseer.warehouse.spec import Column, TableSpec

MARKET_MAX_AGE_DAYS = 7  # a market closed for longer than a long weekend has no price
SYMBOLS: tuple[str, ...] = (
    "ZS", "ZM", "ZC", "CL", "HO", "RB", "HG", "GC", "HE", "6L", "6E", "6J", "6M", "DXY", "VIX", "CPO",
)  # fmt: skip
ALIASES = {"6L": "brl", "6E": "eur", "6J": "jpy", "6M": "mxn"}  # a column starts with a letter
EVER = date(1900, 1, 1)


def column_of(symbol: str) -> str:
    """The column of `known` that holds a symbol's price; its log index stands beside it, and soybeans' slope."""
    return ALIASES.get(symbol, symbol.lower())


def inputs_spec() -> TableSpec:
    """Spec of features.known_inputs: what `make_known` makes, kept."""
    own = (
        Column("as_of_date", "DATE", "", "session at whose close one decides"),
        Column("cutoff", "TIMESTAMPTZ", "UTC", "17:00 New York of it", null=False),
        Column("place", "BIGINT", "", "number of the CBOT session", null=False),
        *(Column(name, "DOUBLE") for name in ("zl", "zl_return", "zl_log_index")),
        Column("is_roll", "BOOLEAN"),
        *(Column(name, "DATE") for name in ("contract_month", "second_contract_month")),
        *(Column(name, "DOUBLE") for name in ("zl_close", "zl_second", "zl_open", "zl_high", "zl_low")),
        *(Column(name, "BIGINT") for name in ("zl_volume", "zl_open_interest")),
        *(
            Column(name, "DOUBLE")
            for name in (
                "variance_hourly_ratio", "variance_parkinson_ratio", "variance_garman_klass_ratio",
                "volatility_hourly_ratio",
            )
        ),
    )  # fmt: skip
    markets = (Column(name, "DOUBLE") for name, _, _ in _market_columns())
    released = (
        Column(f"{series.name}{part}", kind)
        for series in SERIES
        for part, kind in (("", "DOUBLE"), ("_age_sessions", "BIGINT"))[: 2 if series.with_age else 1]
    )
    return TableSpec(
        "features.known_inputs",
        "one row per ZL session",
        ("as_of_date",),
        (*own, *markets, *released),
        "as_of_date 17:00 New York; a row never changes",
        "staging",
    )


def make_known(connection: duckdb.DuckDBPyConnection, after: date = EVER) -> None:
    """Make the temporary tables `cutoffs` and `known` from staging; one row a priced ZL session after `after` each."""
    here = files("oilseer.features")
    _calendar(connection, after)
    market = {"max_age": MARKET_MAX_AGE_DAYS, "since": oldest(after, MARKET_MAX_AGE_DAYS)}
    bound = {"known_market": market, "cutoffs": {"after": after}}
    for table in ("cutoffs", "known_market"):
        query = (here / f"{table}.sql").read_text().rstrip().rstrip(";")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}", bound.get(table, {}))
    _widen(connection)
    make_releases(connection, after)
    make_series_columns(connection)
    query = (here / "known.sql").read_text().rstrip().rstrip(";")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS {query}")


def drop_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what make_known left."""
    for table in (
        "known", "cutoffs", "known_market", "releases", "market_columns", "series_columns",
        "calendar_days", "wanted_symbols", "wanted_series",
    ):  # fmt: skip
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _calendar(connection: duckdb.DuckDBPyConnection, after: date) -> None:
    """Temporary tables of days and of the inputs wanted, with the earliest day that a value may describe."""
    days = np.arange(np.datetime64("1960-01-01"), sessions()[-1] + 1)
    place = np.searchsorted(sessions(), days, side="right") - 1
    tables = {
        "calendar_days": pa.table({"day": pa.array(days), "place": pa.array(place)}),
        "wanted_symbols": pa.table({"symbol": pa.array(SYMBOLS)}),
        "wanted_series": pa.table(
            {
                "name": pa.array([series.name for series in SERIES]),
                "key": pa.array([series.key for series in SERIES]),
                "since": pa.array([oldest(after, series.max_age_days) for series in SERIES]),
            }
        ),
    }
    for name, rows in tables.items():
        connection.register("calendar_rows", rows)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM calendar_rows")
        connection.unregister("calendar_rows")


def _market_columns() -> tuple[tuple[str, str, str], ...]:
    """Column of `known`, symbol and column of `known_market` of everything that is kept of other markets."""
    return (
        *((column_of(symbol), symbol, "price") for symbol in SYMBOLS),
        *((f"{column_of(symbol)}_log_index", symbol, "log_index") for symbol in SYMBOLS),
        ("zs_slope", "ZS", "slope"),
    )


def _widen(connection: duckdb.DuckDBPyConnection) -> None:
    """`market_columns`, one column a symbol and value, out of `known_market`; names come from this package alone."""
    columns = ", ".join(
        f"max(CASE WHEN symbol = '{symbol}' THEN {value} END) AS {name}" for name, symbol, value in _market_columns()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE market_columns AS SELECT as_of_date, {columns} FROM known_market GROUP BY ALL"
    )
