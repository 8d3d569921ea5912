"""Biofuel and what competes with soybean oil in staging: RIN prices, EIA's biofuels, mandated volumes, other oils."""

from functools import partial

import duckdb
import pyarrow as pa

from oilseer.reference import rfs_rules
from oilseer.staging.optional import build_from, existing, sql
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

RIN_PRICES = TableSpec(
    "staging.rin_prices",
    "one row per D code, transfer week, vintage",
    ("d_code", "observation_date", "available_at"),
    stamped(
        Column("d_code", "VARCHAR", note="D3 cellulosic, D4 biomass-based diesel, D5 advanced, D6 renewable"),
        Column("price_usd_per_rin", "DOUBLE", "USD/RIN", null=False, low=0, high=10),
        Column("rin_year", "INTEGER", "", "year of the RINs chosen: the week's own, else the year before", null=False),
        Column("qap", "VARCHAR", "", "quality chosen: unverified, else Q-RIN", null=False),
    ),
    "when EPA posted the week, weeks to months after it",
    "raw.epa_rin_prices",
    may_be_empty=True,
)
BIOFUELS = TableSpec(
    "staging.biofuels",
    "one row per item, month, vintage",
    ("item", "observation_date", "available_at"),
    stamped(
        Column("item", "VARCHAR", note="name with its unit: soybean_oil_feedstock_mlb, biodiesel_production_mgal"),
        Column("value", "DOUBLE", "as the item's name ends", null=False, low=0),
    ),
    "about 60 days after the month",
    "raw.eia_biofuels",
    may_be_empty=True,
)
RFS_VOLUMES = TableSpec(
    "staging.rfs_volumes",
    "one row per compliance year, category, stage, rule, vintage",
    ("compliance_year", "category", "stage", "observation_date", "available_at"),
    stamped(
        Column("compliance_year", "INTEGER", note="the date is that of the rule's publication"),
        Column("category", "VARCHAR", note="biomass_based_diesel, advanced_biofuel, renewable_fuel and others"),
        Column("stage", "VARCHAR", note="statutory, proposed or final"),
        Column("volume", "DOUBLE", "as in `unit`", null=False, low=0),
        Column("unit", "VARCHAR", note="billion_gallons or billion_rins", null=False),
    ),
    "the day of publication 17:00 New York",
    "raw.epa_rfs_volumes; final rules of the Federal Register shipped in reference/rfs_rules.csv",
)
SUBSTITUTES = TableSpec(
    "staging.substitutes",
    "one row per oil, frequency, date, vintage",
    ("oil", "frequency", "observation_date", "available_at"),
    stamped(
        Column("oil", "VARCHAR", note="palm, sunflower, rapeseed or soybean"),
        Column("frequency", "VARCHAR", note="monthly: mean, dated the first; daily: a session's close"),
        Column("price_usd_per_mt", "DOUBLE", "USD/t", null=False, low=50, high=10000),
    ),
    "months on the second business day after; days at 17:00 New York",
    "raw.worldbank_commodities, raw.yahoo_prices_1d",
    may_be_empty=True,
)


def build_rfs_volumes(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild staging.rfs_volumes from the rules delivered and shipped; number of rows. Raises ContractError."""
    shipped = pa.Table.from_pylist(rfs_rules.stamped_rows())
    delivered = "SELECT * FROM rfs_shipped WHERE false"
    if "epa_rfs_volumes" in existing(connection, "raw"):
        delivered = "SELECT * EXCLUDE (citation, source_url) FROM raw.epa_rfs_volumes"
    connection.register("rfs_shipped", shipped)
    try:
        return replace(
            connection, RFS_VOLUMES, f"WITH rfs_delivered AS ({delivered}) SELECT * FROM ({sql('rfs_volumes')})"
        )
    finally:
        connection.unregister("rfs_shipped")


STEPS = (
    (RIN_PRICES, partial(build_from, spec=RIN_PRICES, parts={"epa_rin_prices": "rin_prices"})),
    (BIOFUELS, partial(build_from, spec=BIOFUELS, parts={"eia_biofuels": "biofuels"})),
    (RFS_VOLUMES, build_rfs_volumes),
    (
        SUBSTITUTES,
        partial(
            build_from,
            spec=SUBSTITUTES,
            parts={"worldbank_commodities": "substitutes_monthly", "yahoo_prices_1d": "substitutes_daily"},
        ),
    ),
)
