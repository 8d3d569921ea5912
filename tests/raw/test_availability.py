"""Publication rules against instants worked out by hand from calendars and release schedules."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from pydantic import ValidationError

from oilseer.raw.availability import Rule, published, us_holidays
from oilseer.raw.specs import FRED
from oilseer.reference.fred import fred_series

CLOSE = {"at": "17:00"}
COT = {"weekday": "friday", "at": "15:30", "delayed_by_holidays": True}
H10 = {"next_weekday": "monday", "at": "16:15"}
NEXT_DAY = {"business_days": 1, "at": "16:30"}
PINK_SHEET = {"month_end": True, "business_days": 2, "at": "17:00"}
CRUSH = {"month_end": True, "plus_months": 1, "business_days": 1, "at": "15:00"}
MID_MONTH = {"month_end": True, "plus_months": 1, "day": 15, "at": "08:30"}
EIA = {"plus_days": 2, "weekday": "wednesday", "at": "13:00"}


def instant(rule: dict, day: str) -> str:
    """The instant of one day as text."""
    found = published(Rule(**rule), pl.Series([date.fromisoformat(day)]))
    assert found.dtype == pl.Datetime("us", "UTC")
    return found[0].strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        (CLOSE, "2024-01-02", "2024-01-02 22:00"),  # winter: New York is UTC-5
        (CLOSE, "2024-07-02", "2024-07-02 21:00"),  # summer: UTC-4
        (CLOSE, "2024-03-08", "2024-03-08 22:00"),  # clocks change on Sunday, 10 March
        (CLOSE, "2024-03-11", "2024-03-11 21:00"),
        (CLOSE, "2024-11-01", "2024-11-01 21:00"),  # and back on Sunday, 3 November
        (CLOSE, "2024-11-04", "2024-11-04 22:00"),
        ({"at": "17:00", "zone": "America/Chicago"}, "2024-07-02", "2024-07-02 22:00"),
        ({"at": "02:30"}, "2024-03-10", "2024-03-10 07:30"),  # 02:30 does not exist, 03:30 does
        ({"at": "01:30"}, "2024-11-03", "2024-11-03 06:30"),  # 01:30 comes twice: the later
        ({"at": "08:00", "plus_days": 1}, "2024-02-28", "2024-02-29 13:00"),
        ({"at": "08:00", "plus_months": 1}, "2024-01-31", "2024-02-29 13:00"),
        (COT, "2024-03-05", "2024-03-08 20:30"),  # Tuesday to Friday, before the clocks change
        (COT, "2024-03-12", "2024-03-15 19:30"),  # and after
        (COT, "2024-11-26", "2024-12-02 20:30"),  # Thanksgiving on Thursday: Monday
        (COT, "2024-12-24", "2024-12-30 20:30"),  # Christmas on Wednesday: Monday
        (COT, "2024-05-28", "2024-05-31 19:30"),  # Memorial Day was the day before: no delay
        ({"weekday": "friday", "at": "15:30"}, "2024-03-08", "2024-03-08 20:30"),  # on or after
        (H10, "2024-02-02", "2024-02-05 21:15"),  # Friday to Monday
        (H10, "2024-02-05", "2024-02-12 21:15"),  # Monday to the next one
        (H10, "2024-01-12", "2024-01-16 21:15"),  # Martin Luther King's day is a Monday
        (NEXT_DAY, "2024-03-08", "2024-03-11 20:30"),  # over the weekend and the clocks
        (NEXT_DAY, "2024-05-24", "2024-05-28 20:30"),  # Memorial Day
        (NEXT_DAY, "2024-06-01", "2024-06-03 20:30"),  # a Saturday's value comes on Monday
        (PINK_SHEET, "2024-01-01", "2024-02-02 22:00"),
        (PINK_SHEET, "2024-06-01", "2024-07-02 21:00"),  # June ended on a Sunday
        (PINK_SHEET, "2024-02-01", "2024-03-04 22:00"),  # leap year: the 29th was a Thursday
        (CRUSH, "2024-01-01", "2024-03-01 20:00"),
        (CRUSH, "2024-07-01", "2024-09-03 19:00"),  # 2 September 2024 was Labor Day
        (MID_MONTH, "2024-01-01", "2024-02-15 13:30"),
        (MID_MONTH, "2024-05-01", "2024-06-17 12:30"),  # 15 June was a Saturday
        (MID_MONTH, "2024-12-31", "2025-01-15 13:30"),  # over the year's end
        (EIA, "2024-03-11", "2024-03-13 17:00"),  # Monday's price in Wednesday's release
        (EIA, "2024-03-12", "2024-03-20 17:00"),  # Tuesday's is not
        ({"day": 31, "plus_months": 1, "at": "12:00"}, "2023-01-01", "2023-02-28 17:00"),
    ],
)
def test_a_rule_gives_the_instant_of_the_calendar(rule, day, expected):
    assert instant(rule, day) == expected


@pytest.mark.parametrize(
    ("series", "day", "expected"),
    [
        ("DGS10", "2024-07-03", "2024-07-05 20:30"),  # the fourth of July
        ("UNRATE", "2024-01-01", "2024-02-02 13:30"),  # release dates of the Bureau of Labor Statistics
        ("UNRATE", "2024-06-01", "2024-07-05 12:30"),
        ("UNRATE", "2023-02-01", "2023-03-10 13:30"),
        ("PAYEMS", "2024-10-01", "2024-11-01 12:30"),
        ("CPIAUCSL", "2024-03-01", "2024-04-22 12:30"),  # the 20th was a Saturday
        ("DEXBZUS", "2024-02-02", "2024-02-05 21:15"),
        # what shutdowns in October 2013, winter 2018-19 and October 2025 kept back; dates of BLS, BEA and Census: jobs
        # of September 2013 on 22 October, of October 2013 on 8 November; of September 2025 on 20 November, of November
        # on 16 December; of January 2026 on 11 February
        ("UNRATE", "2013-09-01", "2013-11-08 13:30"),
        ("UNRATE", "2013-11-01", "2013-12-06 13:30"),
        ("PAYEMS", "2025-08-01", "2025-09-05 12:30"),
        ("PAYEMS", "2025-09-01", "2025-12-16 13:30"),
        ("PAYEMS", "2025-11-01", "2025-12-16 13:30"),
        ("PAYEMS", "2025-12-01", "2026-01-09 13:30"),  # not on 2 January: BLS releases no jobs before the 4th
        ("PAYEMS", "2019-12-01", "2020-01-10 13:30"),
        ("PAYEMS", "2020-12-01", "2021-01-08 13:30"),
        ("PAYEMS", "2018-12-01", "2019-01-04 13:30"),
        ("UNRATE", "2026-01-01", "2026-02-11 13:30"),
        ("CPIAUCSL", "2025-09-01", "2025-10-24 12:30"),
        ("CPIAUCSL", "2013-09-01", "2013-10-30 12:30"),
        ("PPIACO", "2025-12-01", "2026-01-30 13:30"),
        ("PCEPI", "2018-12-01", "2019-03-29 12:30"),  # 1 March
        ("PCEPI", "2019-02-01", "2019-04-29 12:30"),
        ("GDPC1", "2018-10-01", "2019-03-29 12:30"),  # 28 February
        ("PERMIT", "2018-12-01", "2019-03-08 13:30"),  # 26 February
        ("PERMIT", "2019-02-01", "2019-03-26 12:30"),
        ("ICSA", "2025-10-04", "2025-11-20 13:30"),
        ("NFCI", "2024-03-01", "2024-03-06 13:30"),  # Friday to Wednesday
        ("VIXCLS", "2024-03-01", "2024-03-04 14:30"),
    ],
)
def test_a_fred_series_has_its_own_rule(series, day, expected):
    assert instant(fred_series()[series].rule, day) == expected


def test_every_fred_rule_is_valid_and_never_before_the_day_itself():
    days = pl.date_range(date(2020, 1, 1), date(2023, 12, 31), eager=True)
    for series in fred_series().values():
        instants = published(Rule(**series.rule), days)
        assert instants.null_count() == 0
        assert (instants.dt.date() >= days).all(), series.series_id
    assert len(fred_series()) >= 66
    assert FRED.key[0] == "series_id"


def test_a_release_during_a_shutdown_comes_at_its_end():
    held = [{"from": "2018-12-22", "until": "2019-03-08", "reason": "shutdown"}]
    assert instant({**COT, "held": held}, "2019-01-08") == "2019-03-08 20:30"
    assert instant({**COT, "held": held}, "2018-12-18") == "2018-12-21 20:30"


def test_clock_times_agree_with_the_standard_library():
    days = [date(1975, 1, 1) + timedelta(days=37 * n) for n in range(500)]
    new_york = ZoneInfo("America/New_York")
    expected = [datetime.combine(day, time(17), new_york).astimezone(UTC) for day in days]
    assert published(Rule(at="17:00"), pl.Series(days)).to_list() == expected


def test_an_unknown_day_has_an_unknown_instant():
    found = published(Rule(at="17:00"), pl.Series([None, date(2024, 1, 2)]))
    assert found.to_list() == [None, datetime(2024, 1, 2, 22, tzinfo=UTC)]


def test_minutes_count_from_a_timestamp():
    start = pl.Series([datetime(2024, 3, 10, 6, 30, tzinfo=UTC)])
    assert published(Rule(of="bar_start", plus_minutes=60), start)[0] == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)


def test_federal_holidays_of_2024():
    days = [str(day) for day in us_holidays() if str(day).startswith("2024")]
    assert days == [
        "2024-01-01", "2024-01-15", "2024-02-19", "2024-05-27", "2024-06-19", "2024-07-04",
        "2024-09-02", "2024-10-14", "2024-11-11", "2024-11-28", "2024-12-25",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "exactly one of at"),
        ({"at": 1020}, "in quotes"),  # what YAML makes of an unquoted 17:00
        ({"at": "25:00"}, "in quotes"),
        ({"at": "17:00", "zone": "New York"}, "zone 'New York' is unknown"),
        ({"at": "17:00", "weekday": "friday", "next_weekday": "monday"}, "exclude each other"),
        ({"plus_minutes": 60, "plus_days": 1}, "take no days"),
        ({"at": "17:00", "sql": "now()"}, "sql"),
        ({"at": "17:00", "plus_days": -1}, "greater than or equal to 0"),
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(rule, message):
    with pytest.raises(ValidationError, match=message):
        Rule(**rule)
