"""Open-Meteo's archive: a recorded envelope read by eye, and every way in which an answer can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.raw.availability import published
from oilseer.raw.sources import open_meteo
from oilseer.reference.weather_locations import Location, locations

ZURICH = Location("zurich", "ch", "zh", "Zürich", 47.56, 8.26, 0.0, 5, 1, "recorded answer")
ANSWER = {
    "latitude": -12.57, "longitude": -55.68, "utc_offset_seconds": 0, "timezone": "GMT",
    "daily_units": {"time": "iso8601", "precipitation_sum": "mm", "temperature_2m_max": "°C"},
    "daily": {
        "time": ["2024-02-28", "2024-02-29", "2024-03-01"],
        "precipitation_sum": [12.4, 0.0, None], "temperature_2m_max": [30.5, -0.25, None],
    },
}  # fmt: skip


@pytest.fixture
def zurich(monkeypatch):
    """The recorded answer is of a place without soybeans: it is listed for the test."""
    monkeypatch.setattr(open_meteo, "locations", lambda: {"zurich": ZURICH})
    return recorded("open_meteo", "zurich", "open_meteo/forecast_daily_47.56_8.26.json")


def answer(**change: object):
    return download("open_meteo", "br_mt", json.dumps(ANSWER | change))


def with_daily(**change: object):
    return answer(daily=ANSWER["daily"] | change)


def test_values_read_by_eye(zurich):
    (rows,) = open_meteo.parse(zurich)
    found = rows.frame.select("observation_date", "precipitation_mm", "evapotranspiration_mm").rows()
    assert found[0] == (date(2026, 3, 11), 5.6, 1.69)
    assert found[2] == (date(2026, 3, 13), 0.0, 2.53)
    assert found[6] == (date(2026, 3, 17), 0.0, 1.85)
    assert len(found) == 7
    assert rows.frame.select("location", "latitude", "longitude").unique().rows() == [("zurich", 47.56, 8.26)]
    assert "temperature_max_c" not in rows.frame.columns  # not asked for then, so not made up


def test_days_not_there_yet_give_no_row_and_a_leap_day_does():
    (rows,) = open_meteo.parse(answer())
    assert rows.frame.select("observation_date", "precipitation_mm", "temperature_max_c").rows() == [
        (date(2024, 2, 28), 12.4, 30.5), (date(2024, 2, 29), 0.0, -0.25)
    ]  # fmt: skip
    assert published(rows.rule, pl.Series([date(2024, 2, 29)]))[0] == datetime(2024, 3, 6, 22, tzinfo=UTC)


def test_the_recorded_limit_is_refused_with_its_reason():
    assert_refused(open_meteo.parse, recorded("open_meteo", "br_mt", "open_meteo/error_429.shape-only.json"),
                   "Minutely API request limit exceeded", "wait")  # fmt: skip


def test_bytes_cut_short_and_strangers_are_refused(zurich):
    assert_cuts_are_refused(open_meteo.parse, zurich)
    assert_strangers_are_refused(open_meteo.parse, zurich)


def test_order_repetition_mark_and_further_fields_do_not_matter():
    expected = open_meteo.parse(answer())[0].frame
    turned = with_daily(
        time=["2024-02-29", "2024-02-28", "2024-02-29"], precipitation_sum=[0, 12.4, 0],
        temperature_2m_max=[-0.25, 30.5, -0.25], snowfall_sum=[0, 0, 0],
    )  # fmt: skip
    assert open_meteo.parse(turned)[0].frame.equals(expected)
    assert open_meteo.parse(replace(turned, body=b"\xef\xbb\xbf" + turned.body))[0].frame.equals(expected)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            answer(daily_units=ANSWER["daily_units"] | {"temperature_2m_max": "°F"}),
            ["'°F'", "°C", "temperature_2m_max"],
        ),
        (answer(daily_units=ANSWER["daily_units"] | {"precipitation_sum": "inch"}), ["'inch'", "mm"]),
        (answer(daily_units={"time": "iso8601"}), ["None", "mm"]),
        (answer(daily_units=ANSWER["daily_units"] | {"time": "unixtime"}), ["unixtime"]),
        (answer(daily_units=None), ["daily_units"]),
        (answer(daily=None), ["daily"]),
        (answer(daily={"time": ["2024-02-28"]}), ["precipitation_sum"]),
        (answer(daily={"time": ["2024-02-28"], "rain_total": [1]}), ["rain_total"]),
        (with_daily(precipitation_sum=[12.4, 0.0]), ["2 values", "3"]),
        (with_daily(precipitation_sum={"0": 1}), ["dict values"]),
        (with_daily(precipitation_sum=["12.4", 0, 0]), ["'12.4'", "day 1"]),
        (with_daily(precipitation_sum=[True, 0, 0]), ["True"]),
        (with_daily(time=["2023-02-29", "2024-02-29", "2024-03-01"]), ["2023-02-29"]),
        (with_daily(time=[1709078400, 1709164800, 1709251200]), ["1709078400"]),
        (with_daily(time=["2024-02-28", "2024-02-28", "2024-03-01"]), ["different values"]),
        (answer(latitude=12.57), ["12.57", "-12.55"]),
        (answer(longitude=None), ["longitude"]),
        (answer(error=True, reason="Parameter out of range"), ["Parameter out of range"]),
        (download("open_meteo", "br_mt", "[]"), ["an answer"]),
        (download("open_meteo", "atlantis", json.dumps(ANSWER)), ["atlantis", "br_mt"]),
    ],
)
def test_a_wrong_answer_is_refused_by_what_is_wrong(found, words):
    assert_refused(open_meteo.parse, found, *words)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_constants_that_are_no_json_are_refused(constant):
    whole = answer()
    assert_refused(open_meteo.parse, replace(whole, body=whole.body.replace(b"12.4", constant.encode())), constant)


def test_fetch_asks_once_a_location():
    http = FakeHttp("open_meteo", [b"{}"] * len(locations()))
    found = list(open_meteo.fetch(ask("2024-02-01", "2024-02-29"), http))
    assert [d.part for d in found] == list(locations())
    mato_grosso = next(asked for asked in http.asked if asked["part"] == "br_mt")["params"]
    assert (mato_grosso["latitude"], mato_grosso["longitude"]) == ("-12.55", "-55.71")
    assert (mato_grosso["start_date"], mato_grosso["end_date"]) == ("2024-02-01", "2024-02-29")
    only = FakeHttp("open_meteo", [b"{}"])
    assert [d.part for d in open_meteo.fetch(ask("2024-02-01", "2024-02-29", parts=("us_il",)), only)] == ["us_il"]
