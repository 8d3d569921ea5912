"""What is due in the next weeks: releases, the Fed, legal deadlines, and the end of the front contract.

Days follow from a rule where their publisher states one, moved by federal holidays; WASDE and the Fed announce theirs,
and those stand in `published_dates.csv` with the day from which they were known. Nothing is guessed beyond it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from oilseer.errors import ConfigError
from oilseer.market.contracts import delivery_month
from oilseer.reference import working_days
from oilseer.reference.working_days import DAY

WEDNESDAY, THURSDAY, FRIDAY = 2, 3, 4  # days after Monday
SERIES = {  # what a buyer calls it, and how often it comes
    "export_sales": ("Export sales (USDA)", "weekly"),
    "petroleum": ("Petroleum (EIA)", "weekly"),
    "cot": ("Traders' positions (COT)", "weekly"),
    "wasde": ("Supply and demand (WASDE)", "once"),
    "nopa": ("Crush and oil stocks (NOPA)", "once"),
    "biofuels": ("Biofuel feedstocks (EIA)", "once"),
    "fomc": ("Fed decision (FOMC)", "once"),
    "rfs": ("Biofuel volumes (EPA)", "once"),
    "first_notice": ("First notice day", "once"),
    "last_trading": ("Last trading day", "once"),
}
ANNOUNCED = ("wasde", "fomc")  # whose days only their publisher knows
EXPORT_SALES = "https://fas.usda.gov/programs/export-sales-reporting-program"
PETROLEUM = "https://www.eia.gov/petroleum/supply/weekly/schedule.php"
COT = "https://www.cftc.gov/MarketReports/CommitmentsofTraders/ReleaseSchedule/index.htm"
NOPA = "https://www.nopa.org/resources/datareports/"
BIOFUELS = "https://www.eia.gov/biofuels/update/"
RFS = "https://www.law.cornell.edu/uscode/text/42/7545"
CBOT = "https://www.cmegroup.com/rulebook/CBOT/II/12/12.pdf"


@dataclass(frozen=True)
class Event:
    """One coming event.

    kind       release, meeting, deadline or contract
    at         clock time of New York, None where none is set
    describes  the day, or the first day of the month, that a release is about
    detail     contract code, or what a deadline is for
    moved      not on its usual day: a holiday or a weekend moved it
    """

    day: date
    at: str | None
    series: str
    kind: str
    source: str
    describes: date | None = None
    detail: str = ""
    moved: bool = False


def events_ahead(as_of: date, days: int = 30, contract: str | None = None) -> tuple[Event, ...]:
    """Events of the `days` calendar days after `as_of`, by day, as they were known then.

    contract  code of the front, ZLZ25: its first notice and last trading day; None leaves them out

    Raises ConfigError beyond 2035, where holidays are not known.
    """
    end = as_of + timedelta(days=days)
    found = [*_weekly(as_of, end), *_monthly(as_of, end), *_announced(as_of), *_deadlines(as_of, end)]
    found += contract_ends(contract, as_of) if contract else []
    order = list(SERIES)
    return tuple(sorted((e for e in found if as_of < e.day <= end), key=lambda e: (e.day, order.index(e.series))))


def without_a_date(as_of: date, days: int = 30) -> list[dict]:
    """Series whose known days end before the window does: name and last known day (None where none is known)."""
    found = []
    for series in ANNOUNCED:
        last = max((event.day for event in _announced(as_of) if event.series == series), default=None)
        if last is None or last < as_of + timedelta(days=days):
            found.append({"series": series, "name": SERIES[series][0], "known_to": last})
    return found


def contract_ends(contract: str, near: date) -> list[Event]:
    """First notice day (last CBOT day before the delivery month) and last trading day (last one before its 15th)."""
    month = delivery_month(contract, near)
    ends = (("first_notice", month), ("last_trading", month.replace(day=15)))
    return [
        Event(working_days.before(day, "cbot"), None, series, "contract", CBOT, detail=contract) for series, day in ends
    ]


def _weekly(start: date, end: date) -> Iterator[Event]:
    """The three weekly reports of each week that touches the window."""
    monday = start - timedelta(days=start.weekday())
    while monday <= end:
        wednesday, thursday, friday = (monday + timedelta(days=n) for n in (WEDNESDAY, THURSDAY, FRIDAY))
        # exporters report from Friday on; a holiday in their week or ours costs a day
        closed = working_days.closed_between(monday - 3 * DAY, thursday, "federal")
        day = working_days.on_or_after(thursday + bool(closed) * DAY, "federal")
        yield Event(day, "08:30", "export_sales", "release", EXPORT_SALES, moved=day != thursday)
        closed = working_days.closed_between(monday, wednesday, "federal")
        day = working_days.on_or_after(wednesday + bool(closed) * DAY, "federal")
        yield Event(day, "11:00" if closed else "10:30", "petroleum", "release", PETROLEUM, moved=day != wednesday)
        # positions are Tuesday's; each holiday until Friday costs a day
        closed = working_days.closed_between(wednesday, thursday, "federal")
        day = working_days.later(working_days.on_or_after(friday, "federal"), closed, "federal")
        yield Event(day, "15:30", "cot", "release", COT, monday + DAY, moved=day != friday)
        monday += timedelta(days=7)


def _monthly(start: date, end: date) -> Iterator[Event]:
    """NOPA on the 15th or the next working day; EIA's biofuels on the last working day, of two months before."""
    month = start.replace(day=1)
    while month <= end:
        following = (month + timedelta(days=31)).replace(day=1)
        day = working_days.on_or_after(month.replace(day=15), "federal")
        yield Event(day, "12:00", "nopa", "release", NOPA, (month - DAY).replace(day=1), moved=day.day != 15)
        described = ((month - DAY).replace(day=1) - DAY).replace(day=1)
        yield Event(working_days.before(following, "federal"), None, "biofuels", "release", BIOFUELS, described)
        month = following


