"""staging.market_hourly: hourly bars of each front contract, for what is shown between two closes."""

from importlib.resources import files

import duckdb

from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

DAYS = 40  # what is shown between two closes; realized volatility of all years is made from raw
SPEC = TableSpec(
    "staging.market_hourly",
    "one row per symbol and hour of its front contract, of the last 40 days",
    ("symbol", "bar_start"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("bar_start", "TIMESTAMPTZ", "UTC", "start of the hour"),
        Column("contract", "VARCHAR", null=False),
        Column("close", "DOUBLE", "as quoted", "last trade of the hour", null=False),
        Column("volume", "BIGINT", "contracts", low=0),
    ),
    "the end of the bar",
    "raw.databento_futures_ohlcv_1h, staging.market_daily",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table; number of rows. Raises ContractError."""
    # asked first: with the newest bar unknown to it, the plan sorts the fronts of all years, in twenty times the time
    newest = "SELECT max(bar_start) - to_days($days) FROM raw.databento_futures_ohlcv_1h"
    (since,) = connection.execute(newest, {"days": DAYS}).fetchone()
    return replace(connection, SPEC, (files("oilseer.staging") / "market_hourly.sql").read_text(), {"since": since})
