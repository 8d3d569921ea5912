"""California's low carbon fuel credits: weekly volume-weighted prices of transfers, from CARB's workbook.

Endpoint  no API; the one .xlsx of https://ww2.arb.ca.gov/resources/documents/weekly-lcfs-credit-transfer-activity-reports
          whose address changes every week
Access    drop the workbook, or its sheet "Weekly Average Credit Price" saved as CSV, into the source's folder
Delay     posted on the Tuesday or Wednesday after the week; taken as the second Wednesday, and revised: vintages. A
          name with posted-YYYY-MM-DD makes all rows public from that day
Proven    against the documentation only: sheet and column names as public readers of the workbook give them. The
          monthly reports are PDF and are not read
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.drop import dropped, posted_at
from oilseer.raw.payload import csv_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import LCFS
from oilseer.raw.workbook import Cell, cells_of

TABLES = (LCFS,)
RULE = Rule(plus_days=7, weekday="wednesday", at="17:00", zone="America/Los_Angeles")
SHEET = "Weekly Average Credit Price"
WEEK, PRICE, VOLUME = "Week Of", "Weekly Average Credit Price ($)", "Total Volume (MT)"
COLUMNS = (WEEK, PRICE, VOLUME)
DEAREST_USD = 1000.0  # the price is capped near 270 USD: a larger number is another unit
REMEDY = "download the workbook of the weekly reports again and drop it unchanged"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every workbook and CSV of the folder; each holds the whole history."""
    yield from dropped("lcfs", ask, (".csv", ".xlsx"))


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a week that had transfers, at its last day, USD per credit. Raises SourceError."""
    csv = download.url.lower().endswith(".csv")
    lines = csv_of(download, COLUMNS, remedy=REMEDY) if csv else _sheet(download)
    rows = [row for row in (_row(download, cells) for cells in lines) if row]
    if not rows:
        raise refuse(download, "no week with a price", "weekly prices", REMEDY)
    schema = {"observation_date": pl.Date, "price_usd_per_credit": pl.Float64, "credits": pl.Float64}
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), ["observation_date"], REMEDY)
    frame = frame.with_columns(period=pl.lit("week"))
    posted = posted_at(download)
    if posted is None:
        return (Rows(LCFS, frame, RULE),)
    newest = frame["observation_date"].max()
    if newest >= posted.date():
        raise refuse(download, f"the week to {newest} posted on {posted.date()}", "weeks that were over",
                     "correct the posting date in the file's name")  # fmt: skip
    return (Rows(LCFS, frame.with_columns(available_at=pl.lit(posted, pl.Datetime("us", "UTC")))),)


def _sheet(download: Download) -> list[dict[str, Cell]]:
    """Lines of the weekly sheet by column name, whose words may be broken over lines."""
    rows = cells_of(download, SHEET)
    header = [" ".join(str(cell).split()) for cell in rows[0]] if rows else []
    wrong = [f"{name!r} {'twice' if name in header else 'missing'}" for name in COLUMNS if header.count(name) != 1]
    if wrong:
        raise refuse(download, f"{', '.join(wrong)} among columns {header}", f"columns {list(COLUMNS)}", REMEDY)
    lines = [dict(zip(header, cells, strict=True)) | {"line": place} for place, cells in enumerate(rows[1:], start=2)]
    return [line for line in lines if any(line[name] != "" for name in COLUMNS)]


def _row(download: Download, cells: dict[str, Cell]) -> tuple[date, float, float] | None:
    """Last day of the week, price and credits; None for a week without transfers."""
    where = f"line {cells['line']}"
    ends = _sunday(download, cells[WEEK], where)
    if cells[PRICE] == "" and cells[VOLUME] in ("", 0, 0.0, "0"):
        return None
    price = _dollars(download, cells[PRICE], f"{PRICE} of {where}")
    credits = _dollars(download, cells[VOLUME], f"{VOLUME} of {where}")
    if not 0 < price <= DEAREST_USD or credits <= 0:
        found = f"{price:g} USD and {credits:g} credits in {where}"
        raise refuse(download, found, f"USD per credit to {DEAREST_USD:g} and credits above 0", REMEDY)
    return ends, price, credits


def _sunday(download: Download, given: Cell, where: str) -> date:
    """The Sunday that ends the week; CARB names a week by its Monday, after a holiday by its Tuesday."""
    day = None
    if isinstance(given, datetime):
        day = given.date()
    elif isinstance(given, date):
        day = given
    elif isinstance(given, str):
        found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", given) or re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", given)
        parts = [int(number) for number in found.groups()] if found else []
        try:
            day = (date(*parts) if parts[0] > 31 else date(parts[2], parts[0], parts[1])) if parts else None
        except ValueError:
            day = None
    if day is None or day.weekday() > 1:
        raise refuse(download, f"{WEEK} {given!r} in {where}", "a Monday or Tuesday as a date", REMEDY)
    return day + timedelta(days=6 - day.weekday())


def _dollars(download: Download, given: Cell, where: str) -> float:
    """A number; text may carry a dollar sign and commas between thousands."""
    if isinstance(given, str):
        text = given.strip().removeprefix("$").strip()
        if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
            text = text.replace(",", "")
        return number_of(download, text, where, REMEDY)
    return number_of(download, given, where, REMEDY)
