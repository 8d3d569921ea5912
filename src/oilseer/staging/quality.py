"""ops.data_quality_zl_daily: gaps, outliers, fills and stuck values of soybean oil, by year and in all.

Thresholds: a gap over 5 sessions fails; outliers (3 trailing standard deviations) up to 2 % pass, up to 5 %
warn; unknown returns 1 % and 5 %. Nothing is ever filled, and the row says so.
"""

from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.market.sessions import sessions
from oilseer.staging.market_daily import clock
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "ops.data_quality_zl_daily",
    "one row per period and check",
    ("period", "check_name"),
    (
        Column("period", "VARCHAR", note="a year, or all"),
        Column("check_name", "VARCHAR"),
        Column("value", "DOUBLE", "as in check_name", null=False),
        Column("warn_above", "DOUBLE", "as value"),
        Column("fail_above", "DOUBLE", "as value"),
        Column("status", "VARCHAR", note="pass, warn or fail", null=False),
    ),
    "at the build",
    "staging.zl_prices_clean, staging.market_daily, raw.databento_futures_ohlcv_1d, raw.user_futures_contracts_1d",
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Measure the series anew; number of rows. Raises ContractError."""
    clock(connection)
    days = sessions()
    connection.register("market_sessions", pa.table({"day": pa.array(days), "place": pa.array(np.arange(len(days)))}))
    try:
        return replace(connection, SPEC, (files("oilseer.staging") / "quality.sql").read_text())
    finally:
        connection.unregister("market_sessions")
