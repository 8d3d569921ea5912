"""Energy, biofuels and their credits."""

from oilseer.warehouse.spec import Column, TableSpec, stamped

RIN = TableSpec(
    "raw.epa_rin_prices",
    "one row per transfer week and year, RIN year, D code, quality plan, vintage",
    ("observation_date", "transfer_year", "rin_year", "d_code", "qap", "available_at"),
    stamped(
        Column("transfer_year", "INTEGER", note="a week over New Year stands once for each year"),
        Column("rin_year", "INTEGER"),
        Column("d_code", "VARCHAR"),
        Column("qap", "VARCHAR", note="quality assurance plan"),
        Column("price_usd", "DOUBLE", "USD/RIN", null=False, low=0),
    ),
    "seven weeks after the transfer week ends, when EPA has posted",
    "EPA, US public domain",
)
EIA_SPOT = TableSpec(
    "raw.eia_petroleum",
    "one row per series, date, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(Column("series_id", "VARCHAR"), Column("value", "DOUBLE", "USD/bbl", null=False)),
    "the first Wednesday 13:00 New York that is two days later or more",
    "EIA, US public domain",
)

SPECS: tuple[TableSpec, ...] = (
    RIN,
    EIA_SPOT,
)
