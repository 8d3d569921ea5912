"""Working days of the federal offices, which publish, and of the CBOT, where contracts end, without a calendar library.

`closed_days.csv` is what pandas' federal calendar (raw.availability) and market.sessions say of 1970 to 2035, written
down: those libraries take half the second in which the brief must be there. A test holds the file to both.
"""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

from oilseer.errors import ConfigError

FIRST, LAST = date(1970, 1, 1), date(2035, 12, 31)
Whose = Literal["federal", "cbot"]
DAY = timedelta(days=1)


@cache
def closed(whose: Whose) -> frozenset[date]:
    """Weekdays on which federal offices, or the CBOT, are closed."""
    text = files("oilseer.reference").joinpath("closed_days.csv").read_text()
    return frozenset(
        date.fromisoformat(row["day"]) for row in csv.DictReader(text.splitlines()) if row[whose] == "true"
    )


def is_open(day: date, whose: Whose) -> bool:
    """Whether `day` is a working day. Raises ConfigError outside 1970 to 2035, where holidays are not known."""
    if not FIRST <= day <= LAST:
        raise ConfigError(f"{day} lies outside the known working days, {FIRST} to {LAST}")
    return day.weekday() < 5 and day not in closed(whose)


def on_or_after(day: date, whose: Whose) -> date:
    """The first working day that is not before `day`."""
    return _walk(day, whose, lambda at: at + DAY)


def before(day: date, whose: Whose) -> date:
    """The last working day before `day`."""
    return _walk(day - DAY, whose, lambda at: at - DAY)


def later(day: date, count: int, whose: Whose) -> date:
    """The working day `count` working days after working day `day`."""
    for _ in range(count):
        day = on_or_after(day + DAY, whose)
    return day


def closed_between(first: date, last: date, whose: Whose) -> int:
    """Closed weekdays from `first` to `last`, both included."""
    return sum(first <= day <= last for day in closed(whose))


def _walk(day: date, whose: Whose, step: Callable[[date], date]) -> date:
    while not is_open(day, whose):
        day = step(day)
    return day
