"""NCEI's daily summaries: recorded rows, values worked by hand, and every way in which an answer can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.raw.availability import published
from oilseer.raw.sources import noaa_ncei
from oilseer.reference.weather_locations import locations, stations

DAY = {"DATE": "2024-02-29", "STATION": "USW00014933", "TMAX": "  172", "TMIN": "  -33", "PRCP": "    5"}
VALUES = list(noaa_ncei.COLUMNS.values())


def answer(*days: dict, units: str = ""):
    url = f"{noaa_ncei.URL}?dataset=daily-summaries" + (f"&units={units}" if units else "")
    return download("noaa_ncei", "us-2024", json.dumps(days), url=url)


def values(found) -> list[tuple]:
    united_states, elsewhere = noaa_ncei.parse(found)
    return pl.concat([united_states.frame, elsewhere.frame]).select("station_id", *VALUES).rows()


def test_tenths_read_by_eye():
    found = recorded("noaa_ncei", "us-2020", "noaa/ncei_daily_summaries_metric_default.json")
    assert values(found) == [("GHCND:USW00023174", 0.0, 20.0, 6.1, None)]


def test_an_absent_element_is_null_and_an_unknown_one_is_passed_over():
    found = recorded("noaa_ncei", "us-2023", "noaa/ncei_daily_summaries_missing_fields.json")
    assert values(found) == [("GHCND:USW00094728", None, 31.1, 21.7, None)]


def test_standard_units_of_the_address_are_converted():
    found = recorded("noaa_ncei", "us-2023", "noaa/ncei_daily_summaries_units_standard.json")
    ((station, rain, high, low, mean),) = values(replace(found, url=f"{noaa_ncei.URL}?units=standard"))
    assert (station, mean) == ("GHCND:USW00024028", None)
    assert rain == pytest.approx(4.572)  # 0.18 inches of 25.4 mm
    assert high == pytest.approx(1.666667, abs=1e-6)  # 35 °F is 3 °F above freezing, five ninths of that
    assert low == pytest.approx(-5.555556, abs=1e-6)  # 22 °F


def test_standard_units_without_the_address_saying_so_are_refused():
    found = recorded("noaa_ncei", "us-2023", "noaa/ncei_daily_summaries_units_standard.json")
    assert_refused(noaa_ncei.parse, found, "'0.18'", "whole tenths")


def test_metric_units_are_taken_as_they_are():
    assert values(answer(DAY | {"TMAX": "17.2", "TMIN": "-3.3", "PRCP": "0.5", "TAVG": "6.9"}, units="metric")) == [
        ("GHCND:USW00014933", 0.5, 17.2, -3.3, 6.9)
    ]


def test_other_units_of_the_address_are_refused():
    assert_refused(noaa_ncei.parse, answer(DAY, units="kelvin"), "units=kelvin")


def test_regions_and_rules_follow_the_station():
    cordoba = DAY | {"STATION": "AR000087344"}
    united_states, elsewhere = noaa_ncei.parse(answer(DAY, cordoba))
    assert united_states.frame.select("station_id", "region").rows() == [("GHCND:USW00014933", "US_MIDWEST")]
    assert elsewhere.frame.select("station_id", "region").rows() == [("GHCND:AR000087344", "AR")]
    leap = pl.Series([date(2024, 2, 29)])
    assert published(united_states.rule, leap)[0] == datetime(2024, 3, 4, 22, tzinfo=UTC)
    assert published(elsewhere.rule, leap)[0] == datetime(2024, 3, 21, 21, tzinfo=UTC)


@pytest.mark.parametrize("name", ["metric_default", "missing_fields", "units_standard"])
def test_bytes_cut_short_and_strangers_are_refused(name):
    found = recorded("noaa_ncei", "us-2023", f"noaa/ncei_daily_summaries_{name}.json")
    found = replace(found, url=f"{noaa_ncei.URL}?units=standard") if name == "units_standard" else found
    # the standard answer ends in a line end: without it the list is whole all the same
    assert_cuts_are_refused(noaa_ncei.parse, found, may_be_shorter=name == "units_standard")
    assert_strangers_are_refused(noaa_ncei.parse, found)


def test_order_repetition_mark_and_empty_answers():
    later = DAY | {"DATE": "2024-03-01"}
    expected = noaa_ncei.parse(answer(DAY, later))[0].frame
    turned = answer(later, dict(reversed(DAY.items())), later)
    assert noaa_ncei.parse(turned)[0].frame.equals(expected)
    assert noaa_ncei.parse(replace(turned, body=b"\xef\xbb\xbf" + turned.body))[0].frame.equals(expected)
    assert all(rows.frame.is_empty() for rows in noaa_ncei.parse(answer()))
    nothing = {"DATE": "2024-03-02", "STATION": "USW00014933", "SNOW": "0", "TMAX": " "}
    assert all(rows.frame.is_empty() for rows in noaa_ncei.parse(answer(nothing)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TMAX": "17.2"}, ["'17.2'", "tenths"]),
        ({"TMAX": "9999"}, ["999.9 °C", "TMAX of USW00014933 on 2024-02-29"]),
        ({"TMAX": "NaN"}, ["NaN"]),
        ({"TMAX": True}, ["True"]),
        ({"TMAX": "warm"}, ["'warm'"]),
        ({"PRCP": "-1"}, ["-0.1 mm"]),
        ({"PRCP": "30000"}, ["3000 mm"]),
        ({"DATE": "2023-02-29"}, ["2023-02-29"]),
        ({"DATE": "02/29/2024"}, ["02/29/2024"]),
        ({"DATE": None}, ["STATION and DATE"]),
        ({"STATION": "Des Moines"}, ["STATION and DATE"]),
        ({"STATION": None}, ["STATION and DATE"]),
    ],
)
def test_a_wrong_day_is_refused_by_what_is_wrong(change, words):
    assert_refused(noaa_ncei.parse, answer(DAY | change), *words)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_no_json_are_refused(constant):
    whole = answer(DAY)
    assert_refused(noaa_ncei.parse, replace(whole, body=whole.body.replace(b'"  172"', constant.encode())), constant)


def test_another_value_of_one_day_and_other_envelopes_are_refused():
    assert_refused(noaa_ncei.parse, answer(DAY, DAY | {"TMAX": "173"}), "different values")
    wrong = download("noaa_ncei", "us-2024", '{"errorMessage": "station unknown", "errorCode": 400}')
    assert_refused(noaa_ncei.parse, wrong, "station unknown")
    assert_refused(noaa_ncei.parse, download("noaa_ncei", "us-2024", '["x"]'), "STATION and DATE")


def test_fetch_asks_by_country_and_year_for_whole_tenths():
    http = FakeHttp("noaa_ncei", [b"[]"] * 6)
    found = list(noaa_ncei.fetch(ask("2023-12-01", "2024-01-31"), http))
    assert [d.part for d in found] == ["us-2023", "us-2024", "br-2023", "br-2024", "ar-2023", "ar-2024"]
    first, second = (http.asked[place]["params"] for place in (0, 1))
    assert (first["startDate"], first["endDate"]) == ("2023-12-01", "2023-12-31")
    assert (second["startDate"], second["endDate"]) == ("2024-01-01", "2024-01-31")
    assert "USW00014933" in first["stations"].split(",")
    assert "units" not in first


def test_every_region_has_a_station_of_its_own_country():
    listed = {place for name, place in stations().items() if name.startswith("GHCND:")}
    assert listed == set(locations())
    wrong = [
        name for name, place in stations().items()
        if name.startswith("GHCND:") and name.removeprefix("GHCND:")[:2] != place[:2].upper()
    ]  # fmt: skip
    assert not wrong
