"""Biofuel credits: EPA's weekly volume-weighted prices of separated RINs, from the export of its web page.

Endpoint  no API; "Export Table" under RIN prices on
          https://www.epa.gov/fuels-registration-reporting-and-compliance-help/rin-trades-and-price-information
Access    drop the CSV into the source's folder as exported, all D codes and years. Where you know the day on which
          EPA posted it, put it into the name: RIN_prices_export_2022_posted-2022-12-20.csv. All rows of such a file
          are then public from 17:00 New York of that day and not before, so drop an export without a date first: it
          carries the history, each week counted as public 56 days after it began
Delay     posted monthly, two to seven weeks late, and revised: of 3,320 weeks in two exports 2 differ
Proven    against recorded bytes of two exports (first and last 400 lines of each)
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.drop import dropped, posted_at
from oilseer.raw.payload import csv_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import RIN

TABLES = (RIN,)
RULE = Rule(plus_days=56, at="17:00")
WEEK, YEAR, RIN_YEAR = "Transfer Date by Week", "Transfer Year", "RIN Year"
D_CODE, QAP, PRICE = "Fuel (D Code)", "QAP Service Type", "RIN Price"
COLUMNS = (WEEK, YEAR, RIN_YEAR, D_CODE, QAP, PRICE)
FIRST_WEEK = date(2010, 6, 28)  # of EPA's moderated transaction system
DEAREST_USD = 20.0  # the dearest RIN on record is below 4 USD: a larger number is another unit
KEY = ("observation_date", "transfer_year", "rin_year", "d_code", "qap")
REMEDY = "export the table again from EPA's page as CSV and drop it unchanged"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every export in the folder, oldest posting first; an export always holds all weeks, so dates are not cut."""
    yield from dropped("epa_rin", ask)


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a transfer week, year, RIN year, D code and quality plan, USD per RIN. Raises SourceError."""
    rows = [_row(download, cells) for cells in csv_of(download, COLUMNS, remedy=REMEDY)]
    if not rows:
        raise refuse(download, "a header without rows", "weekly prices", REMEDY)
    schema = {"observation_date": pl.Date, "transfer_year": pl.Int32, "rin_year": pl.Int32, "d_code": pl.String,
              "qap": pl.String, "price_usd": pl.Float64}  # fmt: skip
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), KEY, REMEDY)
    posted = posted_at(download)
    if posted is None:
        return (Rows(RIN, frame, RULE),)
    newest = frame["observation_date"].max()
    if newest + timedelta(days=7) > posted.date():
        raise refuse(
            download, f"the week of {newest} in an export posted on {posted.date()}", "weeks that were over",
            "correct the posting date in the file's name",
        )  # fmt: skip
    return (Rows(RIN, frame.with_columns(available_at=pl.lit(posted, pl.Datetime("us", "UTC")))),)


def _row(download: Download, cells: dict[str, str]) -> tuple[date, int, int, str, str, float]:
    """One typed line of the export."""
    line = f"line {cells['line']}"
    week = _week(download, cells[WEEK], line)
    year, rin_year = (_year(download, cells[name], f"{name} of {line}") for name in (YEAR, RIN_YEAR))
    if year not in (week.year, (week + timedelta(days=6)).year):
        raise refuse(download, f"{YEAR} {year} for the week of {week} in {line}", "a year of that week", REMEDY)
    if not re.fullmatch(r"D[3-7]", cells[D_CODE]) or not cells[QAP]:
        found = f"{D_CODE} {cells[D_CODE]!r} and {QAP} {cells[QAP]!r} in {line}"
        raise refuse(download, found, "D3 to D7 and a quality plan", REMEDY)
    text = cells[PRICE]
    if not text.startswith("$"):
        raise refuse(download, f"{PRICE} {text!r} in {line}", "US dollars such as $0.44", REMEDY)
    price = number_of(download, text.removeprefix("$"), f"{PRICE} of {line}", REMEDY)
    if not 0 <= price <= DEAREST_USD:
        raise refuse(download, f"{PRICE} {text} in {line}", f"USD per RIN, 0 to {DEAREST_USD:g}", REMEDY)
    return week, year, rin_year, cells[D_CODE], cells[QAP], price


def _week(download: Download, text: str, line: str) -> date:
    """The Monday that `M/D/YYYY` names."""
    found = re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text)
    try:
        month, day, year = (int(number) for number in found.groups()) if found else (0, 0, 0)
        week = date(year, month, day)
    except ValueError:
        raise refuse(download, f"{WEEK} {text!r} in {line}", "a day such as 6/28/2010", REMEDY) from None
    if week.weekday() != 0 or week < FIRST_WEEK:
        raise refuse(download, f"{WEEK} {text} in {line}", f"a Monday, {FIRST_WEEK} or later", REMEDY)
    return week


def _year(download: Download, text: str, where: str) -> int:
    if not re.fullmatch(r"20\d\d", text):
        raise refuse(download, f"{text!r} for {where}", "a year such as 2022", REMEDY)
    return int(text)
