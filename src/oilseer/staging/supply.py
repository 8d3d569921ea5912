"""Supply, crush and trade of oilseeds in staging: WASDE, crush, exports, crops, China's imports, palm oil."""

from functools import partial

from oilseer.staging.optional import build_from
from oilseer.warehouse.spec import Column, TableSpec, stamped

WASDE = TableSpec(
    "staging.wasde",
    "one row per balance, commodity, attribute, marketing year, report, vintage",
    ("balance", "commodity", "attribute", "marketing_year", "observation_date", "available_at"),
    stamped(
        Column("balance", "VARCHAR", note="us, world, brazil, argentina or china"),
        Column("commodity", "VARCHAR", note="soybeans, soybean_oil or soybean_meal"),
        Column("attribute", "VARCHAR"),
        Column("marketing_year", "VARCHAR", note="2024/25"),
        Column("status", "VARCHAR", note="final, estimate or projection"),
        Column("value", "DOUBLE", "as in `unit`", null=False),
        Column("unit", "VARCHAR", note="as published", null=False),
    ),
    "the report date 12:00 New York",
    "raw.usda_wasde",
    may_be_empty=True,
)
CRUSH = TableSpec(
    "staging.crush_monthly",
    "one row per origin, month, vintage",
    ("origin", "observation_date", "available_at"),
    stamped(
        Column("origin", "VARCHAR", note="nass: all plants; nopa: members"),
        Column("crush_mbu", "DOUBLE", "million bu", null=False, low=0),
        Column("oil_produced_mlb", "DOUBLE", "million lb", low=0),
        Column("oil_stocks_mlb", "DOUBLE", "million lb", "crude and refined, end of the month", low=0),
        Column("oil_yield_lb_per_bu", "DOUBLE", "lb/bu", low=8, high=15),
    ),
    "NOPA the 15th of the next month; NASS the first business day of the second month after",
    "raw.usda_nass_crush, raw.nopa_crush",
    may_be_empty=True,
)
EXPORT_SALES = TableSpec(
    "staging.export_sales",
    "one row per commodity, destination, week, vintage",
    ("commodity", "destination", "observation_date", "available_at"),
    stamped(
        Column("commodity", "VARCHAR"),
        Column("destination", "VARCHAR", note="all or china"),
        Column("market_year", "INTEGER", "", "year in which it ends", null=False),
        Column("commitments_kt", "DOUBLE", "kt", "exported and still to ship, of this marketing year", low=0),
        Column("exported_kt", "DOUBLE", "kt", "since the marketing year began", low=0),
        Column("net_sales_kt", "DOUBLE", "kt", "of the week; below zero where more was cancelled"),
    ),
    "the Thursday after the week's Thursday, 08:30 New York",
    "raw.usda_export_sales",
    may_be_empty=True,
)
CROP_PROGRESS = TableSpec(
    "staging.crop_progress",
    "one row per stage, week, vintage",
    ("stage", "observation_date", "available_at"),
    stamped(
        Column("stage", "VARCHAR", note="planted, harvested, good, excellent and others"),
        Column("share_percent", "DOUBLE", "percent of the area", null=False, low=0, high=100),
    ),
    "the Monday after the week's Sunday, 16:00 New York",
    "raw.usda_crop_progress",
    may_be_empty=True,
)
CHINA_IMPORTS = TableSpec(
    "staging.china_imports",
    "one row per commodity, origin, month, vintage",
    ("commodity", "origin", "observation_date", "available_at"),
    stamped(
        Column("commodity", "VARCHAR"),
        Column("origin", "VARCHAR", note="world, brazil, us or argentina"),
        Column("imports_mmt", "DOUBLE", "million t", null=False, low=0),
    ),
    "three months after the month's end",
    "raw.comtrade_imports",
    may_be_empty=True,
)
PALM_EXPORTS = TableSpec(
    "staging.palm_exports",
    "one row per product, month, vintage",
    ("product", "observation_date", "available_at"),
    stamped(
        Column("product", "VARCHAR", note="cpo, ppo, palm_oil, biodiesel, total and others"),
        Column("exports_kt", "DOUBLE", "kt", "of Malaysia", null=False, low=0),
    ),
    "the 20th of the next month 12:30 Kuala Lumpur",
    "raw.mpob_palm",
    may_be_empty=True,
)

STEPS = (
    (WASDE, partial(build_from, spec=WASDE, parts={"usda_wasde": "wasde"})),
    (CRUSH, partial(build_from, spec=CRUSH, parts={"usda_nass_crush": "crush_nass", "nopa_crush": "crush_nopa"})),
    (EXPORT_SALES, partial(build_from, spec=EXPORT_SALES, parts={"usda_export_sales": "export_sales"})),
    (CROP_PROGRESS, partial(build_from, spec=CROP_PROGRESS, parts={"usda_crop_progress": "crop_progress"})),
    (CHINA_IMPORTS, partial(build_from, spec=CHINA_IMPORTS, parts={"comtrade_imports": "china_imports"})),
    (PALM_EXPORTS, partial(build_from, spec=PALM_EXPORTS, parts={"mpob_palm": "palm_exports"})),
)
