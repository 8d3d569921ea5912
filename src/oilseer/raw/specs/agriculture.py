"""Supply, demand, crops, crush and trade of oilseeds."""

from oilseer.warehouse.spec import Column, TableSpec, stamped

WASDE = TableSpec(
    "raw.usda_wasde",
    "one row per report, table, commodity, region, attribute, marketing year, column",
    (
        "table_kind",
        "commodity",
        "region",
        "attribute",
        "marketing_year",
        "report_column",
        "observation_date",
        "available_at",
    ),
    stamped(
        Column("table_kind", "VARCHAR", note="us or world"),
        Column("commodity", "VARCHAR"),
        Column("region", "VARCHAR"),
        Column("attribute", "VARCHAR"),
        Column("marketing_year", "VARCHAR"),
        Column("report_column", "VARCHAR", note="single, current_month or previous_month"),
        Column("status", "VARCHAR", note="final, estimate or projection"),
        Column("value", "DOUBLE", "as in `unit`", null=False),
        Column("unit", "VARCHAR", null=False),
    ),
    "the report date 12:00 New York",
    "USDA WASDE, US public domain",
)
CRUSH_MONTHLY = TableSpec(
    "raw.usda_nass_crush",
    "one row per month, vintage",
    ("observation_date", "available_at"),
    stamped(
        Column("crush_short_tons", "BIGINT", "short tons", low=0),
        Column("oil_produced_klb", "BIGINT", "thousand lb", low=0),
        Column("oil_stocks_klb", "BIGINT", "thousand lb", low=0),
    ),
    "the first business day of the second month after",
    "USDA NASS Fats and Oils, US public domain",
)

SPECS: tuple[TableSpec, ...] = (
    WASDE,
    CRUSH_MONTHLY,
)
