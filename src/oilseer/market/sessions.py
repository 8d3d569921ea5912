"""CBOT grain and oilseed sessions and their cutoffs, from pandas_market_calendars.

Chosen over exchange_calendars because its agriculture calendar closes on the Monday holidays when
Globex opens but grains do not: on 2010 to 2025 it misses none of ZL's sessions but the two below.
"""

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from oilseer.errors import ConfigError

NEW_YORK = ZoneInfo("America/New_York")
CUTOFF_TIME = time(17, 0)
FIRST, LAST = date(1969, 12, 1), date(2035, 12, 31)
# Days of mourning closed the stock exchange, which the library copies; grains traded on both.
TRADED_ANYWAY = (date(2018, 12, 5), date(2025, 1, 9))


@cache
def sessions() -> np.ndarray:
    """All sessions from 1969-12 to 2035-12 as datetime64[D], increasing; a session's number is its place."""
    import pandas_market_calendars

    calendar = pandas_market_calendars.get_calendar("CBOT_Agriculture")
    days = calendar.valid_days(FIRST, LAST).tz_localize(None).values.astype("datetime64[D]")
    return np.union1d(days, np.array(TRADED_ANYWAY, dtype="datetime64[D]"))


def number(day: date | np.ndarray) -> np.ndarray:
    """Number of each session. Raises ConfigError for a day that is none."""
    days = np.atleast_1d(np.asarray(day, dtype="datetime64[D]"))
    place = np.searchsorted(sessions(), days)
    found = (place < len(sessions())) & (sessions()[np.minimum(place, len(sessions()) - 1)] == days)
    if not found.all():
        raise ConfigError(f"{days[~found][0]} is no CBOT session; sessions run from {FIRST} to {LAST}")
    return place


def on_or_before(day: date) -> date:
    """The last session that is not after `day`. Raises ConfigError before the first one."""
    place = int(np.searchsorted(sessions(), np.datetime64(day), side="right")) - 1
    if place < 0:
        raise ConfigError(f"{day} lies before the first session, {sessions()[0]}")
    return sessions()[place].astype(object)


def ahead(day: date, horizon: int) -> date:
    """The session exactly `horizon` sessions after session `day`."""
    return sessions()[int(number(day)[0]) + horizon].astype(object)


def cutoff(day: date) -> datetime:
    """The instant after which nothing may be used for as_of_date `day`: 17:00 New York, in UTC."""
    return datetime.combine(day, CUTOFF_TIME, NEW_YORK).astimezone(ZoneInfo("UTC"))


def is_half_day(day: date) -> bool:
    """Whether trading ends before 13:00 Chicago on session `day`."""
    import pandas_market_calendars

    schedule = pandas_market_calendars.get_calendar("CBOT_Agriculture").schedule(day, day)
    if schedule.empty:
        return False
    return schedule["market_close"].iloc[0].tz_convert("America/Chicago").hour < 13
