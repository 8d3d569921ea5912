"""The steps of staging in their order; each rebuilds one table from raw or from an earlier step."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from oilseer.errors import ContractError
from oilseer.reference import events, mandates, symbols, tariff_events
from oilseer.staging import (
    biofuel,
    climate,
    cot_positions,
    fred_macro_panel,
    fx_daily,
    market_daily,
    market_hourly,
    news_bucketed,
    policy_events,
    quality,
    released_series,
    supply,
    zl_prices_clean,
    zl_realized_vol,
)
from oilseer.warehouse.tables import tables

STEPS: tuple[tuple[str, Callable[[duckdb.DuckDBPyConnection], int]], ...] = (
    (symbols.SPEC.name, symbols.write),
    (market_daily.SPEC.name, market_daily.build),
    (market_hourly.SPEC.name, market_hourly.build),
    (zl_prices_clean.SPEC.name, zl_prices_clean.build),
    (zl_realized_vol.SPEC.name, zl_realized_vol.build),
    (fred_macro_panel.SPEC.name, fred_macro_panel.build),
    (fx_daily.SPEC.name, fx_daily.build),
    (cot_positions.SPEC.name, cot_positions.build),
    *supply.STEPS,
    *biofuel.STEPS,
    *climate.STEPS,
    (news_bucketed.SPEC.name, news_bucketed.build),
    (policy_events.SPEC.name, policy_events.build),
    (events.SPEC.name, events.write),
    (tariff_events.SPEC.name, tariff_events.write),
    (mandates.SPEC.name, mandates.write),
    (released_series.SPEC.name, released_series.build),
    (quality.SPEC.name, quality.build),
)
READS = (
    "databento_futures_ohlcv_1d", "databento_futures_ohlcv_1h", "user_futures_contracts_1d", "futures_rolls",
    "yahoo_prices_1d", "fred_economic", "fx_rates_1d", "cftc_cot_legacy", "cftc_cot_disaggregated", "cboe_vix",
)  # fmt: skip


def build_all(connection: duckdb.DuckDBPyConnection, finbert: Path | None = None) -> dict[str, int]:
    """Rebuild every staging table; rows by table. `finbert` is a folder of its weights, where the user has named one.

    Raises ContractError where a raw table does not exist at all; an empty one is fine.
    """
    found = tables(connection)
    missing = [f"raw.{table}" for table in READS if f"raw.{table}" not in found]
    if missing:
        raise ContractError(f"staging reads {', '.join(missing)}: not there; make them with warehouse.write.ensure")
    steps = dict(STEPS) | {news_bucketed.SPEC.name: partial(news_bucketed.build, finbert=finbert)}
    return {name: build(connection) for name, build in steps.items()}
