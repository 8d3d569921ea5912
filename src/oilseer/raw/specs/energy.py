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

EIA_WEEKLY = TableSpec(
    "raw.eia_petroleum_weekly",
    "one row per series, week, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(
        Column("series_id", "VARCHAR", note="EIA's name, such as WDISTUS1"),
        Column("product", "VARCHAR", note="EIA's code, such as EPD0"),
        Column("process", "VARCHAR", note="EIA's code, such as SAE for ending stocks"),
        Column("area", "VARCHAR", note="EIA's code, such as NUS"),
        Column("value", "DOUBLE", "as in `unit`", null=False),
        Column("unit", "VARCHAR", note="EIA's name, such as MBBL or MBBL/D", null=False),
    ),
    "Wednesday 13:00 New York after the Friday on which the week ends; later after holidays",
    "EIA API v2 petroleum/sum/sndw, US public domain",
)
EIA_BIOFUELS = TableSpec(
    "raw.eia_biofuels",
    "one row per series, month, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(
        Column("series_id", "VARCHAR", note="EIA's name, such as M_EPOOBDSO_YIFBP_NUS_MMLB; the date is the 1st"),
        Column("route", "VARCHAR", note="EIA's table, such as petroleum/pnp/feedbiofuel", null=False),
        Column(
            "product",
            "VARCHAR",
            note="EPOOBDSO soybean oil, EPOOBDCNO corn oil, EPOOBDCO canola oil, of all plants; EPOORDB biodiesel, "
            "EPOORDO renewable diesel",
        ),
        Column("process", "VARCHAR", note="EIA's code: inputs, production, stocks"),
        Column("area", "VARCHAR", note="EIA's code, such as NUS"),
        Column("value", "DOUBLE", "as in `unit`", null=False),
        Column("unit", "VARCHAR", note="EIA's name: MMLB is million lb, MBBL thousand bbl", null=False),
    ),
    "the third business day after the end of the second month after: about 60 days late",
    "EIA API v2 petroleum/pnp/feedbiofuel and petroleum/sum/snd, US public domain",
)
RFS_VOLUMES = TableSpec(
    "raw.epa_rfs_volumes",
    "one row per rule, compliance year, category, vintage",
    ("observation_date", "compliance_year", "category", "stage", "available_at"),
    stamped(
        Column("compliance_year", "INTEGER", note="the date is the day on which the rule was published", low=2006),
        Column(
            "category",
            "VARCHAR",
            note="cellulosic_biofuel, biomass_based_diesel, advanced_biofuel, renewable_fuel or supplemental",
        ),
        Column("stage", "VARCHAR", note="statutory, proposed or final"),
        Column("volume", "DOUBLE", "as in `unit`", null=False, low=0),
        Column("unit", "VARCHAR", note="billion_gallons (biomass_based_diesel until 2025) or billion_rins", null=False),
        Column("citation", "VARCHAR", note="statute or Federal Register page"),
        Column("source_url", "VARCHAR"),
    ),
    "the day of publication 17:00 New York",
    "EPA and the Federal Register, US public domain",
)
LCFS = TableSpec(
    "raw.lcfs_prices",
    "one row per period, kind of period, vintage",
    ("observation_date", "period", "available_at"),
    stamped(
        Column("period", "VARCHAR", note="week; the date is its last day, a Sunday"),
        Column("price_usd_per_credit", "DOUBLE", "USD/credit", "volume-weighted; a credit is 1 t CO2e", low=0),
        Column("credits", "DOUBLE", "credits", "transferred", low=0),
    ),
    "the second Wednesday after the week ends on a Sunday, 17:00 Los Angeles",
    "CARB, public; weekly credit transfer activity reports",
)

SPECS: tuple[TableSpec, ...] = (
    RIN,
    EIA_SPOT,
    EIA_WEEKLY,
    EIA_BIOFUELS,
    RFS_VOLUMES,
    LCFS,
)
