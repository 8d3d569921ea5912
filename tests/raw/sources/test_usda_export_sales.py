"""Export sales: rows of the service, sums that must hold, and every way to be wrong."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import usda_export_sales

ROW = {
    "commodityCode": 801, "countryCode": 5700, "weeklyExports": 10, "accumulatedExports": 100, "outstandingSales": 50,
    "grossNewSales": 8, "currentMYNetSales": -20, "currentMYTotalCommitment": 150, "nextMYOutstandingSales": 0,
    "nextMYNetSales": 0, "unitId": 1, "weekEndingDate": "2026-07-16T00:00:00",
}  # fmt: skip
COUNTRIES = b'[{"countryCode":5700,"countryName":"CHINA  ","regionId":7}]'


def answer(*rows: object, part: str = "soybeans-2026"):
    return download("usda_export_sales", part, json.dumps(rows))


@pytest.fixture
def recorded_rows():
    return recorded("usda_export_sales", "soybeans-2026", "usda_fas/esr_exports_rows.json")


def test_chinas_week_read_by_eye(recorded_rows):
    corn, soybeans = json.loads(recorded_rows.body)
    assert_refused(usda_export_sales.parse, recorded_rows, "weekEndingDate '2023-09-07")  # the corn row beside it
    (rows,) = usda_export_sales.parse(replace(recorded_rows, body=json.dumps([soybeans]).encode()))
    week = rows.frame.row(0, named=True)
    assert week["observation_date"] == date(2026, 7, 23)
    assert (week["commodity_code"], week["country_code"], week["market_year"]) == ("801", "5700", 2026)
    assert (week["outstanding_sales_mt"], week["net_sales_mt"], week["gross_new_sales_mt"]) == (352846, 25376, 224335)
    assert week["accumulated_exports_mt"] + week["outstanding_sales_mt"] == week["total_commitment_mt"] == 366352
    assert corn["accumulatedExports"] + corn["outstandingSales"] == corn["currentMYTotalCommitment"] == 747258


def test_a_marketing_year_that_has_not_begun_has_no_rows():
    nothing = recorded("usda_export_sales", "soybeans-2027", "usda_fas/esr_market_year_not_started.json")
    assert usda_export_sales.parse(nothing)[0].frame.is_empty()
    assert_refused(usda_export_sales.parse, replace(nothing, part="soybeans-2026"), "no row", "2025-09-01")


@pytest.mark.parametrize(
    ("week", "public"),
    [
        ("2026-07-16", "2026-07-23 12:30"),
        ("2026-01-22", "2026-01-29 13:30"),
        ("2025-06-26", "2025-07-03 12:30"),
        ("2024-12-19", "2024-12-27 13:30"),  # Christmas is a Wednesday: Friday
        ("2013-09-26", "2013-10-31 12:30"),  # USDA published on Friday 18 October; late rather than early
        ("2013-10-24", "2013-10-31 12:30"),
        ("2018-12-20", "2019-03-07 13:30"),
        ("2025-09-18", "2025-09-25 12:30"),
        ("2025-09-25", "2026-01-15 13:30"),
        ("2026-01-08", "2026-01-15 13:30"),
    ],
)
def test_publication_follows_holidays_and_shutdowns(week, public):
    found = published(usda_export_sales.RULE, pl.Series([date.fromisoformat(week)]))[0]
    assert f"{found:%Y-%m-%d %H:%M}" == public


def test_negative_net_sales_are_sales_that_were_cancelled():
    assert usda_export_sales.parse(answer(ROW))[0].frame["net_sales_mt"].to_list() == [-20]


def test_order_repetition_mark_and_new_fields_change_nothing():
    later = ROW | {"weekEndingDate": "2026-07-23T00:00:00", "new": "x"}
    expected = usda_export_sales.parse(answer(ROW, later))[0].frame
    assert usda_export_sales.parse(answer(later, dict(reversed(ROW.items())), ROW))[0].frame.equals(expected)
    marked = replace(answer(ROW, later), body=b"\xef\xbb\xbf" + answer(ROW, later).body)
    assert usda_export_sales.parse(marked)[0].frame.equals(expected)


def test_bytes_cut_short_and_strangers_are_refused():
    rows = [ROW | {"countryCode": code} for code in range(5700, 5720)]
    assert assert_cuts_are_refused(usda_export_sales.parse, answer(*rows)) == 63
    assert_strangers_are_refused(usda_export_sales.parse, answer(*rows))


def without(name: str) -> dict:
    return {key: value for key, value in ROW.items() if key != name}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (without("outstandingSales"), ["outstandingSales"]),
        (without("outstandingSales") | {"outstanding": 50}, ["outstandingSales"]),
        (without("weekEndingDate"), ["weekEndingDate"]),
        (ROW | {"outstandingSales": 51}, ["151", "150", "equal sums"]),
        (ROW | {"outstandingSales": None}, ["outstandingSales"]),
        (ROW | {"outstandingSales": "NaN"}, ["NaN"]),
        (ROW | {"accumulatedExports": -100, "currentMYTotalCommitment": -50}, ["below zero"]),
        (ROW | {"unitId": 2}, ["unitId 2", "metric tons"]),
        (ROW | {"commodityCode": 401}, ["401", "801"]),
        (ROW | {"countryCode": "CH"}, ["'CH'"]),
        (ROW | {"weekEndingDate": "07/16/2026"}, ["07/16/2026"]),
        (ROW | {"weekEndingDate": "2026-07-36T00:00:00"}, ["2026-07-36"]),
        (ROW | {"weekEndingDate": "2024-07-18T00:00:00"}, ["2024-07-18", "2025-09-01"]),
        (ROW | {"weekEndingDate": "2026-09-03T00:00:00"}, ["2026-09-03"]),  # after the fetch
        ([1], ["a list of weeks"]),
    ],
)
def test_a_wrong_row_is_refused_by_what_is_wrong(row, words):
    assert_refused(usda_export_sales.parse, answer(row), *words)


def test_other_answers_are_refused():
    other = ROW | {"outstandingSales": 40, "currentMYTotalCommitment": 140}
    assert_refused(usda_export_sales.parse, answer(ROW, other), "different values")
    for body, word in ((b'{"message": "Rate limit"}', "Rate limit"), (b"[NaN]", "NaN"), (b"[Infinity]", "Infinity")):
        assert_refused(usda_export_sales.parse, replace(answer(), body=body), word)
    assert_refused(usda_export_sales.parse, answer(ROW, part="corn-2026"), "corn-2026")


def test_fetch_asks_for_marketing_years_with_the_key_in_a_header():
    http = FakeHttp("usda_export_sales", [COUNTRIES, *[b"[]"] * 4])
    found = list(usda_export_sales.fetch(ask("2026-08-25", "2026-09-15", key="secret-key"), http))
    assert [one.part for one in found] == ["soybeans-2026", "soybeans-2027", "meal-2026", "oil-2026"]
    assert http.asked[2]["url"].endswith("/exports/commodityCode/801/allCountries/marketYear/2027")
    assert all(call["secret_headers"] == {"X-Api-Key": "secret-key"} for call in http.asked)


def test_without_a_key_or_with_another_china_nothing_is_asked():
    with pytest.raises(SourceError, match="USDA_FAS_API_KEY"):
        list(usda_export_sales.fetch(ask("2026-08-25", "2026-09-15"), FakeHttp("usda_export_sales", [])))
    shape = recorded("usda_export_sales", "countries", "usda_fas/esr_countries.shape-only.json").body
    http = FakeHttp("usda_export_sales", [shape.replace(b"China", b"Chile")])
    with pytest.raises(SourceError, match=r"Chile.*expected China"):
        list(usda_export_sales.fetch(ask("2026-08-25", "2026-09-15", key="secret-key"), http))
