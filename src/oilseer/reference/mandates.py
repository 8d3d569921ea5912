"""Mandate paths of biofuels: what a government asked for, from when, and since when that was known.

Public facts of law and press, each with its source: the RFS, aviation fuel, RenovaBio, blending in Brazil and
Indonesia. What could not be sourced is left out, so a year without a line is unknown, not zero.
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

STATUSES = ("adopted", "planned", "suspended")
SPEC = TableSpec(
    "reference.mandates",
    "one row per programme, step and announcement",
    ("programme", "what", "announced"),
    (
        Column("programme", "VARCHAR"),
        Column("country", "VARCHAR", note="us, eu, gb, br or id", null=False),
        Column("what", "VARCHAR"),
        Column("status", "VARCHAR", note="adopted; planned: a later step; suspended: a step put off", null=False),
        Column("announced", "DATE", note="known from this day on, and not before"),
        Column("effective", "DATE", note="from when it counts; may lie before the announcement", null=False),
        Column("value", "DOUBLE", "as in `unit`", null=False, low=0),
        Column("unit", "VARCHAR", null=False),
        Column("document", "VARCHAR", null=False),
        Column("source_url", "VARCHAR", null=False),
    ),
    "shipped with the package; a row is known from `announced` on",
    "public facts; `source_url` names where each was read",
)  # fmt: skip


@dataclass(frozen=True)
class Mandate:
    """One step of a path; units as in `unit`."""

    programme: str
    country: str
    what: str
    status: str
    announced: date
    effective: date
    value: float
    unit: str
    document: str
    source_url: str


@cache
def mandates() -> tuple[Mandate, ...]:
    """All steps in the order of the file: by programme, then announcement."""
    with (files("oilseer.reference") / "mandates.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    typed = [
        row | {name: date.fromisoformat(row[name]) for name in ("announced", "effective")}
        | {"value": float(row["value"])}
        for row in rows
    ]  # fmt: skip
    return tuple(Mandate(**row) for row in typed)


def known_on(day: date) -> dict[str, tuple[Mandate, ...]]:
    """By programme, the steps announced on or before `day`, of each effective date only the newest word."""
    found: dict[tuple[str, str, date], Mandate] = {}
    for step in sorted((m for m in mandates() if m.announced <= day), key=lambda m: m.announced):
        kind = step.what if step.programme in ("RFS",) else ""
        found[step.programme, kind, step.effective] = step
    by_programme: dict[str, tuple[Mandate, ...]] = {}
    for step in sorted(found.values(), key=lambda m: (m.programme, m.effective)):
        by_programme[step.programme] = (*by_programme.get(step.programme, ()), step)
    return by_programme


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace reference.mandates by what the package ships; number of rows."""
    return replace(connection, SPEC, pa.Table.from_pylist([vars(step) for step in mandates()]))
