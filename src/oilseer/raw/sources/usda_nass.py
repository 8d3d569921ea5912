"""Soybeans in the field and at the mill: crop progress and condition by state, and the monthly crush, from USDA NASS.

Endpoint  https://quickstats.nass.usda.gov/api/api_GET, one year a request: 50,000 rows an answer is the limit
Access    free key in the parameter `key`; without it crop condition and the crush are missing
Delay     progress and condition: weeks end on Sunday, public on Monday 16:00 New York, on Tuesday after a holiday,
          April to November. Crush ("Fats and Oils"): the first working day of the second month after, 15:00.
          QuickStats holds the newest figures only: `lagged`. What fell into a shutdown counts from when the office
          was surely back
Proven    the envelope, its text numbers and errors against recorded bytes (yields of corn); the names of our series
          against public descriptions. Stocks are crude oil on and off site, as in the history of the crush
"""

import re
from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Hold, Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import CRUSH_MONTHLY
from oilseer.raw.specs.agriculture import CROP_PROGRESS

TABLES = (CRUSH_MONTHLY, CROP_PROGRESS)
URL = "https://quickstats.nass.usda.gov/api/api_GET/"
SHUTDOWN = "shutdown of the US government"
PROGRESS_RULE = Rule(
    next_weekday="monday",
    at="16:00",
    held=(
        Hold(**{"from": date(2013, 10, 1), "until": date(2013, 10, 21)}, reason=SHUTDOWN),
        Hold(**{"from": date(2025, 10, 1), "until": date(2025, 11, 25)}, reason=SHUTDOWN),
    ),
)
CRUSH_RULE = Rule(
    month_end=True,
    plus_months=1,
    business_days=1,
    at="15:00",
    held=(
        Hold(**{"from": date(2018, 12, 22), "until": date(2019, 3, 1)}, reason=SHUTDOWN),
        Hold(**{"from": date(2025, 10, 1), "until": date(2025, 12, 15)}, reason=SHUTDOWN),
    ),
)
WEEKLY = {"commodity_desc": "SOYBEANS", "freq_desc": "WEEKLY"}
QUERIES = {
    "progress": WEEKLY | {"statisticcat_desc": "PROGRESS"},
    "condition": WEEKLY | {"statisticcat_desc": "CONDITION"},
    "crush": {"short_desc__LIKE": "%SOYBEAN%", "freq_desc": "MONTHLY", "agg_level_desc": "NATIONAL"},
}
CRUSH = {  # column: series, the domain that is the whole of it, and how many of its unit make one of ours
    "crush_short_tons": ("SOYBEANS - CRUSHED, MEASURED IN TONS", "TOTAL", 1),
    "oil_produced_klb": ("OIL, SOYBEAN, CRUDE - PRODUCTION, MEASURED IN LB", "(CRUSHER)", 1_000),
    "oil_stocks_klb": (
        "OIL, SOYBEAN, ONSITE & OFFSITE, CRUDE - STOCKS, MEASURED IN LB", "(CRUSHER OR REFINER OR WAREHOUSE)", 1_000,
    ),
}  # fmt: skip
FIRST_CRUSH = 2015  # the Census Bureau stopped in 2011, NASS began in 2015
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WITHHELD = ("(D)", "(NA)", "(S)", "(X)", "(Z)", "(H)", "(L)")  # NASS: no number is told
FIELDS = ("commodity_desc", "short_desc", "statisticcat_desc", "unit_desc", "freq_desc", "agg_level_desc", "state_name",
          "domain_desc", "domaincat_desc", "year", "reference_period_desc", "week_ending", "Value")  # fmt: skip
