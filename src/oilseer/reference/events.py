"""Dated public acts on trade and biofuel: when each was announced, in force, and ended, with its source.

A fact counts from the day after it was announced, because the hour is not recorded.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

TARIFF_KINDS = ("us_section_301", "us_tariff", "china_retaliation", "trade_deal")
RFS_KINDS = ("rfs_proposed", "rfs_final")
SPEC = TableSpec(
    "reference.event_calendar",
    "one row per event",
    ("event",),
    (
        Column("event", "VARCHAR"),
        Column("kind", "VARCHAR", "", ", ".join((*TARIFF_KINDS, *RFS_KINDS)), null=False),
        Column("announced_on", "DATE", null=False),
        Column("effective_on", "DATE"),
        Column("ended_on", "DATE", "", "first day on which it no longer held"),
        Column("soybean_duty_percent", "DOUBLE", "percent", "China's extra duty on US soybeans while it holds"),
        Column("title", "VARCHAR", null=False),
        Column("source_url", "VARCHAR", null=False),
    ),
    "shipped with the package; each event counts from the day after announced_on",
    "Federal Register and press, public facts",
)


@dataclass(frozen=True)
class Event:
    """One event; columns as in `SPEC`."""

    event: str
    kind: str
    announced_on: date
    effective_on: date | None
    ended_on: date | None
    soybean_duty_percent: float | None
    title: str
    source_url: str


@cache
def events() -> tuple[Event, ...]:
    """All events in order of announcement."""
    with (files("oilseer.reference") / "event_calendar.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    found = [
        Event(
            row["event"], row["kind"], date.fromisoformat(row["announced_on"]), _day(row["effective_on"]),
            _day(row["ended_on"]), float(row["soybean_duty_percent"]) if row["soybean_duty_percent"] else None,
            row["title"], row["source_url"],
        )
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda event: (event.announced_on, event.event)))


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace reference.event_calendar by what the package ships; number of rows."""
    return replace(connection, SPEC, pa.Table.from_pylist([vars(event) for event in events()]))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
