"""staging.fred_macro_panel: FRED's series in long form, every vintage kept, from raw.fred_economic."""

from importlib.resources import files

import duckdb

from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.fred_macro_panel",
    "one row per series, date, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(Column("series_id", "VARCHAR"), Column("value", "DOUBLE", "the series' unit", null=False)),
    "ALFRED's vintage, or the documented publication lag",
    "raw.fred_economic",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table; number of rows. Raises ContractError."""
    return replace(connection, SPEC, (files("oilseer.staging") / "fred_macro_panel.sql").read_text())
