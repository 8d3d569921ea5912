"""staging.released_series: every series that is published later than it describes, in one long panel."""

import duckdb

from oilseer.staging.optional import sql
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.released_series",
    "one row per key, date, vintage",
    ("key", "observation_date", "available_at"),
    stamped(
        Column("key", "VARCHAR", note="kind:name, such as wasde:us.soybean_oil.ending_stocks"),
        Column("unit", "VARCHAR", "", "empty where the key says it", null=False),
        Column("value", "DOUBLE", "as in `unit`", null=False),
    ),
    "as in the table that it comes from",
    "staging.wasde, staging.cot_positions, staging.rin_prices, staging.substitutes, staging.crush_monthly, "
    "staging.export_sales, staging.biofuels, staging.crop_progress, staging.china_imports, staging.oni",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table from the typed ones; number of rows. Raises ContractError."""
    return replace(connection, SPEC, sql("released_series"))
