"""The first word on the month's crush: NOPA's members, from a user's own export.

Endpoint  no public one: NOPA reports to members and through paid data services
Access    drop a CSV, or an .xlsx with one sheet, into the source's folder. One line a month with these columns:
            month          2026-08
            crush_bu       bushels crushed by members, such as 194700000
            oil_stocks_lb  pounds of soybean oil held by members at the month's end, such as 1245000000
            released       optional: the day of the report, such as 2026-09-15
          A blank stays a blank. Numbers stand plain or with commas between thousands; thousand bushels or million
          pounds are refused, for the columns promise bushels and pounds
Delay     the 15th of the next month 12:00 New York, or the next working day: `lagged`; a day in `released`: `vintage`
Proven    against its own description only: no file of NOPA is public
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.raw.drop import dropped
from oilseer.raw.payload import csv_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs.agriculture import NOPA_CRUSH
from oilseer.raw.workbook import cells_of

TABLES = (NOPA_CRUSH,)
RULE = Rule(plus_months=1, day=15, at="12:00")
NOON = Rule(at="12:00")
COLUMNS = ("month", "crush_bu", "oil_stocks_lb")
CRUSH_BU = (5e7, 6e8)  # members crushed 90 to 230 million bushels in every month of this century
STOCKS_LB = (2e8, 1e10)  # and held 1 to 3.5 billion pounds
REMEDY = "name the columns month, crush_bu, oil_stocks_lb and give bushels and pounds, one line a month"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every file of the folder; a file may hold any months."""
    yield from dropped("nopa", ask, (".csv", ".xlsx"))


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a month, bushels and pounds. Raises SourceError for other units, columns and days."""
    lines = _of_sheet(download) if download.body.startswith(b"PK") else csv_of(download, COLUMNS, remedy=REMEDY)
    if not lines:
        raise refuse(download, "a header without lines", "a line a month", REMEDY)
    rows = [_row(download, line) for line in lines]
    schema = {"observation_date": pl.Date, "crush_bu": pl.Float64, "oil_stocks_lb": pl.Float64, "released": pl.Date}
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), ["observation_date"], REMEDY)
    on_its_day = frame.filter(pl.col("released").is_not_null())
    told = on_its_day.drop("released").with_columns(available_at=published(NOON, on_its_day["released"]))
    silent = frame.filter(pl.col("released").is_null()).drop("released")
    made = (Rows(NOPA_CRUSH, told), Rows(NOPA_CRUSH, silent, RULE))
    return tuple(rows for rows in made if not rows.frame.is_empty())


def _of_sheet(download: Download) -> list[dict[str, str]]:
    """Lines of the workbook's one sheet as text, as a CSV would give them."""
    header, *lines = [row for row in cells_of(download) if any(cell != "" for cell in row)] or [[]]
    names = [str(cell).strip() for cell in header]
    wrong = [name for name in COLUMNS if names.count(name) != 1]
    if wrong:
        raise refuse(download, f"columns {names}, {wrong} not once", f"{list(COLUMNS)} once each", REMEDY)
    return [
        dict(zip(names, (_text(cell) for cell in line), strict=True)) | {"line": str(number)}
        for number, line in enumerate(lines, start=2)
    ]


def _text(cell: object) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _row(download: Download, line: dict[str, str]) -> tuple[date, float | None, float | None, date | None]:
    """Month, crush, stocks and day of release of one line."""
    where = f"line {line['line']}"
    named = re.fullmatch(r"(\d{4})-(\d\d)(-\d\d)?", line["month"])
    month = _day(download, f"{named[1]}-{named[2]}-01" if named else line["month"], f"month in {where}", "2026-08")
    if month >= download.fetched_at.date().replace(day=1):
        raise refuse(download, f"month {month:%Y-%m} in {where}", "a month that is over", REMEDY)
    crush = _amount(download, line["crush_bu"], CRUSH_BU, f"crush_bu in {where}", "bushels")
    stocks = _amount(download, line["oil_stocks_lb"], STOCKS_LB, f"oil_stocks_lb in {where}", "pounds")
    if crush is None and stocks is None:
        raise refuse(download, f"neither crush nor stocks in {where}", "one of them", REMEDY)
    text = line.get("released", "")
    released = _day(download, text, f"released in {where}", "2026-09-15") if text else None
    if released is not None and not _after(month) <= released <= download.fetched_at.date():
        raise refuse(
            download, f"released {released} for {month:%Y-%m} in {where}", "a past day after the month", REMEDY
        )
    return month, crush, stocks, released


def _after(month: date) -> date:
    """First day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _day(download: Download, text: str, where: str, example: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(download, f"{text[:40]!r} for {where}", f"such as {example}", REMEDY) from None


def _amount(download: Download, text: str, bounds: tuple[float, float], where: str, unit: str) -> float | None:
    """A number inside what is possible in `unit`; None for a blank."""
    if not text:
        return None
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
    value = number_of(download, plain, where, REMEDY)
    if not bounds[0] <= value <= bounds[1]:
        expected = f"{unit}, {bounds[0]:,.0f} to {bounds[1]:,.0f}"
        raise refuse(download, f"{value:,.15g} for {where}", expected, REMEDY)
    return value
