"""Rates, the economy, exchange rates and monthly commodity prices."""

from oilseer.warehouse.spec import Column, TableSpec, stamped

FRED = TableSpec(
    "raw.fred_economic",
    "one row per series, date, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(Column("series_id", "VARCHAR"), Column("value", "DOUBLE", "the series' unit", null=False)),
    "ALFRED's vintage, or the documented publication lag",
    "FRED, Federal Reserve Bank of St. Louis; mostly US public domain",
)
FX = TableSpec(
    "raw.fx_rates_1d",
    "one row per pair, date, vendor, vintage",
    ("pair", "vendor", "observation_date", "available_at"),
    stamped(
        Column("pair", "VARCHAR", note="USDBRL: reais per dollar"),
        Column("vendor", "VARCHAR"),
        Column("rate", "DOUBLE", "quote per base", null=False, low=0),
    ),
    "the date 17:00 New York; rates of the H.10 release the Monday after",
    "a user's own file",
)
MONTHLY = TableSpec(
    "raw.worldbank_commodities",
    "one row per series, month, vintage",
    ("code", "observation_date", "available_at"),
    stamped(
        Column("code", "VARCHAR"),
        Column("unit", "VARCHAR", null=False),
        Column("value", "DOUBLE", "as in `unit`", null=False),
    ),
    "the second business day after the month",
    "World Bank Pink Sheet, CC BY 4.0",
)
BLS = TableSpec(
    "raw.bls_series",
    "one row per series, month, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(
        Column("series_id", "VARCHAR"),
        Column(
            "value", "DOUBLE", "index", "base of the series: 1982-84 or 1982 is 100, industries June 1985", null=False
        ),
        Column("preliminary", "BOOLEAN", note="BLS says so: producer prices for four months", null=False),
    ),
    "about the middle of the month after, 08:30 New York",
    "US Bureau of Labor Statistics; US public domain",
)

SPECS: tuple[TableSpec, ...] = (
    FRED,
    FX,
    MONTHLY,
    BLS,
)
