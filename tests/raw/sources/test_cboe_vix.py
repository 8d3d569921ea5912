"""Cboe's file of the VIX: recorded bytes, values read by eye, and every way in which it can be wrong."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.raw.availability import published
from oilseer.raw.sources import cboe_vix
from oilseer.raw.specs import VIX

HEAD = "DATE,OPEN,HIGH,LOW,CLOSE\n"
SMALL = HEAD + "02/28/2024,13.8,14.0,13.4,13.84\n02/29/2024,13.7,14.3,13.2,13.40\n03/01/2024,13.2,13.5,13.0,13.11\n"


@pytest.fixture(scope="module")
def whole():
    return recorded("cboe_vix", "history", "cboe/VIX_History_raw_trimmed.csv")


def small(body: str):
    return download("cboe_vix", "history", body)


def closes(given) -> dict[date, float]:
    (rows,) = cboe_vix.parse(given)
    return dict(rows.frame.rows())


def test_values_read_by_eye(whole):
    found = closes(whole)
    assert found[date(1990, 1, 2)] == 17.24
    assert found[date(2026, 5, 18)] == 17.82
    assert len(found) == 798  # lines of the file less its header


def test_closes_equal_an_independent_history(whole):
    (rows,) = cboe_vix.parse(whole)
    history = pl.read_parquet(real_file("history/cboe_vix_daily.parquet")).select(
        observation_date="date", other="close"
    )
    both = rows.frame.join(history, on="observation_date")
    assert both.height > 300
    assert both.filter((pl.col("close") - pl.col("other")).abs() > 0.005).is_empty()


def test_every_row_is_ours_and_public_at_17_00_new_york(whole):
    (rows,) = cboe_vix.parse(whole)
    assert rows.spec is VIX
    assert str(published(rows.rule, pl.Series([date(2026, 1, 5)]))[0]) == "2026-01-05 22:00:00+00:00"


def test_bytes_cut_short_are_refused_or_fewer_whole_rows(whole):
    assert assert_cuts_are_refused(cboe_vix.parse, whole, may_be_shorter=True) >= 60


def test_strangers_are_refused(whole):
    assert_strangers_are_refused(cboe_vix.parse, whole)


def test_an_index_of_one_value_is_refused():
    other = recorded("cboe_vix", "history", "cboe/AAVE10RP_History.csv")
    assert_refused(cboe_vix.parse, other, "AAVE10RP", "CLOSE")


def test_the_session_that_is_open_is_left_out():
    at = datetime(2024, 3, 1, 21, 59, tzinfo=UTC)  # 16:59 New York
    assert max(closes(replace(small(SMALL), fetched_at=at))) == date(2024, 2, 29)
    after = at.replace(hour=22, minute=0)
    assert max(closes(replace(small(SMALL), fetched_at=after))) == date(2024, 3, 1)


def test_order_of_columns_and_rows_a_mark_and_other_line_ends_change_nothing():
    wanted = closes(small(SMALL))
    assert wanted[date(2024, 2, 29)] == 13.40
    lines = SMALL.splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])]) + "\n"
    swapped = "\n".join(",".join(reversed(line.split(","))) for line in lines) + "\n"
    for body in (turned, swapped, "\ufeff" + SMALL, SMALL.replace("\n", "\r\n"), SMALL + lines[1] + "\n"):
        assert closes(small(body)) == wanted


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (HEAD, "a header without rows"),
        (SMALL.replace("CLOSE", "LAST"), "CLOSE"),
        (SMALL.replace("CLOSE", "LOW"), "CLOSE"),
        (SMALL.replace("02/29/2024", "02/29/2023"), "02/29/2023"),
        (SMALL.replace("02/29/2024", "29/02/2024"), "29/02/2024"),
        (SMALL.replace("02/29/2024", "2024-02-29"), "MM/DD/YYYY"),
        (SMALL.replace("02/29/2024", "2/29/24"), "MM/DD/YYYY"),
        (SMALL.replace("13.40", "NaN"), "'NaN' for CLOSE in line 3"),
        (SMALL.replace("13.40", "Infinity"), "'Infinity'"),
        (SMALL.replace("13.40", ""), "''"),
        (SMALL.replace("13.40", "13,40"), "6 cells"),
        (SMALL.replace("13.40", "14.40"), "14.4 outside 13.2 to 14.3"),
        (HEAD + "02/29/2024,.137,.143,.132,.134\n", "0.134"),
        (HEAD + "02/29/2024,1370,1430,1320,1340\n", "1340"),
        (SMALL + "02/29/2024,13.7,14.3,13.2,13.50\n", "different values"),
        (SMALL + "03/04/2024,13.2\n", "2 cells in line 5"),
        (SMALL.rstrip("\n"), "without an end"),
    ],
)
def test_a_wrong_file_is_refused(body, words):
    assert_refused(cboe_vix.parse, small(body), words)


def test_fetch_brings_the_file():
    http = FakeHttp("cboe_vix", [SMALL.encode()])
    (found,) = cboe_vix.fetch(ask("2024-02-01", "2024-03-01"), http)
    assert found.part == "history"
    assert http.asked[0]["url"].endswith("/VIX_History.csv")


def test_nine_thousand_sessions_are_read_within_a_second():
    days = pl.date_range(date(1990, 1, 1), date(2024, 12, 31), eager=True)
    body = HEAD + "".join(f"{day:%m/%d/%Y},20.000000,21.000000,19.000000,20.500000\n" for day in days)
    start = time.perf_counter()
    assert len(closes(small(body))) == len(days)
    assert time.perf_counter() - start < 1
