"""The steps of staging in their order; each rebuilds one table from raw or from an earlier step."""

from collections.abc import Callable

import duckdb

from oilseer.errors import ContractError
from oilseer.staging import market_daily, zl_prices_clean

STEPS: tuple[tuple[str, Callable[[duckdb.DuckDBPyConnection], int]], ...] = (
    (market_daily.SPEC.name, market_daily.build),
    (zl_prices_clean.SPEC.name, zl_prices_clean.build),
)
READS = ("databento_futures_ohlcv_1d", "user_futures_contracts_1d", "futures_rolls", "yahoo_prices_1d")


def build_all(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rebuild every staging table; rows by table.

    Raises ContractError where a raw table does not exist at all; an empty one is fine.
    """
    found = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables "
                                                  "WHERE table_schema = 'raw'").fetchall()}  # fmt: skip
    missing = [f"raw.{table}" for table in READS if table not in found]
    if missing:
        raise ContractError(f"staging reads {', '.join(missing)}: not there; make them with warehouse.write.ensure")
    return {name: build(connection) for name, build in STEPS}
