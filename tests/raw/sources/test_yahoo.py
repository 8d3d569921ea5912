"""The Yahoo chart: recorded funds, hand-written futures, and every way in which an answer can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.raw.availability import published
from oilseer.raw.source import Gaps, Rows
from oilseer.raw.sources import yahoo
from oilseer.raw.specs import YAHOO
from oilseer.reference.symbols import symbols

NOON = datetime(2018, 4, 2, 18, tzinfo=UTC)


def fund(ticker: str, currency: str):
    """The parser for a ticker that is no symbol of ours."""
    return lambda given: (Rows(YAHOO, yahoo.bars_of(given, ticker, currency)),)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def chart(bars: dict[str, float | None], fetched_at: str = "2026-09-01T00:00+00:00", symbol: str = "ZL", **changes):
    """An answer of ZL=F with one bar a start time; each bar is flat at its close with volume 10."""
    close = list(bars.values())
    meta = {"currency": "USX", "symbol": yahoo.TICKERS[symbol], "exchangeTimezoneName": "America/New_York"}
    quote = dict.fromkeys(yahoo.PRICES, close) | {"volume": [None if value is None else 10 for value in close]}
    result = {
        "meta": meta | {"dataGranularity": "1d"} | changes.pop("meta", {}),
        "timestamp": [at(start) for start in bars],
        "indicators": {"quote": [quote | changes.pop("quote", {})]},
    } | changes
    body = json.dumps({"chart": {"result": [result], "error": None}})
    made = download("yahoo", yahoo.part_of(symbol), body)
    return replace(made, fetched_at=datetime.fromisoformat(fetched_at))


def closes(given) -> dict[str, float]:
    (rows,) = yahoo.parse(given)
    return {f"{day}": close for day, close in rows.frame.select("observation_date", "close").rows()}


def test_values_read_by_eye_from_a_recorded_fund():
    given = recorded("yahoo", "chart_xsp", "yahoo/v8_chart_XSP.TO.json", NOON)
    frame = yahoo.bars_of(given, "XSP.TO", "CAD")
    assert frame.rows() == [
        (date(2017, 10, 27), 29.36, 29.51, 29.34, 29.48, 160800),
        (date(2017, 10, 30), 29.43, 29.49, 29.35, 29.41, 118700),
        (date(2017, 10, 31), 29.43, 29.47, 29.40, 29.44, 98500),
        (date(2017, 11, 1), 29.53, 29.58, 29.43, 29.47, 227800),
    ]


def test_a_recorded_bar_of_nulls_is_no_session():
    given = recorded("yahoo", "chart_fbiix", "yahoo/v8_chart_FBIIX.json")
    frame = yahoo.bars_of(given, "FBIIX", "USD")
    assert frame["close"].to_list() == [9.69, 9.71, 9.69]
    assert str(frame["observation_date"][-1]) == "2022-02-25"


def test_a_recorded_answer_without_timestamps_has_no_rows():
    given = recorded("yahoo", "chart_xsp", "yahoo/v8_chart_XSP.TO_no_timestamp.json")
    frame = yahoo.bars_of(given, "XSP.TO", "CAD")
    assert frame.is_empty()
    assert frame.schema["volume"] == pl.Int64


def test_a_recorded_head_of_a_futures_answer_is_refused():
    given = recorded("yahoo", "chart_gc", "yahoo/v8_chart_GC=F_truncated.txt")
    assert_refused(yahoo.parse, given, "500 bytes", "fetch it again")


def test_every_cut_of_the_recorded_answers_is_refused():
    xsp = recorded("yahoo", "chart_xsp", "yahoo/v8_chart_XSP.TO.json", NOON)
    assert assert_cuts_are_refused(fund("XSP.TO", "CAD"), xsp) == 63
    fbiix = recorded("yahoo", "chart_fbiix", "yahoo/v8_chart_FBIIX.json")
    assert assert_cuts_are_refused(fund("FBIIX", "USD"), fbiix) == 63


def test_strangers_are_refused():
    assert_strangers_are_refused(yahoo.parse, chart({"2026-08-31T04:00Z": 52.5}))


def test_a_futures_row_is_ours():
    (rows,) = yahoo.parse(chart({"2026-08-31T04:00+00:00": 52.5}))
    assert rows.spec is YAHOO
    assert rows.frame.row(0, named=True) == {
        "symbol": "ZL", "observation_date": date(2026, 8, 31),
        "open": 52.5, "high": 52.5, "low": 52.5, "close": 52.5, "volume": 10,
    }  # fmt: skip
    # 17:00 New York is 21:00 UTC in summer
    assert str(published(rows.rule, rows.frame["observation_date"])[0]) == "2026-08-31 21:00:00+00:00"


def test_sessions_keep_their_date_over_both_changes_of_the_clock():
    spring = {"2024-03-08T05:00Z": 1.0, "2024-03-11T04:00Z": 2.0}
    autumn = {"2024-11-01T04:00Z": 3.0, "2024-11-04T05:00Z": 4.0}
    found = closes(chart(spring | autumn))
    assert found == {"2024-03-08": 1.0, "2024-03-11": 2.0, "2024-11-01": 3.0, "2024-11-04": 4.0}


def test_a_midnight_an_hour_early_is_still_the_next_day():
    # 2024-11-04 03:00 UTC is 22:00 New York of Sunday; 04:00 UTC is 23:00
    assert closes(chart({"2024-11-04T03:00Z": 4.0})) == {"2024-11-04": 4.0}
    assert closes(chart({"2024-11-04T04:00Z": 4.0})) == {"2024-11-04": 4.0}


def test_the_leap_day_is_a_day():
    assert closes(chart({"2024-02-29T05:00Z": 45.0})) == {"2024-02-29": 45.0}


def test_the_bar_that_is_forming_is_left_out():
    bars = {"2026-08-28T04:00Z": 51.0, "2026-08-31T04:00Z": 52.0}
    assert closes(chart(bars, "2026-08-31T21:29+00:00")) == {"2026-08-28": 51.0}
    assert closes(chart(bars, "2026-08-31T21:30+00:00")) == {"2026-08-28": 51.0, "2026-08-31": 52.0}


def test_the_evening_opens_the_next_session():
    # fetched 18:30 New York of Monday: the newest quote, 18:20, is Tuesday's
    bars = {"2026-08-31T04:00Z": 52.0, "2026-08-31T22:20Z": 53.0}
    assert closes(chart(bars, "2026-08-31T22:30+00:00")) == {"2026-08-31": 52.0}
    # a Sunday evening is Monday's
    assert closes(chart({"2026-08-30T23:00Z": 52.0}, "2026-08-30T23:10+00:00")) == {}


def test_of_a_session_that_ends_the_answer_twice_the_later_bar_stays():
    assert closes(chart({"2026-08-31T04:00Z": 52.0, "2026-08-31T20:59:58Z": 52.5})) == {"2026-08-31": 52.5}
    assert closes(chart({"2026-08-31T20:59:58Z": 52.5, "2026-08-31T04:00Z": 52.0})) == {"2026-08-31": 52.5}


def test_a_session_with_two_closes_elsewhere_is_refused():
    bars = {"2026-08-28T04:00Z": 51.0, "2026-08-28T05:00Z": 51.5, "2026-08-31T04:00Z": 52.0}
    assert_refused(yahoo.parse, chart(bars), "different values", "2026, 8, 28")


def test_repeated_and_unordered_bars_are_one_row_each():
    given = chart({"2026-08-31T04:00Z": 52.0, "2026-08-27T04:00Z": 50.0, "2026-08-28T04:00Z": 51.0})
    assert list(closes(given)) == ["2026-08-27", "2026-08-28", "2026-08-31"]
    given = chart({"2026-08-28T04:00Z": 51.0, "2026-08-28T05:00Z": 51.0, "2026-08-31T04:00Z": 52.0})
    assert closes(given) == {"2026-08-28": 51.0, "2026-08-31": 52.0}


def test_prices_of_another_ticker_unit_or_bar_length_are_refused():
    bars = {"2026-08-31T04:00Z": 52.0}
    assert_refused(yahoo.parse, chart(bars, meta={"symbol": "ZM=F"}), "'ZM=F'", "'ZL=F'", "other prices")
    assert_refused(yahoo.parse, chart(bars, meta={"currency": "USD"}), "currency 'USD'", "'USX'", "unit")
    assert_refused(yahoo.parse, chart(bars, meta={"dataGranularity": "1wk"}), "'1wk'", "'1d'")


def test_an_error_answer_is_told_in_its_own_words():
    said = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    body = json.dumps({"chart": {"result": None, "error": said}})
    assert_refused(yahoo.parse, download("yahoo", "chart_rs", body), "may be delisted")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quote": {"close": [52.0, 53.0]}}, "2 values of 'close' for 1"),
        ({"quote": {"close": None}}, "no values of 'close'"),
        ({"quote": {"volume": [1.5]}}, "whole number"),
        ({"quote": {"close": ["52.0"]}}, "text '52.0' for close"),
        ({"quote": {"close": [True]}}, "True for close"),
        ({"timestamp": []}, "1 values of 'open' for 0"),
        ({"timestamp": ["2026-08-31"]}, "epoch seconds"),
        ({"timestamp": [1787000000000]}, "epoch seconds"),
        ({"indicators": {}}, "one array each"),
        ({"meta": {"exchangeTimezoneName": "Mars/Olympus"}}, "Mars/Olympus"),
        ({"meta": {"exchangeTimezoneName": None}}, "a zone such as"),
    ],
)
def test_a_changed_shape_is_refused(changes, words):
    assert_refused(yahoo.parse, chart({"2026-08-31T04:00Z": 52.0}, **changes), words)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number):
    given = chart({"2026-08-31T04:00Z": 52.125})
    assert_refused(yahoo.parse, replace(given, body=given.body.replace(b"52.125", number.encode())))


def test_a_byte_order_mark_and_another_order_of_fields_change_nothing():
    given = chart({"2026-08-31T04:00Z": 52.0})
    assert yahoo.parse(replace(given, body=b"\xef\xbb\xbf" + given.body))[0].frame.equals(yahoo.parse(given)[0].frame)
    turned = json.loads(given.body, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert closes(replace(given, body=json.dumps(turned).encode())) == {"2026-08-31": 52.0}


def test_single_precision_is_stored_as_quoted_and_double_as_it_is():
    found = closes(chart({"2026-08-27T04:00Z": 0.0067044999450445175, "2026-08-28T04:00Z": 1024.25}))
    assert found == {"2026-08-27": 0.0067045, "2026-08-28": 1024.25}
    assert closes(chart({"2026-08-28T04:00Z": 52.123456789012})) == {"2026-08-28": 52.123456789012}


def test_every_symbol_has_a_quote_unit_and_a_part_of_its_own():
    assert set(yahoo.TICKERS) <= set(symbols())
    assert len({yahoo.part_of(symbol) for symbol in yahoo.TICKERS}) == len(set(yahoo.TICKERS.values())) == 24


def test_fetch_asks_for_one_chart_a_symbol_and_names_a_missing_one():
    answers = [None if symbol == "RS" else b"{}" for symbol in yahoo.TICKERS]
    http = FakeHttp("yahoo", answers)
    fetching, found = yahoo.fetch(ask("2026-08-24", "2026-08-31"), http), []
    with pytest.raises(Gaps, match="yahoo: found no chart of RS=F, expected one of each symbol"):
        found.extend(fetching)
    assert [each.part for each in found] == [yahoo.part_of(symbol) for symbol in yahoo.TICKERS if symbol != "RS"]
    vix = next(each for each in http.asked if each["part"] == "chart_vix")
    assert vix["url"] == "https://query1.finance.yahoo.com/v8/finance/chart/%5EVIX"
    # 2026-08-23 and 2026-09-02, midnight UTC
    assert (vix["params"]["period1"], vix["params"]["period2"]) == ("1787443200", "1788307200")
    assert vix["missing"] == (404,)
    one = FakeHttp("yahoo", [b"{}"])
    assert [each.part for each in yahoo.fetch(ask("2026-08-24", "2026-08-31", parts=("chart_zl",)), one)] == [
        "chart_zl"
    ]
