"""The roll rule: from the session before, forward only, gaps rather than another contract's price."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oilseer.errors import ShapeError
from oilseer.market.rolls import Quotes, front_rows, volumes_before


def quotes(rows, calendar=True, max_days=200):
    """Rows (day, month, volume or None, vendor's front) of one symbol."""
    rows = sorted(rows, key=lambda row: (row[0], row[1] or ""))
    day = np.array([row[0] for row in rows], "M8[D]")
    month = np.array([row[1] or "NaT" for row in rows], "M8[M]")
    volume = np.array([np.nan if row[2] is None else row[2] for row in rows], float)
    symbol = np.zeros(len(rows), int)
    before = volumes_before(symbol, day, month, volume)
    front = np.array([row[3] for row in rows], bool)
    n = len(rows)
    return Quotes(symbol, day, month, before, front, np.full(n, calendar), np.full(n, max_days))


def fronts(rows, **facts):
    found = quotes(rows, **facts)
    chosen = front_rows(found)
    return {str(d): str(m) for d, m in zip(found.day[chosen], found.month[chosen], strict=True)}


def test_front_follows_the_volume_of_the_session_before_not_of_the_day():
    rows = [
        ("2024-06-03", "2024-07", 900, True), ("2024-06-03", "2024-12", 400, True),
        ("2024-06-04", "2024-07", 500, True), ("2024-06-04", "2024-12", 800, True),
        ("2024-06-05", "2024-07", 500, True), ("2024-06-05", "2024-12", 800, True),
    ]  # fmt: skip
    assert fronts(rows) == {"2024-06-03": "2024-07", "2024-06-04": "2024-07", "2024-06-05": "2024-12"}


def test_front_never_moves_back():
    rows = [
        (f"2024-06-{day:02d}", month, volume, True)
        for day, near, far in [(3, 1, 9), (4, 1, 9), (5, 9, 1), (6, 9, 1), (7, 9, 1)]
        for month, volume in (("2024-07", near), ("2024-12", far))
    ]
    assert fronts(rows)["2024-06-07"] == "2024-12"


def test_without_volume_the_calendar_rolls_six_sessions_before_delivery():
    rows = [
        (str(day), month, None, False)
        for day in np.arange("2019-02-18", "2019-02-26", dtype="M8[D]")
        if np.is_busday(day)
        for month in ("2019-03", "2019-05")
    ]
    found = fronts(rows)
    assert found["2019-02-20"] == "2019-03"
    assert found["2019-02-21"] == "2019-05"


def test_history_of_distant_months_is_never_front():
    assert fronts([("2019-02-18", "2019-11", None, False)], calendar=False) == {}
    assert fronts([("2019-02-18", "2019-11", None, False)], calendar=True, max_days=100) == {}


def test_vendors_front_stands_where_it_is_alone():
    rows = [("2024-06-20", "2024-07", 10, True), ("2024-06-21", "2024-12", 20, True)]
    assert fronts(rows, calendar=False) == {"2024-06-20": "2024-07", "2024-06-21": "2024-12"}


def test_session_without_a_price_of_the_front_is_a_gap():
    rows = [
        ("2024-06-24", "2024-12", 20, True), ("2024-06-26", "2024-07", 9, True), ("2024-06-27", "2024-12", 30, True),
    ]  # fmt: skip
    assert fronts(rows, calendar=False) == {"2024-06-24": "2024-12", "2024-06-27": "2024-12"}


def test_users_contract_fills_the_session_in_which_the_vendor_shows_another():
    rows = [
        ("2018-02-20", "2018-05", 20, True), ("2018-02-21", "2018-03", 9, True), ("2018-02-21", "2018-05", None, False),
    ]  # fmt: skip
    assert fronts(rows)["2018-02-21"] == "2018-05"


def test_distant_contract_with_stray_volume_does_not_become_front():
    rows = [
        (f"2022-03-{day:02d}", month, volume, month == "2022-05")
        for day in (1, 2, 3)
        for month, volume in (("2022-05", 10), ("2025-12", 10_000))
    ]
    assert set(fronts(rows).values()) == {"2022-05"}


def test_contract_of_unknown_month_serves_only_where_months_are_never_known():
    lonely = [("2024-06-03", None, 5, True), ("2024-06-04", None, 5, True)]
    assert len(fronts(lonely)) == 2
    among = [("2024-06-03", "2024-07", 5, True), ("2024-06-04", None, 5, True), ("2024-06-05", "2024-07", 5, True)]
    assert list(fronts(among)) == ["2024-06-03", "2024-06-05"]


@pytest.mark.parametrize(
    ("first", "day"),
    [("2019-03", "2019-02-22"), ("2019-05", "2019-04-24"), ("2019-12", "2019-11-22"), ("2020-01", "2019-12-23")],
)
def test_calendar_is_within_two_sessions_of_cbots_volume_roll(first, day):
    from oilseer.market.contracts import roll_days
    from oilseer.market.sessions import number

    assert abs(number(roll_days(np.array([first], "M8[M]"))[0])[0] - number(np.datetime64(day))[0]) <= 2


MONTHS = ["2020-03", "2020-05", "2020-07", "2020-08", "2020-12"]


@settings(max_examples=60, deadline=None)
@given(
    volumes=st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5), min_size=5, max_size=60),
    kept=st.integers(1, 59),
)
def test_later_rows_change_no_earlier_front(volumes, kept):
    days = np.arange("2020-01-02", "2020-04-30", dtype="M8[D]")
    rows = [
        (str(days[i]), month, volume, True)
        for i, row in enumerate(volumes)
        for month, volume in zip(MONTHS, row, strict=True)
        if volume > 5
    ]
    cut = [row for row in rows if row[0] <= str(days[min(kept, len(days) - 1)])]
    whole, part = fronts(rows), fronts(cut) if cut else {}
    assert {day: month for day, month in whole.items() if day in part} == part
    assert sorted(whole.values()) == list(whole.values()), "the front moves forward only"


def test_unsorted_quotes_are_refused():
    good = quotes([("2024-06-03", "2024-07", 5, True), ("2024-06-04", "2024-07", 5, True)])
    with pytest.raises(ShapeError, match="sorted"):
        Quotes(good.symbol, good.day[::-1], *(getattr(good, n) for n in list(good.__dataclass_fields__)[2:]))
