"""staging.zl_prices_clean: the soybean oil front, one row a session, with what is doubtful flagged and kept."""

from importlib.resources import files

import duckdb
import pyarrow as pa

from oilseer.market.sessions import sessions
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.zl_prices_clean",
    "one row per CBOT session",
    ("observation_date",),
    stamped(
        Column("price_cents_per_lb", "DOUBLE", "¢/lb", "front, unadjusted: the settlement where given, else the close",
               null=False, low=0),
        Column("price_kind", "VARCHAR", "", "settle or close: which of the two the price is", null=False),
        Column("open_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("high_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("low_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("close_cents_per_lb", "DOUBLE", "¢/lb", "last trade"),
        Column("return_log", "DOUBLE", "log ratio", "of the contract held since the session before"),
        Column("return_basis", "VARCHAR", "", "same_contract, roll_ratio, unadjusted, or null with the return"),
        Column("is_roll", "BOOLEAN", "", "first session of a new front contract", null=False),
        Column("contract", "VARCHAR"),
        Column("contract_month", "DATE", "", "first day of the delivery month"),
        Column("second_contract_month", "DATE", "", "the curve's other point: next month, else the one before"),
        Column("second_close_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("volume", "BIGINT", "contracts"),
        Column("open_interest", "BIGINT", "contracts"),
        Column("basis", "VARCHAR", "", "exchange, user or nearest, as in staging.market_daily", null=False),
        Column("is_out_of_range", "BOOLEAN", "", "price outside 2 to 200 ¢/lb", null=False),
        Column("is_jump", "BOOLEAN", "", "moved more than 30 %; kept, for such moves happen", null=False),
        Column("is_stuck", "BOOLEAN", "", "fourth or later session in a row with the same price", null=False),
    ),
    "17:00 New York of the session",
    "staging.market_daily",
)  # fmt: skip


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table from staging.market_daily; number of rows. Raises ContractError."""
    connection.register("market_sessions", pa.table({"day": pa.array(sessions())}))
    try:
        return replace(connection, SPEC, (files("oilseer.staging") / "zl_prices_clean.sql").read_text())
    finally:
        connection.unregister("market_sessions")
