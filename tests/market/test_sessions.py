"""The exchange calendar against days that the exchange has announced, and cutoffs across daylight saving."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from oilseer.errors import ConfigError
from oilseer.market import sessions


@pytest.mark.parametrize("day", ["2024-03-29", "2024-02-19", "2024-06-19", "2024-07-04", "2024-12-25", "2024-11-30"])
def test_holidays_and_weekends_are_no_sessions(day):
    with pytest.raises(ConfigError, match="no CBOT session"):
        sessions.number(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2018-12-05", "2025-01-09"])
def test_grains_traded_on_the_days_of_mourning(day):
    assert np.datetime64(day) in sessions.sessions()


@pytest.mark.parametrize(
    ("day", "hour"), [("2024-03-08", 22), ("2024-03-11", 21), ("2024-11-01", 21), ("2024-11-04", 22)]
)
def test_the_cutoff_is_1700_new_york_on_both_sides_of_daylight_saving(day, hour):
    when = date.fromisoformat(day)
    assert sessions.cutoff(when) == datetime(when.year, when.month, when.day, hour, tzinfo=UTC)


def test_horizons_skip_holidays_and_weekends():
    # Thursday before Good Friday 2024: Monday 1 April is one session ahead, Friday 5 April five
    assert sessions.ahead(date(2024, 3, 28), 1) == date(2024, 4, 1)
    assert sessions.ahead(date(2024, 3, 28), 5) == date(2024, 4, 5)
    assert sessions.on_or_before(date(2024, 3, 31)) == date(2024, 3, 28)


def test_the_day_after_thanksgiving_is_a_half_day_and_the_day_before_is_not():
    assert sessions.is_half_day(date(2024, 11, 29))
    assert not sessions.is_half_day(date(2024, 11, 27))
    assert not sessions.is_half_day(date(2024, 11, 28))  # closed is not half
