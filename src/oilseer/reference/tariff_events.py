"""Steps of trade and feedstock measures that moved soybean oil: announced, in force, raised, lowered, excluded, ended.

One row is one public step and holds only what it said itself: a later end is a row of its own, so that the rows known
at a cutoff say what was in force. Deeper than reference/event_calendar.csv, which has the acts that features read.
"""

import csv
import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from oilseer.errors import ConfigError
from oilseer.reference.news_rules import SIGNS
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

NEW_YORK = ZoneInfo("America/New_York")
CERTAINTIES = ("official", "reported", "approximate")
SPEC = TableSpec(
    "staging.tariff_events",
    "one row per step of a measure",
    ("event_id",),
    stamped(
        Column("event_id", "VARCHAR", note="measure, step, day; the date is that of the announcement"),
        Column("measure", "VARCHAR", null=False),
        Column("step", "VARCHAR", note="announced, raised, lowered, suspended, exclusion, deal, order, ended …",
               null=False),
        Column("imposed_by", "VARCHAR", null=False),
        Column("on_goods_of", "VARCHAR"),
        Column("goods", "VARCHAR"),
        Column("added_rate_percent", "DOUBLE", "percent", "duty on top of the ordinary one, after this step", low=0),
        Column("effective_on", "DATE", note="as said in this step; null where it named no day"),
        Column("ends_on", "DATE", note="as said in this step"),
        Column("direction_ratio", "DOUBLE", "−1 to 1", "of soybean oil by mechanism: 1 bullish; null none", low=-1,
               high=1),
        Column("certainty", "VARCHAR", note="official: law or Federal Register; reported: press of the day; "
               "approximate: within a day", null=False),
        Column("summary", "VARCHAR", null=False),
        Column("source_url", "VARCHAR", null=False),
    ),
    "17:00 New York of the day of announcement; a day later where that is approximate",
    "public facts shipped in reference/tariff_events.csv, each with its source",
)  # fmt: skip


@dataclass(frozen=True)
class TariffEvent:
    """One step; columns as in `SPEC`."""

    event_id: str
    measure: str
    step: str
    imposed_by: str
    on_goods_of: str | None
    goods: str | None
    added_rate_percent: float | None
    announced_on: date
    effective_on: date | None
    ends_on: date | None
    direction: int | None
    certainty: str
    summary: str
    source_url: str

    @property
    def available_at(self) -> datetime:
        """UTC instant from which the step may be used: late rather than early."""
        day = self.announced_on + timedelta(days=self.certainty == "approximate")
        return datetime.combine(day, time(17), NEW_YORK).astimezone(UTC)


@cache
def tariff_events() -> tuple[TariffEvent, ...]:
    """All steps in order of announcement. Raises ConfigError for a row that is not as `SPEC` says."""
    rows = csv.DictReader(_shipped().decode().splitlines())
    return tuple(sorted((_event(row) for row in rows), key=lambda event: (event.announced_on, event.event_id)))


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace staging.tariff_events by what the package ships; number of rows."""
    provenance = hashlib.sha256(_shipped()).hexdigest()
    rows = [
        {field.name: getattr(event, field.name) for field in fields(event) if field.name in SPEC.column_names}
        | {
            "direction_ratio": None if event.direction is None else float(event.direction),
            "observation_date": event.announced_on, "available_at": event.available_at, "availability": "vintage",
            "ingested_at": event.available_at, "source": "reference/tariff_events.csv", "provenance_id": provenance,
        }
        for event in tariff_events()
    ]  # fmt: skip
    return replace(connection, SPEC, pa.Table.from_pylist(rows).select(SPEC.column_names))


def _event(row: dict[str, str]) -> TariffEvent:
    try:
        made = row | {
            "added_rate_percent": float(row["added_rate_percent"]) if row["added_rate_percent"] else None,
            "direction": SIGNS[row["direction"]] if row["direction"] else None,
            "announced_on": date.fromisoformat(row["announced_on"]),
            **{name: date.fromisoformat(row[name]) if row[name] else None for name in ("effective_on", "ends_on")},
            **{name: row[name] or None for name in ("on_goods_of", "goods")},
        }
    except (KeyError, ValueError) as error:
        raise ConfigError(f"tariff_events.csv: row {row.get('event_id')}: {error}; repair the row") from None
    if row["certainty"] not in CERTAINTIES or not row["source_url"].startswith("https://"):
        found = f"certainty {row['certainty']!r} and source {row['source_url']!r}"
        raise ConfigError(
            f"tariff_events.csv: row {row['event_id']}: found {found}, expected one of {CERTAINTIES}, https"
        )
    return TariffEvent(**made)


@cache
def _shipped() -> bytes:
    return files("oilseer.reference").joinpath("tariff_events.csv").read_bytes()