def _deadlines(start: date, end: date) -> Iterator[Event]:
    """Days by which the Clean Air Act wants the volumes of a year; EPA has often missed them.

    Percentages of the next year by 30 November, to 2021; volumes from 2023 on 14 months ahead.
    """
    for year in range(start.year, end.year + 1):
        if year <= 2021:
            yield Event(date(year, 11, 30), None, "rfs", "deadline", RFS, detail=f"standards of {year + 1} due by law")
        if year >= 2021:
            yield Event(date(year, 10, 31), None, "rfs", "deadline", RFS, detail=f"volumes of {year + 2} due by law")


def _announced(as_of: date) -> Iterator[Event]:
    """Announced days that were known at `as_of` and stood then."""
    for row in _published():
        if row["known_from"] <= as_of and not (row["withdrawn_on"] and row["withdrawn_on"] <= as_of):
            kind = "meeting" if row["series"] == "fomc" else "release"
            yield Event(row["day"], row["at"], row["series"], kind, row["source_url"])


@cache
def _published() -> tuple[dict, ...]:
    """Rows of `published_dates.csv`. Raises ConfigError for one that is not as described there."""
    text = files("oilseer.reference").joinpath("published_dates.csv").read_text()
    rows = []
    for row in csv.DictReader(text.splitlines()):
        try:
            days = {name: date.fromisoformat(row[name]) for name in ("day", "known_from")}
            withdrawn = date.fromisoformat(row["withdrawn_on"]) if row["withdrawn_on"] else None
        except ValueError as error:
            raise ConfigError(f"published_dates.csv: {row}: {error}; repair the row") from None
        if row["series"] not in ANNOUNCED or not row["source_url"].startswith("https://"):
            raise ConfigError(f"published_dates.csv: {row}: expected a series of {ANNOUNCED} and an https source")
        rows.append(row | days | {"withdrawn_on": withdrawn})
    return tuple(rows)
