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

EXPORT_SALES = TableSpec(
    "raw.usda_export_sales",
    "one row per commodity, country, marketing year, week, vintage",
    ("commodity_code", "country_code", "market_year", "observation_date", "available_at"),
    stamped(
        Column("commodity_code", "VARCHAR", note="801 soybeans, 901 meal, 902 oil"),
        Column("country_code", "VARCHAR", note="5700 is China"),
        Column("market_year", "INTEGER", note="year in which the marketing year ends: 2026 is 2025/26"),
        Column("weekly_exports_mt", "DOUBLE", "t", "negative where an earlier week was corrected"),
        Column("accumulated_exports_mt", "DOUBLE", "t", "since the marketing year began", low=0),
        Column("outstanding_sales_mt", "DOUBLE", "t", low=0),
        Column("gross_new_sales_mt", "DOUBLE", "t"),
        Column("net_sales_mt", "DOUBLE", "t", "negative where more was cancelled than sold"),
        Column("total_commitment_mt", "DOUBLE", "t", "accumulated exports + outstanding sales", low=0),
        Column("next_year_outstanding_sales_mt", "DOUBLE", "t", low=0),
        Column("next_year_net_sales_mt", "DOUBLE", "t"),
    ),
    "the Thursday after the week's Thursday, 08:30 New York; later after holidays and shutdowns",
    "USDA FAS Export Sales Reporting, US public domain",
)
PSD = TableSpec(
    "raw.usda_psd",
    "one row per commodity, country, marketing year, attribute, vintage",
    ("commodity_code", "country_code", "market_year", "attribute_id", "observation_date", "available_at"),
    stamped(
        Column("commodity_code", "VARCHAR", note="seven digits, 4232000 is soybean oil"),
        Column("commodity", "VARCHAR"),
        Column("country_code", "VARCHAR", note="two letters of FAS, not ISO: CH is China"),
        Column("country", "VARCHAR"),
        Column(
            "market_year", "INTEGER", note="year in which the marketing year begins; observation_date is its 1 January"
        ),
        Column("attribute_id", "INTEGER", note="7 crush, 28 production, 57 imports, 88 exports, 176 ending stocks"),
        Column("attribute", "VARCHAR"),
        Column("revision_month", "DATE", note="first day of the month in which this value was released"),
        Column("value", "DOUBLE", "as in `unit`", null=False),
        Column("unit", "VARCHAR", note="(1000 MT), (1000 HA), (MT/HA), (PERCENT)", null=False),
    ),
    "the 12th of the month of revision 12:30 New York; later after shutdowns",
    "USDA FAS Production, Supply and Distribution, US public domain",
)
CROP_PROGRESS = TableSpec(
    "raw.usda_crop_progress",
    "one row per state, commodity, statistic, week, vintage",
    ("state", "commodity", "statistic", "observation_date", "available_at"),
    stamped(
        Column("state", "VARCHAR", note="name in capitals; US TOTAL is the nation"),
        Column("commodity", "VARCHAR", note="SOYBEANS"),
        Column("statistic", "VARCHAR", note="PCT PLANTED, PCT HARVESTED, PCT GOOD, PCT EXCELLENT and others"),
        Column("value", "DOUBLE", "%", null=False, low=0, high=100),
    ),
    "the Monday after the week's Sunday, 16:00 New York; a working day later after holidays",
    "USDA NASS QuickStats, US public domain",
)
NOPA_CRUSH = TableSpec(
    "raw.nopa_crush",
    "one row per month, vintage",
    ("observation_date", "available_at"),
    stamped(
        Column("crush_bu", "DOUBLE", "bu", "soybeans crushed by members", low=0),
        Column("oil_stocks_lb", "DOUBLE", "lb", "soybean oil stocks of members", low=0),
    ),
    "the 15th of the next month 12:00 New York, or the next working day",
    "NOPA, the user's own export; not redistributable",
)
COMTRADE_IMPORTS = TableSpec(
    "raw.comtrade_imports",
    "one row per reporter, partner, commodity, frequency, period, vintage",
    ("reporter_code", "partner_code", "commodity_code", "frequency", "observation_date", "available_at"),
    stamped(
        Column("reporter_code", "VARCHAR", note="M49, 156 is China"),
        Column("partner_code", "VARCHAR", note="M49, 0 is the world, 76 Brazil, 842 the United States"),
        Column("partner", "VARCHAR"),
        Column("commodity_code", "VARCHAR", note="HS text: 1201 soybeans, 1507 soybean oil"),
        Column("frequency", "VARCHAR", note="monthly or annual; observation_date is the period's first day"),
        Column("net_weight_kg", "DOUBLE", "kg", "null where not reported", low=0),
        Column("value_usd", "DOUBLE", "USD", "import value, mostly CIF", null=False, low=0),
    ),
    "three months after the month's end; annual figures six months after the year's end",
    "UN Comtrade, free with attribution",
)
MPOB_PALM = TableSpec(
    "raw.mpob_palm",
    "one row per series, month, unit, vintage",
    ("series", "unit", "observation_date", "available_at"),
    stamped(
        Column("series", "VARCHAR", note="exports_palm_oil, exports_cpo, exports_biodiesel and others"),
        Column("value", "DOUBLE", "as in `unit`", null=False, low=0),
        Column("unit", "VARCHAR", note="t or MYR million"),
    ),
    "the 20th of the next month 12:30 Kuala Lumpur",
    "MPOB, public",
)

SPECS: tuple[TableSpec, ...] = (
    WASDE,
    CRUSH_MONTHLY,
    EXPORT_SALES,
    PSD,
    CROP_PROGRESS,
    NOPA_CRUSH,
    COMTRADE_IMPORTS,
    MPOB_PALM,
)
