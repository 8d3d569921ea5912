"""BLS: answers in the documented shape, and every way in which they can be wrong."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download

from oilseer.raw.availability import published
from oilseer.raw.sources import bls
from oilseer.raw.specs import BLS

KEY = "0123456789abcdef0123456789abcdef"
PART = "series_wpu027_2024"


def point(year: str, period: str, value: object, *codes: str, **changes) -> dict:
    notes = [{"code": code, "text": "said so"} for code in codes] or [{}]
    return {"year": year, "period": period, "periodName": "…", "value": value, "footnotes": notes} | changes


POINTS = [point("2024", "M13", "250.000"), point("2024", "M02", "251.900", "P"), point("2024", "M01", "248.136")]


def answer(points: list, part: str = PART, series: str = "WPU027", wrapped: bool = False, **changes):
    results = {"series": [{"seriesID": series, "data": points}]}
    body = {"status": "REQUEST_SUCCEEDED", "responseTime": 16, "message": []}
    return download("bls", part, json.dumps(body | {"Results": [results] if wrapped else results} | changes))


def rows(given) -> list[tuple]:
    (found,) = bls.parse(given)
    assert found.spec is BLS
    return found.frame.select("observation_date", "value", "preliminary").rows()


def test_months_come_oldest_first_and_the_years_mean_is_left_out():
    wanted = [(date(2024, 1, 1), 248.136, False), (date(2024, 2, 1), 251.9, True)]
    assert rows(answer(POINTS)) == wanted
    assert rows(answer(POINTS, wrapped=True)) == wanted  # Results as the documentation's sample shows it


def test_the_documented_sample_is_read():
    # https://www.bls.gov/developers/api_signature_v2.htm, its two points under a series of ours
    sample = {
        "status": "REQUEST_SUCCEEDED", "responseTime": 16, "message": [], "Results": [{"series": [{
            "seriesID": "WPU027", "data": [
                {"year": "2013", "period": "M11", "periodName": "November", "value": "16393",
                 "footnotes": [{"code": "P", "text": "Preliminary."}]},
                {"year": "2013", "period": "M10", "periodName": "October", "value": "16536", "footnotes": [{}]},
            ]}]}],
    }  # fmt: skip
    given = download("bls", "series_wpu027_2013", json.dumps(sample))
    assert rows(given) == [(date(2013, 10, 1), 16536, False), (date(2013, 11, 1), 16393, True)]


def test_a_month_that_was_not_published_is_left_out():
    assert rows(answer([point("2025", "M10", "-", "X"), point("2025", "M09", "324.8")])) == [
        (date(2025, 9, 1), 324.8, False)
    ]
    assert rows(answer([])) == []


@pytest.mark.parametrize(
    ("series", "month", "public"),
    [
        ("CUSR0000SEFS", date(2024, 1, 1), "2024-02-20 13:30"),
        ("CUSR0000SEFS", date(2024, 7, 1), "2024-08-20 12:30"),
        ("CUSR0000SEFS", date(2013, 9, 1), "2013-10-30 12:30"),
        ("CUSR0000SEFS", date(2025, 9, 1), "2025-10-24 12:30"),
        ("WPU027", date(2024, 1, 1), "2024-02-16 13:30"),
        ("WPU027", date(2013, 9, 1), "2013-10-29 12:30"),
        ("WPU027", date(2025, 10, 1), "2026-01-30 13:30"),
        ("WPU027", date(2026, 1, 1), "2026-02-27 13:30"),  # the 16th is Washington's birthday
    ],
)
def test_months_are_public_by_the_calendar_and_later_after_shutdowns(series, month, public):
    (found,) = bls.parse(answer([point("2024", "M01", "1.0")], f"series_{series.lower()}_2024", series))
    assert f"{published(found.rule, pl.Series([month]))[0]:%Y-%m-%d %H:%M}" == public


def test_every_cut_is_refused():
    points = [point(str(year), f"M{month:02}", "251.9") for year in range(2000, 2010) for month in range(1, 13)]
    assert assert_cuts_are_refused(bls.parse, answer(points)) == 63


def test_strangers_are_refused():
    assert_strangers_are_refused(bls.parse, answer(POINTS))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            answer([], status="REQUEST_NOT_PROCESSED", message=["daily threshold for total number of requests"]),
            "daily threshold",
        ),
        (answer([], message=["Series does not exist for Series WPU027"]), "does not exist"),
        (answer([], message=["Invalid Series for Series WPU027"]), "Invalid Series"),
        (answer(POINTS, series="WPU0278"), "'WPU0278'"),
        (answer(POINTS, part="series_cpi_2024"), "a series of ours"),
        (answer(POINTS, Results={}), "one series"),
        (answer(POINTS, Results={"series": []}), "one series"),
        (answer({}), "a list of objects"),
        (answer([["2024", "M01", "1"]]), "a list of objects"),
        (answer([point("2024", "Q01", "251.9")]), "'Q01'"),
        (answer([point("2024", "M00", "251.9")]), "'M00'"),
        (answer([point("24", "M01", "251.9")]), "'24'"),
        (answer([point(2024, "M01", "251.9")]), "2024"),
        (answer([point("2024", "M01", 251.9)]), "as text"),
        (answer([point("2024", "M01", None)]), "None"),
        (answer([point("2024", "M01", "NaN")]), "'NaN'"),
        (answer([point("2024", "M01", "Infinity")]), "'Infinity'"),
        (answer([point("2024", "M01", "1,251.9")]), "'1,251.9'"),
        (answer([point("2024", "M01", "-251.9")]), "above zero"),
        (answer([point("2024", "M01", "251.9", footnotes=None)]), "footnotes None"),
        (answer([{"year": "2024", "month": "M01", "value": "251.9"}]), "period None"),
        (answer([point("2024", "M01", "251.9"), point("2024", "M01", "252.0")]), "different values"),
    ],
)
def test_a_wrong_answer_is_refused(given, words):
    assert_refused(bls.parse, given, words)


def test_order_repetitions_and_a_mark_change_nothing():
    wanted = rows(answer(POINTS))
    assert rows(answer([*POINTS[::-1], POINTS[1]])) == wanted
    given = answer(POINTS)
    assert rows(replace(given, body=b"\xef\xbb\xbf" + given.body)) == wanted


@pytest.mark.parametrize("constant", ["NaN", "Infinity"])
def test_constants_that_json_does_not_have_are_refused(constant):
    given = answer(POINTS)
    assert_refused(bls.parse, replace(given, body=given.body.replace(b'"251.900"', constant.encode())))


def test_with_a_key_spans_of_twenty_years_are_asked_newest_first():
    http = FakeHttp("bls", [b"{}"] * 26)
    found = list(bls.fetch(ask("2000-01-01", "2026-09-01", key=KEY), http))
    assert len(found) == 26
    assert [each.part for each in found if "_wpu027_" in each.part] == ["series_wpu027_2007", "series_wpu027_2000"]
    spans = [http.asked[place]["params"] for place in (0, 13)]
    assert spans == [{"startyear": "2007", "endyear": "2026"}, {"startyear": "2000", "endyear": "2006"}]
    assert http.asked[0]["url"] == "https://api.bls.gov/publicAPI/v2/timeseries/data/CUSR0000SA0"
    assert http.asked[0]["secret"] == {"registrationkey": KEY}
    assert KEY not in str([each["params"] for each in http.asked])


def test_without_a_key_one_days_requests_are_enough():
    http = FakeHttp("bls", [b"{}"] * 25)
    found = list(bls.fetch(ask("2000-01-01", "2026-09-01"), http))
    assert len(found) == len(bls.SERIES) <= 25
    assert http.asked[0]["url"].startswith("https://api.bls.gov/publicAPI/v1/")
    assert http.asked[0]["params"] == {"startyear": "2017", "endyear": "2026"}
    assert http.asked[0]["secret"] is None


def test_wanted_parts_alone_are_asked():
    http = FakeHttp("bls", [b"{}"])
    wanted = ask("2025-08-01", "2026-09-01", parts=("series_wpu027_2025",))
    assert [each.part for each in bls.fetch(wanted, http)] == ["series_wpu027_2025"]


def test_yearly_means_among_twenty_years_of_months_are_left_out():
    points = [point(str(year), f"M{month:02}", "251.9") for year in range(2006, 2026) for month in range(1, 14)]
    assert len(rows(answer(points))) == 240
