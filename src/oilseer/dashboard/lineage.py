"""From what a feature is made: the staging tables it reads, and theirs, down to raw."""

import re

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
    supply,
    zl_prices_clean,
    zl_realized_vol,
)
from oilseer.warehouse.spec import TableSpec

_MODULES = (
    biofuel, climate, cot_positions, fred_macro_panel, fx_daily, market_daily, market_hourly, news_bucketed,
    policy_events, supply, zl_prices_clean, zl_realized_vol,
)  # fmt: skip
_TABLE = re.compile(r"\b(?:raw|staging|reference)\.\w+")
SOURCES: dict[str, tuple[str, ...]] = {  # tables that each staging table is made from, by its own promise
    spec.name: tuple(table for table in _TABLE.findall(spec.source) if table != spec.name)
    for module in _MODULES
    for spec in vars(module).values()
    if isinstance(spec, TableSpec)
}


def lineage(reads: tuple[str, ...]) -> list[dict]:
    """Every table between a feature that reads `reads` and raw, once each, and from what it is made."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(reads)
    while waiting:
        table = waiting.pop(0)
        if table not in found:
            found[table] = SOURCES.get(table, ())
            waiting += found[table]
    return [{"table": table, "made_from": list(tables)} for table, tables in found.items()]


def raw_tables(reads: tuple[str, ...]) -> list[str]:
    """Raw tables at the end of the lineage, in its order."""
    return [row["table"] for row in lineage(reads) if row["table"].startswith("raw.")]
