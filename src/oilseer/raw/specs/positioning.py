"""Who holds futures: the Commitments of Traders."""

from oilseer.warehouse.spec import Column, TableSpec, stamped

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

SPECS: tuple[TableSpec, ...] = (
    COT_LEGACY,
    COT_DISAGGREGATED,
)
