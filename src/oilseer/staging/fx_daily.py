"""staging.fx_daily: exchange rates the same way round, every vendor and vintage kept, from raw.fx_rates_1d."""

from importlib.resources import files

import duckdb

from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.fx_daily",
    "one row per pair, vendor, date, vintage",
    ("pair", "vendor", "observation_date", "available_at"),
    stamped(
        Column("pair", "VARCHAR", note="USDBRL: reais per dollar; DXY: the dollar index"),
        Column("quoted_pair", "VARCHAR", note="as delivered, MXNUSD", null=False),
        Column("rate", "DOUBLE", "foreign currency per dollar", null=False, low=0),
        Column("vendor", "VARCHAR"),
        Column("vendor_rank", "INTEGER", "", "which vendor stands where several have a date; 0 first", null=False),
    ),
    "17:00 New York of the date; FRED's the Monday after",
    "raw.fx_rates_1d",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table; number of rows. Raises ContractError."""
    return replace(connection, SPEC, (files("oilseer.staging") / "fx_daily.sql").read_text())
