"""Exchange prices: futures by day and hour, their rolls, single contracts, nearest expiries and the VIX."""

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
VIX = TableSpec(
    "raw.cboe_vix",
    "one row per session, vintage",
    ("observation_date", "available_at"),
    stamped(Column("close", "DOUBLE", "index points", null=False, low=0, high=150)),
    "the date 17:00 New York",
    "Cboe; free to view, not redistributable",
)

SPECS: tuple[TableSpec, ...] = (
    FUTURES_1D,
    FUTURES_1H,
    FUTURES_ROLLS,
    CONTRACTS_1D,
    YAHOO,
    VIX,
)