REMEDY = "compare with https://quickstats.nass.usda.gov; if names changed for good, change usda_nass"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One download a year and query.

    NASS answers 400 where it has no row: before the season begins, and for the crush before it was collected again.
    """
    if not ask.key:
        raise SourceError(
            "usda_nass: found no key, expected USDA_NASS_API_KEY; get one free at quickstats.nass.usda.gov/api"
        )
    for year in range(ask.since.year, ask.until.year + 1):
        for name, query in QUERIES.items():
            part = f"{name}-{year}"
            if (ask.parts and part not in ask.parts) or (name == "crush" and year < FIRST_CRUSH):
                continue
            params = {"source_desc": "SURVEY", **query, "year": str(year), "format": "JSON"}
            empty = (400,) if year >= ask.now.year or (name == "crush" and year == FIRST_CRUSH) else ()
            found = http.get(URL, part=part, params=params, secret={"key": ask.key}, missing=empty)
            if found is not None:
                yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """Percent by state and week, or the month's crush. Raises SourceError, also for the service's own errors."""
    named = re.fullmatch(r"(progress|condition|crush)-(\d{4})", download.part)
    if not named:
        raise refuse(download, f"part {download.part!r}", "a part such as progress-2026", REMEDY)
    lines = _lines(download, named[2])
    if named[1] == "crush":
        return (Rows(CRUSH_MONTHLY, _crush(download, lines), CRUSH_RULE),)
    return (Rows(CROP_PROGRESS, _percents(download, lines, named[1].upper()), PROGRESS_RULE),)


def _lines(download: Download, year: str) -> list[dict[str, str]]:
    """The rows of the answer: text in every field, of the year that was asked for."""
    answer = json_of(download)
    if isinstance(answer, dict) and "error" in answer:
        remedy = "ask for fewer rows" if "limit" in str(answer["error"]) else REMEDY
        raise refuse(download, f"the error {answer['error']}", "rows under `data`", remedy)
    lines = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(lines, list) or not lines or not all(isinstance(line, dict) for line in lines):
        raise refuse(download, f"{str(answer)[:80]!r}", "rows under `data`", REMEDY)
    for line in lines:
        wrong = [
            name
            for name in FIELDS
            if not isinstance(line.get(name), str) and (name, type(line.get(name))) != ("year", int)
        ]
        if wrong:
            raise refuse(download, f"row {str(line)[:80]!r} without text in {wrong}", "text", REMEDY)
        if str(line["year"]) != year:
            raise refuse(download, f"a row of {line['year']}", f"rows of {year} only", REMEDY)
    return lines


def _percents(download: Download, lines: list[dict[str, str]], category: str) -> pl.DataFrame:
    """Rows of crop progress or condition."""
    rows = []
    for line in lines:
        where = f"{line['unit_desc']} in {line['state_name']} in the week to {line['week_ending']}"
        expected = f"SOYBEANS - {category}, MEASURED IN {line['unit_desc']}"
        if line["short_desc"] != expected or not line["unit_desc"].startswith("PCT "):
            raise refuse(download, f"series {line['short_desc']!r}", f"{expected!r}, in percent", REMEDY)
        if line["agg_level_desc"] not in ("NATIONAL", "STATE") or line["domain_desc"] != "TOTAL":
            continue
        week = _week(download, line)
        value = _value(download, line, where)
        if value is None:
            continue
        if not 0 <= value <= 100:
            raise refuse(download, f"{value:g} for {where}", "0 to 100 percent", REMEDY)
        rows.append((line["state_name"], line["commodity_desc"], line["unit_desc"], value, week))
    schema = {"state": pl.String, "commodity": pl.String, "statistic": pl.String, "value": pl.Float64,
              "observation_date": pl.Date}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return once_each(download, frame, ["state", "commodity", "statistic", "observation_date"])


def _week(download: Download, line: dict[str, str]) -> date:
    try:
        week = date.fromisoformat(line["week_ending"])
    except ValueError:
        week = None
    if week is None or not 0 <= int(line["year"]) - week.year <= 1 or week > download.fetched_at.date():
        found = f"week_ending {line['week_ending']!r} of {line['year']}"
        raise refuse(download, found, "a past day of that year such as 2026-05-03", REMEDY)
    return week


def _value(download: Download, line: dict[str, str], where: str) -> float | None:
    """The number with commas between thousands; None for a code that tells none."""
    text = line["Value"].strip()
    if text in WITHHELD:
        return None
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    return number_of(download, text, f"Value of {where}", REMEDY)


def _crush(download: Download, lines: list[dict[str, str]]) -> pl.DataFrame:
    """Rows of the crush: the three series side by side by month."""
    told: dict[date, dict[str, int]] = {}
    for column, (series, domain, unit) in CRUSH.items():
        mine = [line for line in lines if line["short_desc"] == series and _is_whole(line, domain)]
        if not mine:
            found = f"{len(lines)} rows, none of {series!r} with domain {domain!r}"
            raise refuse(download, found, "the series of every month", REMEDY)
        for line in mine:
            month = _month(download, line)
            if month is None:
                continue
            value = _value(download, line, f"{series} in {month:%Y-%m}")
            if value is None:
                continue
            if value % unit or value <= 0:
                raise refuse(
                    download, f"{line['Value']!r} for {series} in {month:%Y-%m}", f"a multiple of {unit:,}", REMEDY
                )
            if told.setdefault(month, {}).setdefault(column, int(value) // unit) != int(value) // unit:
                raise refuse(download, f"two values for {series} in {month:%Y-%m}", "one", REMEDY)
    rows = [(month, *(told[month].get(column) for column in CRUSH)) for month in sorted(told)]
    schema = {"observation_date": pl.Date} | dict.fromkeys(CRUSH, pl.Int64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _is_whole(line: dict[str, str], domain: str) -> bool:
    """Whether a row is of all mills (or of all places) and not of a part of them."""
    return line["domain_desc"] == "TOTAL" or (domain != "TOTAL" and line["domaincat_desc"].endswith(domain))


def _month(download: Download, line: dict[str, str]) -> date | None:
    """First day of the month; None for a year's total."""
    period = line["reference_period_desc"].strip().upper()
    if line["freq_desc"] != "MONTHLY" or period in ("YEAR", "MARKETING YEAR"):
        return None
    if period not in MONTHS:
        raise refuse(download, f"reference_period_desc {period!r}", f"one of {', '.join(MONTHS)}", REMEDY)
    month = date(int(line["year"]), MONTHS.index(period) + 1, 1)
    if month > download.fetched_at.date():
        raise refuse(download, f"the month {month:%Y-%m}", "a past month", REMEDY)
    return month
