"""Contract codes, times between delivery months, and the calendar's roll days."""

from datetime import date

import numpy as np
import pytest

from oilseer.errors import ConfigError
from oilseer.market.contracts import ROLL_SESSIONS, code, delivery_month, roll_days


@pytest.mark.parametrize(
    ("month", "name"), [(date(2025, 12, 1), "ZLZ25"), (date(2008, 1, 1), "ZLF08"), (date(1999, 7, 1), "ZLN99")]
)
def test_code_and_delivery_month_are_inverse(month, name):
    assert code("ZL", month) == name
    assert delivery_month(name, near=month) == month


def test_two_digits_of_year_mean_the_nearest_century():
    assert delivery_month("ZLH70", near=date(1970, 2, 3)) == date(1970, 3, 1)
    assert delivery_month("ZLH05", near=date(1999, 2, 3)) == date(2005, 3, 1)


@pytest.mark.parametrize("name", ["ZL", "ZLA25", "303940", "ZLZ5"])
def test_what_is_no_code_is_refused(name):
    with pytest.raises(ConfigError, match="ZLZ25"):
        delivery_month(name, near=date(2025, 1, 2))


def test_roll_day_leaves_exactly_the_promised_sessions_before_delivery():
    # CBOT sessions before Friday 2019-03-01: 28, 27, 26, 25, 22, 21 February
    assert ROLL_SESSIONS == 6
    assert roll_days(np.array(["2019-03"], "M8[M]"))[0] == np.datetime64("2019-02-21")


def test_roll_day_counts_sessions_not_days_around_thanksgiving():
    # before Monday 2019-12-02: 29 (half day), 27, 26, 25, 22, 21 November; the 28th was a holiday
    assert roll_days(np.array(["2019-12"], "M8[M]"))[0] == np.datetime64("2019-11-21")
