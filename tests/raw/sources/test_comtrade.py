"""UN Comtrade: recorded annual totals, hand-written months, and every way to be wrong."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.raw.availability import published
from oilseer.raw.sources import comtrade

ROW = {
    "freqCode": "M", "refYear": 2026, "refMonth": 5, "period": "202605", "reporterCode": 156, "flowCode": "M",
    "partnerCode": 76, "partnerDesc": "Brazil", "partner2Code": 0, "cmdCode": "1201", "customsCode": "C00",
    "mosCode": "0", "motCode": 0, "netWgt": 12_110_000_000.0, "primaryValue": 5_400_000_000.0,
}  # fmt: skip


def answer(*rows: object, **more: object):
    body = {"elapsedTime": "0.1 secs", "count": len(rows), "data": rows, "error": ""} | more
    return download("comtrade", "imports-202605", json.dumps(body))


@pytest.fixture(scope="module")
def totals():
    return recorded("comtrade", "imports-2010", "comtrade/data_v1_get_C_A_HS_annual_total.json")


def test_chinas_imports_of_2010_read_by_eye(totals):
    (rows,) = comtrade.parse(totals)
    assert rows.frame.rows() == [
        ("156", "276", "Germany", "TOTAL", "annual", None, 74_251_272_075.0, date(2010, 1, 1)),
        ("156", "32", "Argentina", "TOTAL", "annual", None, 6_804_128_143.0, date(2010, 1, 1)),
    ]  # the two rows of exports are left out
    assert f"{published(rows.rule, rows.frame['observation_date'])[0]:%Y-%m-%d}" == "2011-06-30"


def test_a_month_is_public_at_the_end_of_the_third_month_after():
    (rows,) = comtrade.parse(answer(ROW))
    assert rows.frame.select("net_weight_kg", "observation_date", "frequency").row(0) == (
        12_110_000_000.0, date(2026, 5, 1), "monthly",
    )  # fmt: skip
    assert f"{published(rows.rule, pl.Series([date(2026, 5, 1)]))[0]:%Y-%m-%d %H:%M}" == "2026-08-31 12:00"


def test_months_and_years_of_one_answer_have_their_own_rules():
    year = ROW | {"freqCode": "A", "refYear": 2025, "refMonth": 52, "period": "2025"}
    assert [rows.frame["frequency"].to_list() for rows in comtrade.parse(answer(year, ROW))] == [
        ["monthly"],
        ["annual"],
    ]


def test_nothing_reported_yet_is_an_empty_frame():
    (rows,) = comtrade.parse(recorded("comtrade", "imports-202607", "comtrade/bulk_error.json"))
    assert rows.frame.is_empty()


def test_parts_of_a_flow_and_a_weight_of_nothing():
    by_sea = ROW | {"motCode": 2100, "netWgt": 1.0}
    from_world = ROW | {"partnerCode": 0, "partnerDesc": "World", "netWgt": 0}
    (rows,) = comtrade.parse(answer(ROW, by_sea, from_world))
    assert rows.frame.select("partner_code", "net_weight_kg").rows() == [("0", None), ("76", 12_110_000_000.0)]


def test_another_product_of_the_service_is_refused():
    bulk = recorded("comtrade", "imports-196201", "comtrade/bulk_v1_get_C_A_HS.json")
    assert_refused(comtrade.parse, bulk, "flowCode")


def test_order_repetition_mark_and_new_fields_change_nothing():
    other = ROW | {"partnerCode": 842, "partnerDesc": "USA"}
    expected = comtrade.parse(answer(ROW, other))[0].frame
    shuffled = answer(other, dict(reversed(ROW.items())), ROW | {"new": 1})
    assert comtrade.parse(replace(shuffled, body=b"\xef\xbb\xbf" + shuffled.body))[0].frame.equals(expected)


def test_bytes_cut_short_and_strangers_are_refused(totals):
    assert assert_cuts_are_refused(comtrade.parse, totals) == 63
    assert_strangers_are_refused(comtrade.parse, totals)


def without(name: str) -> dict:
    return {key: value for key, value in ROW.items() if key != name}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (without("netWgt"), ["netWgt"]),
        (without("primaryValue"), ["primaryValue"]),
        (without("motCode"), ["motCode"]),
        (without("flowCode") | {"flow": "M"}, ["flowCode"]),
        (ROW | {"primaryValue": None}, ["primaryValue"]),
        (ROW | {"primaryValue": -1}, ["0 or more"]),
        (ROW | {"netWgt": "NaN"}, ["NaN"]),
        (ROW | {"cmdCode": 1201}, ["1201", "text"]),
        (ROW | {"partnerCode": "BRA"}, ["'BRA'"]),
        (ROW | {"refMonth": 52}, ["52"]),
        (ROW | {"refMonth": 13, "period": "202613"}, ["13"]),
        (ROW | {"period": "202604"}, ["202604"]),
        (ROW | {"refYear": 2027, "period": "202705"}, ["2027"]),
        (ROW | {"refMonth": 12, "period": "202612"}, ["202612", "past"]),
        (ROW | {"freqCode": "Q"}, ["'Q'"]),
    ],
)
def test_a_wrong_row_is_refused_by_what_is_wrong(row, words):
    assert_refused(comtrade.parse, answer(row), *words)


def test_other_answers_are_refused():
    assert_refused(comtrade.parse, answer(ROW, ROW | {"netWgt": 1.0}), "different values")
    assert_refused(comtrade.parse, answer(ROW, count=3), "1 rows and a count of 3")
    assert_refused(comtrade.parse, answer(error="Quota exceeded"), "Quota exceeded")
    assert_refused(comtrade.parse, answer(*[ROW] * 500), "500", "fewer months")
    for body, word in ((b'{"statusCode": 429, "message": "Rate limit"}', "Rate limit"), (b'{"data": [NaN]}', "NaN"),
                       (b'{"count": 0, "data": null}', "rows under `data`")):  # fmt: skip
        assert_refused(comtrade.parse, replace(answer(), body=body), word)


def test_without_a_key_the_preview_is_asked_month_by_month_and_with_one_a_year_at_once():
    http = FakeHttp("comtrade", [b"1", b"2", b"3"])
    parts = [one.part for one in comtrade.fetch(ask("2025-12-15", "2026-02-01"), http)]
    assert parts == ["imports-202512", "imports-202601", "imports-202602"]
    assert http.asked[0]["url"] == comtrade.PREVIEW
    assert http.asked[0]["params"]["period"] == "202512"
    assert http.asked[0]["secret_headers"] is None
    http = FakeHttp("comtrade", [b"1", b"2"])
    parts = [one.part for one in comtrade.fetch(ask("2025-12-15", "2026-02-01", key="secret-key"), http)]
    assert parts == ["imports-202512", "imports-202601-202602"]
    assert http.asked[1]["params"]["period"] == "202601,202602"
    assert http.asked[1]["url"] == comtrade.KEYED
    assert http.asked[1]["secret_headers"] == {"Ocp-Apim-Subscription-Key": "secret-key"}
