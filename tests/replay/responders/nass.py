"""NASS QuickStats, from market/usda_crop_progress and history/usda_nass_crush_monthly.

The history of planting is one spring, the crush begins in November 2018: earlier years repeat them, and the condition
of the crop stands in with the same national shares every year. A year without a row answers 400, as the service does.
"""

import calendar
from datetime import date, timedelta

import polars as pl

from . import as_json

HOSTS = ("quickstats.nass.usda.gov",)
SPRING = 2025
FIRST_CRUSH = 2016
SERIES = {  # column: series, unit, domain
    "crush_short_tons": ("SOYBEANS - CRUSHED, MEASURED IN TONS", 1, "NOT SPECIFIED"),
    "oil_produced_klb": ("OIL, SOYBEAN, CRUDE - PRODUCTION, MEASURED IN LB", 1_000, "TYPE OF OPERATION: (CRUSHER)"),
    "oil_stocks_klb": ("OIL, SOYBEAN, ONSITE & OFFSITE, CRUDE - STOCKS, MEASURED IN LB", 1_000,
                       "TYPE OF OPERATION: (CRUSHER OR REFINER OR WAREHOUSE)"),
}  # fmt: skip
CONDITION = {"PCT VERY POOR": 2, "PCT POOR": 6, "PCT FAIR": 26, "PCT GOOD": 52, "PCT EXCELLENT": 14}


def respond(request, history):
    """The rows of one year of one query; 401 without a key, 400 where there is none."""
    query = request.query
    if request.path != "/api/api_GET/":
        return None
    if not query.get("key"):
        return as_json({"error": ["unauthorized"]}, 401)
    year = int(query["year"])
    if query["freq_desc"] == "MONTHLY":
        rows = _crush(history, year)
    elif query["statisticcat_desc"] == "PROGRESS":
        rows = _progress(history, year)
    else:
        rows = _condition(history, year)
    return as_json({"data": rows}) if rows else as_json({"error": ["bad request - invalid query"]}, 400)


def _progress(history, year):
    weeks = history.rows("market/usda_crop_progress", "week_ending") if year >= SPRING else _spring(history)
    shift = timedelta(days=364 * (SPRING - year))
    told = weeks.filter(pl.col("week_ending") - shift < history.day)
    return [
        _line("PROGRESS", stat, state, week - shift, year, f"{value:g}")
        for week, state, stat, value in told.select("week_ending", "state", "stat", "value").rows()
        if (week - shift).year == year
    ]


def _spring(history):
    return pl.read_parquet(history.folder / "market" / "usda_crop_progress.parquet")


def _condition(history, year):
    first = date(year, 6, 1) + timedelta(days=(6 - date(year, 6, 1).weekday()) % 7)
    weeks = [first + timedelta(days=7 * n) for n in range(16)]
    moves = {"PCT GOOD": 1, "PCT FAIR": -1}  # from week to week, so that the sum stays 100
    return [
        _line("CONDITION", stat, "US TOTAL", week, year, str(value + (n % 3 - 1) * moves.get(stat, 0)))
        for n, week in enumerate(weeks)
        if week < history.day
        for stat, value in CONDITION.items()
    ]  # fmt: skip


def _crush(history, year):
    months = pl.read_parquet(history.folder / "history" / "usda_nass_crush_monthly.parquet")
    by_month = {row["month"]: row for row in months.iter_rows(named=True)}
    rows = []
    for month in range(1, 13):
        public = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 4)  # the first working day of that month is past
        of = next((date(y, month, 1) for y in range(year, year + 5) if date(y, month, 1) in by_month), None)
        if year < FIRST_CRUSH or public > history.day or of is None or (of.year != year and year >= 2019):
            continue
        for column, (series, unit, domain) in SERIES.items():
            value = f"{by_month[of][column] * unit:,}"
            rows.append(
                _row("US TOTAL", series, year, calendar.month_abbr[month].upper(), "", value, "MONTHLY", domain)
            )
    return rows


def _line(category, stat, state, week, year, value):
    series = f"SOYBEANS - {category}, MEASURED IN {stat}"
    return _row(state, series, year, "WEEK", f"{week}", value, "WEEKLY", "NOT SPECIFIED") | {"unit_desc": stat}


def _row(state, series, year, period, week, value, frequency, domain):
    return {
        "commodity_desc": "OIL" if series.startswith("OIL") else "SOYBEANS", "short_desc": series,
        "statisticcat_desc": series.split(" - ")[1].split(",")[0], "unit_desc": series.rsplit(" IN ", 1)[1],
        "freq_desc": frequency, "agg_level_desc": "NATIONAL" if state == "US TOTAL" else "STATE", "state_name": state,
        "domain_desc": "TOTAL" if domain == "NOT SPECIFIED" else "TYPE OF OPERATION", "domaincat_desc": domain,
        "year": str(year), "reference_period_desc": period, "week_ending": week, "Value": value, "CV (%)": "",
    }  # fmt: skip
