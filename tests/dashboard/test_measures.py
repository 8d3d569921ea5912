"""Age, statistics, null shares and charts of a column, against hand counts and numpy."""

import numpy as np
import pytest

from oilseer.dashboard.dots import draw
from oilseer.dashboard.measures import PARTS, chart, latest, null_by_year, statistics

NAN = np.nan


def days(*text: str) -> np.ndarray:
    return np.array(text, dtype="datetime64[D]")


WEEK = days("2025-06-23", "2025-06-24", "2025-06-25", "2025-06-26", "2025-06-30")


def test_a_carried_value_is_as_old_as_the_session_at_which_it_came():
    found = latest(WEEK, np.array([1.0, 2.0, 2.0, 2.0, 2.0]))
    assert found == {"value": 2.0, "value_date": "2025-06-30", "age_sessions": 3, "age_days": 6}


def test_a_value_of_today_is_new_and_the_same_value_before_another_does_not_age_it():
    assert latest(WEEK, np.array([2.0, 2.0, 2.0, 1.0, 2.0]))["age_sessions"] == 0


def test_a_hole_inside_a_carried_value_does_not_make_it_new():
    assert latest(WEEK, np.array([1.0, 2.0, NAN, 2.0, NAN]))["age_sessions"] == 3


def test_a_constant_is_as_old_as_its_first_session():
    assert latest(WEEK, np.array([NAN, 5.0, 5.0, 5.0, 5.0]))["age_days"] == 6


def test_nothing_known_has_no_age_statistics_or_chart():
    empty = np.full(5, NAN)
    assert set(latest(WEEK, empty).values()) == {None}
    assert (statistics(empty), null_by_year(WEEK, empty), chart(WEEK, empty)) == (None, {}, None)


def test_statistics_leave_missing_values_out():
    values = np.array([NAN, 3.0, 1.0, NAN, 2.0, 10.0])
    found = statistics(values)
    assert found["known"] == 4
    assert found["mean"] == 4.0
    assert found["standard_deviation"] == pytest.approx(4.08248290463863)  # sqrt(50 / 3)
    assert (found["min"], found["median"], found["max"]) == (1.0, 2.5, 10.0)
    assert statistics(np.array([7.0]))["standard_deviation"] is None


def test_null_share_counts_from_the_first_value_on():
    dates = days("2022-01-03", "2023-01-03", "2023-01-04", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05")
    assert null_by_year(dates, np.array([NAN, NAN, 1.0, NAN, 2.0, 3.0, 4.0])) == {2023: 0.0, 2024: 0.25}


def test_a_spike_of_one_session_in_fifty_years_stays_in_the_chart():
    values = np.zeros(13_000)
    values[7_777] = 9.0
    dates = np.arange("1970-01-01", 13_000, dtype="datetime64[D]")
    parts = chart(dates, values)["parts"]
    assert len(parts) == PARTS
    assert max(part[2] for part in parts) == 9.0


def test_a_chart_begins_at_the_first_value_and_leaves_holes_open():
    values = np.full(300, NAN)
    values[100:150], values[250:] = 1.0, 2.0
    made = chart(np.arange("2024-01-01", 300, dtype="datetime64[D]"), values)
    assert made["from"] == "2024-04-10"
    assert made["parts"][0] == [1.0, 1.0, 1.0, 1.0]
    assert None in made["parts"]


def drawn(parts: list) -> list[str]:
    return draw({"from": "2024-01-02", "to": "2025-06-30", "parts": parts}, "USD/bu", height=2)


def test_a_rise_is_drawn_from_the_bottom_left_to_the_top_right():
    lines = drawn([[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [7.0, 7.0, 7.0, 7.0], [7.0, 7.0, 7.0, 7.0]])
    assert lines[0].strip() == "USD/bu"
    top, bottom = lines[1].split("┤")[1], lines[2].split("┤")[1]
    assert bottom[0] == chr(0x2800 + 0x40 + 0x80)  # the lowest dot of both columns
    assert ord(top[1]) - 0x2800 & 0x01
    assert ord(top[1]) - 0x2800 & 0x08
    assert lines[1].split("┤")[0].strip() == "7"
    assert lines[2].split("┤")[0].strip() == "0"
    assert "2 Jan 2024" in lines[-1]
    assert "30 Jun 2025" in lines[-1]


def test_holes_and_constants_can_be_drawn():
    assert drawn([[3.0, 3.0, 3.0, 3.0], None, None, [3.0, 3.0, 3.0, 3.0]])[1:3] == ["  ┤⡀⢀", "3 ┤⠀⠀"]
