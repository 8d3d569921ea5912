"""The raw tables: vendors' rows with their own units, stamped with when the world could know them.

`available_at` is part of every key, so a later vintage stands beside the one before it.
"""

from oilseer.warehouse.spec import Column, TableSpec, stamped

_OHLCV = (
    Column("open", "DOUBLE", "as quoted"),
    Column("high", "DOUBLE", "as quoted"),
    Column("low", "DOUBLE", "as quoted"),
    Column("close", "DOUBLE", "as quoted", "last trade, not the settlement"),
    Column("volume", "BIGINT", "contracts", low=0),
)

FUTURES_1D = TableSpec(
    "raw.databento_futures_ohlcv_1d",
    "one row per symbol, contract, session, vintage",
    ("symbol", "contract", "observation_date", "available_at"),
    stamped(
        Column("symbol", "VARCHAR", note="root, ZL"),
        Column("contract", "VARCHAR", note="ZLZ25, or the vendor's instrument id where the month is unknown"),
        Column("contract_month", "DATE", note="first day of the delivery month"),
        *_OHLCV,
        Column("settle", "DOUBLE", "as quoted", "exchange settlement, where delivered"),
        Column("open_interest", "BIGINT", "contracts", low=0),
    ),
    "the session's date 17:00 New York",
    "Databento GLBX.MDP3 or a user's own file; exchange data, not redistributable",
)
FUTURES_1H = TableSpec(
    "raw.databento_futures_ohlcv_1h",
    "one row per symbol, contract, hour, vintage",
    ("symbol", "contract", "bar_start", "available_at"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("contract", "VARCHAR"),
        Column("bar_start", "TIMESTAMPTZ", "UTC", "start of the hour"),
        *_OHLCV,
    ),
    "the end of the bar",
    FUTURES_1D.source,
)
FUTURES_ROLLS = TableSpec(
    "raw.futures_rolls",
    "one row per symbol and roll, vintage",
    ("symbol", "observation_date", "available_at"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("from_contract", "VARCHAR"),
        Column("to_contract", "VARCHAR"),
        Column(
            "ratio",
            "DOUBLE",
            "ratio",
            "price of the new contract over the old at the roll",
            null=False,
            low=0.2,
            high=5,
        ),
    ),
    "the first session of the new contract, 17:00 New York",
    FUTURES_1D.source,
)
CONTRACTS_1D = TableSpec(
    "raw.user_futures_contracts_1d",
    "one row per symbol, delivery month, session, vintage",
    ("symbol", "contract_month", "observation_date", "available_at"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("contract_month", "DATE", note="first day of the delivery month"),
        Column("close", "DOUBLE", "as quoted", null=False),
        Column("volume", "BIGINT", "contracts", low=0),
        Column("open_interest", "BIGINT", "contracts", low=0),
    ),
    "the session's date 17:00 New York",
    "a user's own history of single contracts",
)
YAHOO = TableSpec(
    "raw.yahoo_prices_1d",
    "one row per symbol, session, vintage",
    ("symbol", "observation_date", "available_at"),
    stamped(Column("symbol", "VARCHAR"), *_OHLCV),
    "the session's date 17:00 New York",
    "Yahoo chart API, unofficial; nearest expiry, unadjusted; not redistributable",
)
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
COT_LEGACY = TableSpec(
    "raw.cftc_cot_legacy",
    "one row per contract code, report date, vintage",
    ("contract_code", "observation_date", "available_at"),
    stamped(
        Column("contract_code", "VARCHAR", note="007601 is ZL"),
        Column("open_interest", "BIGINT", "contracts", null=False, low=0),
        Column("noncommercial_long", "BIGINT", "contracts", low=0),
        Column("noncommercial_short", "BIGINT", "contracts", low=0),
        Column("commercial_long", "BIGINT", "contracts", low=0),
        Column("commercial_short", "BIGINT", "contracts", low=0),
    ),
    "Friday 15:30 New York for the Tuesday before; later after holidays",
    "CFTC, US public domain",
)
COT_DISAGGREGATED = TableSpec(
    "raw.cftc_cot_disaggregated",
    "one row per contract code, report date, vintage",
    ("contract_code", "observation_date", "available_at"),
    stamped(
        Column("contract_code", "VARCHAR"),
        Column("open_interest", "BIGINT", "contracts", null=False, low=0),
        Column("producer_long", "BIGINT", "contracts", low=0),
        Column("producer_short", "BIGINT", "contracts", low=0),
        Column("managed_money_long", "BIGINT", "contracts", low=0),
        Column("managed_money_short", "BIGINT", "contracts", low=0),
    ),
    COT_LEGACY.available_at,
    COT_LEGACY.source,
)
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
EIA_SPOT = TableSpec(
    "raw.eia_petroleum",
    "one row per series, date, vintage",
    ("series_id", "observation_date", "available_at"),
    stamped(Column("series_id", "VARCHAR"), Column("value", "DOUBLE", "USD/bbl", null=False)),
    "the first Wednesday 13:00 New York that is two days later or more",
    "EIA, US public domain",
)
ONI = TableSpec(
    "raw.noaa_oni",
    "one row per centre month, vintage",
    ("observation_date", "available_at"),
    stamped(Column("season", "VARCHAR"), Column("anomaly_c", "DOUBLE", "°C", null=False, low=-6, high=6)),
    "the 10th of the month after the three-month season ends",
    "NOAA CPC, US public domain",
)
VIX = TableSpec(
    "raw.cboe_vix",
    "one row per session, vintage",
    ("observation_date", "available_at"),
    stamped(Column("close", "DOUBLE", "index points", null=False, low=0, high=150)),
    "the date 17:00 New York",
    "Cboe; free to view, not redistributable",
)
WEATHER = TableSpec(
    "raw.weather_noaa",
    "one row per station, date, vintage",
    ("station_id", "observation_date", "available_at"),
    stamped(
        Column("station_id", "VARCHAR"),
        Column("region", "VARCHAR"),
        Column("precipitation_mm", "DOUBLE", "mm"),
        Column("temperature_max_c", "DOUBLE", "°C"),
        Column("temperature_min_c", "DOUBLE", "°C"),
        Column("temperature_mean_c", "DOUBLE", "°C"),
    ),
    "days (US) to weeks (South America) after the date",
    "NOAA NCEI, US public domain",
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
    FUTURES_1D, FUTURES_1H, FUTURES_ROLLS, CONTRACTS_1D, YAHOO, FRED, FX, COT_LEGACY, COT_DISAGGREGATED,
    WASDE, RIN, MONTHLY, EIA_SPOT, ONI, VIX, WEATHER, CRUSH_MONTHLY,
)  # fmt: skip
BY_NAME: dict[str, TableSpec] = {spec.name: spec for spec in SPECS}
