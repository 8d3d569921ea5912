"""staging.market_daily: the continuous front of every symbol, from raw contract prices and the roll rule."""

from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.market.rolls import Quotes, front_rows, volumes_before
from oilseer.reference.symbols import symbols
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

SPEC = TableSpec(
    "staging.market_daily",
    "one row per symbol of reference/symbols.csv and session",
    ("symbol", "observation_date"),
    stamped(
        Column("symbol", "VARCHAR"),
        Column("contract", "VARCHAR", note="ZLZ25; null where the vendor gives its nearest expiry only"),
        Column("contract_month", "DATE", note="first day of the delivery month"),
        Column("open", "DOUBLE", "as quoted"),
        Column("high", "DOUBLE", "as quoted"),
        Column("low", "DOUBLE", "as quoted"),
        Column("close", "DOUBLE", "as quoted", "last trade of the unadjusted front", null=False),
        Column("settle", "DOUBLE", "as quoted", "exchange settlement, where a source gives it"),
        Column("volume", "BIGINT", "contracts"),
        Column("open_interest", "BIGINT", "contracts"),
        Column("is_roll", "BOOLEAN", "", "first session of a new front contract", null=False),
        Column("return_log", "DOUBLE", "log ratio", "of the contract held since the session before"),
        Column("return_basis", "VARCHAR", "", "same_contract, roll_ratio, unadjusted, or null with the return"),
        Column("second_contract_month", "DATE", "", "next delivery month quoted, else the one before"),
        Column("second_close", "DOUBLE", "as quoted", "close of second_contract_month"),
        Column(
            "basis", "VARCHAR", "", "exchange, user (own contract history) or nearest (unknown contract)", null=False
        ),
    ),
    "17:00 New York of the session; vintages after it are kept in raw and not used",
    "raw.databento_futures_ohlcv_1d, raw.user_futures_contracts_1d, raw.futures_rolls, raw.yahoo_prices_1d, "
    "raw.cboe_vix",
    may_be_empty=True,
)


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the table from raw; number of rows. Raises ContractError."""
    clock(connection)
    here = files("oilseer.staging")
    _register_symbols(connection)
    query = (here / "market_quotes.sql").read_text().rstrip().rstrip(";")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE market_quotes AS {query}")
    mask = _fronts(connection)
    connection.register("front_mask", pa.table({"is_front": mask}))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE market_fronts AS "
        "SELECT q.* FROM market_quotes AS q POSITIONAL JOIN front_mask AS m WHERE m.is_front"
    )
    connection.unregister("front_mask")
    rows = replace(connection, SPEC, (here / "market_daily.sql").read_text())
    # after an error they go with the transaction, which takes no statement any more
    for table in ("market_quotes", "market_fronts", "market_symbols"):
        connection.execute(f"DROP TABLE {table}")
    return rows


def clock(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `clock`: each calendar day and its cutoff, 17:00 New York."""
    query = (files("oilseer.staging") / "clock.sql").read_text().rstrip().rstrip(";")
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS clock AS {query}")


def _register_symbols(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `market_symbols`: the facts of reference/symbols.csv; others stay in raw."""
    facts = sorted(symbols().values(), key=lambda fact: fact.symbol)
    rows = {
        name: [getattr(fact, name) for fact in facts]
        for name in ("symbol", "calendar_front", "max_days", "may_be_negative")
    }
    connection.register("symbol_rows", pa.table(rows | {"symbol_id": range(len(facts))}))
    connection.execute("CREATE OR REPLACE TEMP TABLE market_symbols AS SELECT * FROM symbol_rows")
    connection.unregister("symbol_rows")


def _fronts(connection: duckdb.DuckDBPyConnection) -> np.ndarray:
    """Which row of market_quotes, in its order, is a session's front; (n,) bool."""
    found = connection.execute(
        "SELECT symbol_id, observation_date, contract_month, CAST(volume AS DOUBLE) AS volume, is_exchange "
        "FROM market_quotes ORDER BY rowid"
    ).fetchnumpy()
    facts = connection.execute("SELECT calendar_front, max_days FROM market_symbols ORDER BY symbol_id").fetchnumpy()
    symbol = np.ma.getdata(found["symbol_id"]).astype(np.int64)
    day = found["observation_date"].astype("datetime64[D]")
    month = np.ma.filled(found["contract_month"].astype("datetime64[M]"), np.datetime64("NaT"))
    volume = np.ma.filled(found["volume"].astype(float), np.nan)
    return front_rows(
        Quotes(
            symbol, np.ma.getdata(day), month, volumes_before(symbol, np.ma.getdata(day), month, volume),
            np.ma.getdata(found["is_exchange"]), facts["calendar_front"][symbol], facts["max_days"][symbol],
        )
    )  # fmt: skip
