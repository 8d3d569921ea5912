"""NOPA's crush: the documented file as CSV and workbook, and every way to be wrong."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import ask, download, recorded
from workbooks import workbook

from oilseer.raw.availability import published
from oilseer.raw.sources import nopa

HEAD = "month,crush_bu,oil_stocks_lb\n"
SMALL = HEAD + "2026-06,185240000,1366000000\n2026-07,195699000,\n"


def small(body: str | bytes):
    return download("nopa", "export", body)


def test_bushels_and_pounds_as_they_stand_and_a_blank_as_null():
    (rows,) = nopa.parse(small(SMALL))
    assert rows.frame.rows() == [(date(2026, 6, 1), 185_240_000.0, 1_366_000_000.0),
                                 (date(2026, 7, 1), 195_699_000.0, None)]  # fmt: skip
    assert rows.rule is nopa.RULE


@pytest.mark.parametrize(
    ("month", "public"),
    [("2026-05-01", "2026-06-15 16:00"), ("2026-01-01", "2026-02-17 17:00"), ("2025-10-01", "2025-11-17 17:00")],
)
def test_a_report_comes_on_the_fifteenth_or_the_next_working_day(month, public):
    # 15 February 2026 is a Sunday before Presidents' Day, 15 November 2025 a Saturday
    assert f"{published(nopa.RULE, pl.Series([date.fromisoformat(month)]))[0]:%Y-%m-%d %H:%M}" == public


def test_a_day_of_release_that_is_told_is_a_vintage():
    body = "released,month,crush_bu,oil_stocks_lb\n2026-07-16,2026-06,185240000,1\n,2026-07,195699000,\n"
    told, silent = nopa.parse(small(body.replace(",1\n", ",1366000000\n")))
    assert told.frame["available_at"].to_list() == [datetime(2026, 7, 16, 16, tzinfo=UTC)]
    assert told.rule is None
    assert silent.frame["observation_date"].to_list() == [date(2026, 7, 1)]


def test_a_workbook_gives_the_rows_of_its_csv():
    cells = [["month", "crush_bu", "oil_stocks_lb"], ["2026-06", 185240000, 1366000000], ["2026-07", 195699000, ""]]
    assert nopa.parse(small(workbook(cells)))[0].frame.equals(nopa.parse(small(SMALL))[0].frame)
    assert assert_cuts_are_refused(nopa.parse, small(workbook(cells))) == 63
    assert_refused(nopa.parse, small(workbook([["month", "crush"], ["2026-06", 1]])), "crush_bu")
    other = recorded("nopa", "export", "mpob/mpob_monthly_export_oil_palm_products_2023.xlsx")
    assert_refused(nopa.parse, other, "MONTHLY EXPORT", "crush_bu")


def test_order_commas_mark_and_further_columns_change_nothing():
    expected = nopa.parse(small(SMALL))[0].frame
    body = ('\ufeffnote,oil_stocks_lb,month,crush_bu\r\nx,,2026-07,"195,699,000"\r\n'
            'y,"1,366,000,000",2026-06,"185,240,000"\r\nz,,2026-07,195699000\r\n')  # fmt: skip
    assert nopa.parse(small(body))[0].frame.equals(expected)


def test_bytes_cut_short_and_strangers_are_refused():
    assert_cuts_are_refused(nopa.parse, small(SMALL), may_be_shorter=True)
    assert_strangers_are_refused(nopa.parse, small(SMALL))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SMALL.replace("crush_bu", "crush"), ["crush_bu"]),
        (SMALL.replace("185240000", "185240"), ["185,240", "bushels"]),
        (SMALL.replace("185240000", "185.24"), ["185.24", "bushels"]),
        (SMALL.replace("1366000000", "1366"), ["1,366", "pounds"]),
        (SMALL.replace("1366000000", "NaN"), ["NaN"]),
        (SMALL.replace("1366000000", "1e400"), ["1e400"]),
        (SMALL.replace("2026-06", "June 2026"), ["June 2026"]),
        (SMALL.replace("2026-06", "2026-13"), ["2026-13"]),
        (SMALL.replace("2026-06", "2026-09"), ["2026-09", "over"]),
        (SMALL.replace("195699000", ""), ["neither"]),
        (HEAD, ["without lines"]),
        (SMALL + "2026-07,195699001,\n", ["different values"]),
        (
            "released,month,crush_bu,oil_stocks_lb\n2026-06-15,2026-06,185240000,\n",
            ["released 2026-06-15", "after the month"],
        ),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(body, words):
    assert_refused(nopa.parse, small(body), *words)


def test_files_are_taken_from_the_folder(tmp_path):
    assert list(nopa.fetch(ask("2026-01-01", "2026-08-31", folder=tmp_path / "none"), None)) == []
    for name in ("NOPA august.csv", "notes.txt"):
        (tmp_path / name).write_text(SMALL)
        os.utime(tmp_path / name, (1_800_000_000, 1_800_000_000))
    (found,) = nopa.fetch(ask("2026-01-01", "2026-08-31", folder=tmp_path), None)
    assert (found.part, found.url) == ("nopa-august", "NOPA august.csv")
    assert nopa.parse(replace(found, fetched_at=datetime(2026, 9, 1, tzinfo=UTC)))[0].frame.height == 2
