"""The steps of staging in their order; each makes one table from raw or from an earlier step, where it has to.

A table whose inputs, code and reference files are those it was made from stays as it is; see `state`.
"""

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
    state,
    supply,
    zl_prices_clean,
    zl_realized_vol,
)
from oilseer.staging.sentiment import choose_scorer
from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import transaction

STEPS: tuple[tuple[TableSpec, Callable[[duckdb.DuckDBPyConnection], int]], ...] = (
    (symbols.SPEC, symbols.write),
    (market_daily.SPEC, market_daily.build),
    (market_hourly.SPEC, market_hourly.build),
    (zl_prices_clean.SPEC, zl_prices_clean.build),
    (zl_realized_vol.SPEC, zl_realized_vol.build),
    (fred_macro_panel.SPEC, fred_macro_panel.build),
    (fx_daily.SPEC, fx_daily.build),
    (cot_positions.SPEC, cot_positions.build),
    *supply.STEPS,
    *biofuel.STEPS,
    *climate.STEPS,
    (news_bucketed.SPEC, news_bucketed.build),
    (policy_events.SPEC, policy_events.build),
    (events.SPEC, events.write),
    (tariff_events.SPEC, tariff_events.write),
    (mandates.SPEC, mandates.write),
    (released_series.SPEC, released_series.build),
    (quality.SPEC, quality.build),
)
READS = (
    "databento_futures_ohlcv_1d", "databento_futures_ohlcv_1h", "user_futures_contracts_1d", "futures_rolls",
    "yahoo_prices_1d", "fred_economic", "fx_rates_1d", "cftc_cot_legacy", "cftc_cot_disaggregated", "cboe_vix",
)  # fmt: skip


def build_all(connection: duckdb.DuckDBPyConnection, finbert: Path | None = None) -> dict[str, int]:
    """Bring every staging table up to raw; rows by table of those that were made, the others were so already.

    finbert  a folder of its weights, where the user has named one
    Raises ContractError where a raw table does not exist at all; an empty one is fine. Otherwise as choose_scorer.
    """
    there = tables(connection)
    missing = [f"raw.{table}" for table in READS if f"raw.{table}" not in there]
    if missing:
        raise ContractError(f"staging reads {', '.join(missing)}: not there; make them with warehouse.write.ensure")
    scorer = choose_scorer(finbert)
    steps = dict(STEPS) | {news_bucketed.SPEC: partial(news_bucketed.build, scorer=scorer)}
    # committed before the steps: joins with a table of their own transaction have taken ten times as long
    market_daily.clock(connection)
    before, made = state.known(connection), {}
    contents: dict[str, str] = {}  # of each table as it stands now
    for spec, build in steps.items():
        for name in {*state.inputs(spec), spec.name} - contents.keys():
            contents[name] = state.content(connection, name) if name in there else "not there"
        made_from = state.made_from(spec, scorer.name, contents)
        if before.get(spec.name) == (made_from, contents[spec.name]):
            continue
        with transaction(connection):
            made[spec.name] = build(connection)
            contents[spec.name] = state.content(connection, spec.name)
            state.remember(connection, spec.name, made_from, contents[spec.name])
    return made
