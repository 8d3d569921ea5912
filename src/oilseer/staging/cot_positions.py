"""staging.cot_positions: net positions over open interest by trader group, from the CFTC's two reports."""

from importlib.resources import files

import duckdb

from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.cot_positions",
    "one row per symbol, report, trader group, report date, vintage",
    ("symbol", "report", "trader_group", "observation_date", "available_at"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("report", "VARCHAR", note="legacy or disaggregated, futures only"),
        Column("trader_group", "VARCHAR", note="noncommercial, commercial, managed_money or producer"),
        Column("long_contracts", "BIGINT", "contracts", null=False, low=0),
        Column("short_contracts", "BIGINT", "contracts", null=False, low=0),
        Column("open_interest_contracts", "BIGINT", "contracts", null=False, low=0),
        Column("net_share_ratio", "DOUBLE", "ratio", "long less short over open interest", null=False, low=-1, high=1),
    ),
    "Friday 15:30 New York for the Tuesday before; later after holidays",
    "raw.cftc_cot_legacy, raw.cftc_cot_disaggregated",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table; number of rows. Raises ContractError."""
    return replace(connection, SPEC, (files("oilseer.staging") / "cot_positions.sql").read_text())
