"""Days against what publishers announced: their schedules of 2024 to 2026 and news of the day, copied by hand."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.raw.availability import published, us_holidays
from oilseer.raw.sources import cftc_cot, eia, nopa, usda_export_sales
from oilseer.reference import working_days
from oilseer.reference.coming_events import contract_ends, events_ahead, without_a_date

# cftc.gov, release schedule of 2024
COT_2024 = """
01-05 01-12 01-19 01-26 02-02 02-09 02-16 02-23 03-01 03-08 03-15 03-22 03-29 04-05 04-12 04-19 04-26 05-03
05-10 05-17 05-24 05-31 06-07 06-14 06-24 06-28 07-08 07-12 07-19 07-26 08-02 08-09 08-16 08-23 08-30 09-06 09-13 09-20
09-27 10-04 10-11 10-18 10-25 11-01 11-08 11-15 11-22 12-02 12-06 12-13 12-20 12-30"""
# cftc.gov, 18 Nov 2025: the days on which the reports of the shutdown had been due
COT_2025 = "10-03 10-10 10-17 10-24 10-31 11-07 11-14 11-21 12-01 12-05 12-12 12-19 12-29"
WASDE_2025 = "01-10 02-11 03-11 04-10 05-12 06-12 07-11 08-12 09-12 10-09 11-10 12-09"  # cmegroup.com
FED_2026 = "01-28 03-18 04-29 06-17 07-29 09-16 10-28 12-09"  # Federal Reserve, 9 Aug 2024


def days(text: str, year: int) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for day in text.split()]


def found(series: str, first: date, last: date, known: date | None = None) -> list[date]:
    """Days of one series from `first` to `last`, as known the day before, or at `known`."""
    as_of = known or first - timedelta(days=1)
    ahead = events_ahead(as_of, (last - as_of).days)
    return [event.day for event in ahead if event.series == series and event.day >= first]


def test_closed_days_are_those_of_the_two_calendar_libraries():
    every = np.arange(np.datetime64(working_days.FIRST), np.datetime64(working_days.LAST) + 1)
    weekdays = every[np.is_busday(every)]
    assert working_days.closed("federal") == set(np.intersect1d(weekdays, us_holidays()).tolist())
    assert working_days.closed("cbot") == set(np.setdiff1d(weekdays, sessions.sessions()).tolist())


def test_positions_of_traders_come_on_the_days_that_the_cftc_announced():
    assert found("cot", date(2024, 1, 1), date(2024, 12, 31)) == days(COT_2024, 2024)
    assert found("cot", date(2025, 10, 1), date(2025, 12, 31)) == days(COT_2025, 2025)
    assert found("cot", date(2026, 1, 1), date(2026, 1, 23)) == days("01-05 01-09 01-16 01-23", 2026)


def test_weekly_petroleum_comes_on_wednesday_and_a_day_later_after_a_holiday():
    assert found("petroleum", date(2020, 1, 13), date(2020, 1, 31)) == days("01-15 01-23 01-29", 2020)
    moved = next(e for e in events_ahead(date(2020, 1, 20), 5) if e.series == "petroleum")
    assert (moved.day, moved.at, moved.moved) == (date(2020, 1, 23), "11:00", True)
    assert found("petroleum", date(2022, 6, 20), date(2022, 6, 24)) == [date(2022, 6, 23)]  # Juneteenth on Monday


def test_export_sales_come_on_thursday_and_on_friday_after_a_holiday():
    # fas.usda.gov: where the Friday before or the Monday is a holiday, on Friday
    assert found("export_sales", date(2025, 1, 13), date(2025, 1, 31)) == days("01-16 01-24 01-30", 2025)
    assert found("export_sales", date(2025, 11, 24), date(2025, 12, 5)) == days("11-28 12-04", 2025)


@pytest.mark.parametrize("day", ["2017-02-15", "2017-04-17", "2017-05-15", "2021-12-15", "2025-03-17"])
def test_crush_of_nopa_comes_on_the_fifteenth_or_the_next_working_day(day):
    known = date.fromisoformat(day)
    assert found("nopa", known.replace(day=1), known.replace(day=28)) == [known]


@pytest.mark.parametrize(
    "day", ["2021-04-30", "2021-05-28", "2021-06-30", "2021-08-31", "2025-03-31", "2025-05-30"]
)  # fmt: skip
def test_biofuel_feedstocks_come_on_the_last_working_day_of_the_month(day):
    known = date.fromisoformat(day)
    (event,) = (
        e for e in events_ahead(known.replace(day=1), 30) if e.series == "biofuels" and e.day.month == known.month
    )
    assert event.day == known
    assert event.describes == date(known.year, known.month - 2, 1)


def test_wasde_and_the_fed_come_on_announced_days_only():
    assert found("wasde", date(2025, 1, 2), date(2025, 12, 31)) == days(WASDE_2025, 2025)
    assert found("fomc", date(2026, 1, 1), date(2026, 12, 31)) == days(FED_2026, 2026)
    assert without_a_date(date(2026, 11, 20), 30) == [
        {"series": "wasde", "name": "Supply and demand (WASDE)", "known_to": date(2026, 12, 10)}
    ]
    assert without_a_date(date(2026, 11, 5), 30) == []


def test_an_announced_day_is_known_from_its_announcement_to_its_withdrawal():
    window = (date(2025, 11, 1), date(2025, 11, 30))
    assert found("wasde", *window, known=date(2025, 10, 30)) == [date(2025, 11, 10)]
    assert found("wasde", *window, known=date(2025, 10, 31)) == [date(2025, 11, 14)]
    assert found("wasde", date(2026, 1, 1), date(2026, 1, 31), known=date(2025, 6, 30)) == []
    assert found("wasde", date(2026, 1, 1), date(2026, 1, 31), known=date(2025, 7, 1)) == [date(2026, 1, 12)]
    assert found("fomc", date(2027, 1, 1), date(2027, 1, 31), known=date(2025, 9, 4)) == []
    assert found("fomc", date(2027, 1, 1), date(2027, 1, 31), known=date(2025, 9, 5)) == [date(2027, 1, 27)]


@pytest.mark.parametrize(
    ("series", "rule", "described"),
    [
        ("cot", cftc_cot.RULE.model_copy(update={"held": ()}), None),
        ("petroleum", eia.WEDNESDAY, lambda day: day - timedelta(days=day.weekday() + 3)),
        ("export_sales", usda_export_sales.RULE.model_copy(update={"held": ()}),
         lambda day: day - timedelta(days=day.weekday() + 4)),
        ("nopa", nopa.RULE, None),
    ],
)  # fmt: skip
def test_no_event_is_later_than_what_the_readers_of_sources_assume(series, rule, described):
    """Readers take a release late rather than early: the same days, or later ones."""
    events = [e for e in events_ahead(date(2023, 12, 31), 3650) if e.series == series]
    about = pl.Series([e.describes or described(e.day) for e in events])
    late = published(rule, about).dt.convert_time_zone("America/New_York").dt.date()
    gaps = [(there - event.day).days for there, event in zip(late, events, strict=True)]
    assert min(gaps) == 0
    assert np.mean([gap == 0 for gap in gaps]) > 0.95
    assert max(gaps) <= 4  # over a weekend


def test_a_contract_ends_before_its_month_and_before_the_fifteenth():
    # CBOT: ZLZ25 had its first notice on 28 November, the day after Thanksgiving, and last traded on 12 December 2025
    assert [e.day for e in contract_ends("ZLZ25", date(2025, 6, 30))] == [date(2025, 11, 28), date(2025, 12, 12)]
    # 14 September 2025 is a Sunday
    assert [e.day for e in contract_ends("ZLU25", date(2025, 6, 30))] == [date(2025, 8, 29), date(2025, 9, 12)]
    assert [e.detail for e in events_ahead(date(2025, 11, 20), 30, "ZLZ25") if e.kind == "contract"] == ["ZLZ25"] * 2
    assert not any(e.kind == "contract" for e in events_ahead(date(2025, 11, 20), 30))


def test_deadlines_of_the_renewable_fuel_standard_are_marked_as_such():
    (event,) = (e for e in events_ahead(date(2025, 10, 15)) if e.series == "rfs")
    assert (event.day, event.kind, event.detail) == (date(2025, 10, 31), "deadline", "volumes of 2027 due by law")
    both = [(e.day, e.detail) for e in events_ahead(date(2021, 10, 15), 60) if e.series == "rfs"]
    assert both == [
        (date(2021, 10, 31), "volumes of 2023 due by law"),
        (date(2021, 11, 30), "standards of 2022 due by law"),
    ]
    (event,) = (e for e in events_ahead(date(2019, 11, 15)) if e.series == "rfs")
    assert (event.day, event.detail) == (date(2019, 11, 30), "standards of 2020 due by law")


def test_events_lie_after_the_session_and_inside_the_window_in_order():
    ahead = events_ahead(date(2025, 6, 30), 15, "ZLZ25")
    assert all(date(2025, 6, 30) < event.day <= date(2025, 7, 15) for event in ahead)
    assert [e.day for e in ahead] == sorted(e.day for e in ahead)
    assert all(event.source.startswith("https://") for event in ahead)


def test_days_beyond_the_known_holidays_are_refused():
    with pytest.raises(ConfigError, match="outside the known working days"):
        events_ahead(date(2035, 12, 20))
