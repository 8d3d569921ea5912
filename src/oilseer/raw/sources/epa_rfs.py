"""Mandated volumes of the Renewable Fuel Standard, from a table that a person keeps.

Endpoint  none: EPA publishes volumes as rules of the Federal Register and as web pages, not as data
Access    drop a CSV with the header published,compliance_year,category,stage,volume,unit,citation,source_url, one line
          a rule, year and category. The final rules of reference/rfs_rules.csv are shipped; a line dropped here for
          the same rule replaces them, so this folder is for rules newer than the package and for proposals
Delay     none: a rule is public on the day of its publication, taken as 17:00 New York
Proven    against the layout declared here only; the shipped volumes against an independent table
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.raw.drop import dropped
from oilseer.raw.payload import csv_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import RFS_VOLUMES

TABLES = (RFS_VOLUMES,)
COLUMNS = ("published", "compliance_year", "category", "stage", "volume", "unit", "citation", "source_url")
CATEGORIES = (
    "cellulosic_biofuel", "biomass_based_diesel", "advanced_biofuel", "renewable_fuel", "supplemental"
)  # fmt: skip
STAGES = ("statutory", "proposed", "final")
UNITS = ("billion_gallons", "billion_rins")
LARGEST_BILLION = 60.0  # the law never asked for more than 36: a larger number is in millions
PUBLIC = Rule(at="17:00")
KEY = ("observation_date", "compliance_year", "category", "stage")
REMEDY = "correct the line; the docstring of epa_rfs shows the layout"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every CSV of the folder."""
    yield from dropped("epa_rfs", ask)


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a rule, compliance year, category and stage, public on its day. Raises SourceError."""
    rows = [_row(download, cells) for cells in csv_of(download, COLUMNS, remedy=REMEDY)]
    if not rows:
        raise refuse(download, "a header without rows", "volumes", REMEDY)
    schema = {"observation_date": pl.Date, "compliance_year": pl.Int32, "category": pl.String, "stage": pl.String,
              "volume": pl.Float64, "unit": pl.String, "citation": pl.String, "source_url": pl.String}  # fmt: skip
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), KEY, REMEDY)
    return (Rows(RFS_VOLUMES, frame.with_columns(published(PUBLIC, frame["observation_date"]).alias("available_at"))),)


def _row(download: Download, cells: dict[str, str]) -> tuple[date, int, str, str, float, str, str, str]:
    """One typed line."""
    line = f"line {cells['line']}"
    try:
        day = datetime.strptime(cells["published"], "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise refuse(download, f"published {cells['published']!r} in {line}", "YYYY-MM-DD", REMEDY) from None
    if day > download.fetched_at.date():
        raise refuse(download, f"published {day} in {line}", "a day that has been", REMEDY)
    if not re.fullmatch(r"20\d\d", cells["compliance_year"]):
        raise refuse(download, f"compliance_year {cells['compliance_year']!r} in {line}", "such as 2026", REMEDY)
    for name, allowed in (("category", CATEGORIES), ("stage", STAGES), ("unit", UNITS)):
        if cells[name] not in allowed:
            raise refuse(download, f"{name} {cells[name]!r} in {line}", f"one of {', '.join(allowed)}", REMEDY)
    category, unit = cells["category"], cells["unit"]
    if category != "biomass_based_diesel" and unit != "billion_rins":
        raise refuse(download, f"unit {unit} of {category} in {line}", "billion_rins", REMEDY)
    volume = number_of(download, cells["volume"], f"volume of {line}", REMEDY)
    if not 0 <= volume <= LARGEST_BILLION:
        raise refuse(download, f"volume {volume:g} in {line}", f"billions, 0 to {LARGEST_BILLION:g}", REMEDY)
    if not cells["citation"]:
        raise refuse(download, f"no citation in {line}", "the rule or statute, such as 88 FR 44468", REMEDY)
    year = int(cells["compliance_year"])
    return day, year, category, cells["stage"], volume, unit, cells["citation"], cells["source_url"]
