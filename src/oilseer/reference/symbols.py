"""Facts of each market symbol that staging knows: its quotation unit, and whether its contracts can give a front.

A symbol that is not listed stays in raw: its unit is unknown.
A history that holds one distant month a year (soybeans November, corn December) is never a front.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "reference.symbols",
    "one row per market symbol",
    ("symbol",),
    (
        Column("symbol", "VARCHAR"),
        Column("name", "VARCHAR", null=False),
        Column("quote_unit", "VARCHAR", null=False),
        Column("calendar_front", "BOOLEAN", "", "its contract history holds the nearby months", null=False),
        Column("max_days", "INTEGER", "days", "to delivery; a contract beyond is never front", null=False, low=1),
        Column("may_be_negative", "BOOLEAN", "", "has settled below zero: CL on 2020-04-20", null=False),
    ),
    "shipped with the package",
    "exchange rule books",
)


@dataclass(frozen=True)
class Symbol:
    """One symbol; units as in `SPEC`."""

    symbol: str
    name: str
    quote_unit: str
    calendar_front: bool
    max_days: int
    may_be_negative: bool


@cache
def symbols() -> dict[str, Symbol]:
    """All known symbols by name."""
    with (files("oilseer.reference") / "symbols.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {
        row["symbol"]: Symbol(
            row["symbol"], row["name"], row["quote_unit"], row["calendar_front"] == "true",
            int(row["max_days"]), row["may_be_negative"] == "true",
        )
        for row in rows
    }  # fmt: skip


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace reference.symbols by what the package ships; number of rows."""
    return replace(connection, SPEC, pa.Table.from_pylist([vars(symbol) for symbol in symbols().values()]))
