"""staging.zl_realized_vol: what soybean oil moved within each session, from hourly bars and daily ranges.

The overnight gap is the day's return less what the bars show: on a roll day, too, it is one contract's.
"""

from importlib.resources import files

import duckdb

from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

MIN_BARS = 4  # hourly bars below which a session is not called measured
SPEC = TableSpec(
    "staging.zl_realized_vol",
    "one row per CBOT session",
    ("observation_date",),
    stamped(
        Column("bar_count", "INTEGER", "hourly bars", "of the front contract; null below the minimum"),
        Column("variance_intraday_ratio", "DOUBLE", "ratio a day", "sum of squared hourly log returns", low=0),
        Column("variance_overnight_ratio", "DOUBLE", "ratio a day", "squared gap since the session before", low=0),
        Column("variance_hourly_ratio", "DOUBLE", "ratio a day", "intraday and overnight together", low=0),
        Column("volatility_hourly_ratio", "DOUBLE", "ratio a year", "its square root, annualised", low=0),
        Column("variance_parkinson_ratio", "DOUBLE", "ratio a day", "from high and low; Parkinson (1980)", low=0),
        Column("variance_garman_klass_ratio", "DOUBLE", "ratio a day", "from all four; Garman & Klass (1980)"),
        Column("variance_daily_ratio", "DOUBLE", "ratio a day", "best there is, of variance_basis", low=0),
        Column("variance_basis", "VARCHAR", "", "hourly, range (with the gap), return, or null with the value"),
    ),
    "17:00 New York of the session",
    "staging.zl_prices_clean, raw.databento_futures_ohlcv_1h",
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table; number of rows. Raises ContractError."""
    query = (files("oilseer.staging") / "zl_realized_vol.sql").read_text()
    return replace(connection, SPEC, query, {"min_bars": MIN_BARS})
