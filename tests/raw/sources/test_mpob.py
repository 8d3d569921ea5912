"""MPOB's exports: a recorded workbook, sums that must hold, and every way to be wrong."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import ask, download, recorded
from workbooks import workbook

from oilseer.raw.availability import published
from oilseer.raw.sources import mpob

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUNE", "JULY", "AUG", "SEP", "OCT", "NOV", "DEC"]


def table(*changes: tuple[int, int, object]) -> list[list]:
    """A small table of 2026 told to February, with cells changed: (line, column, content)."""
    rows = [
        ["MONTHLY EXPORT OF OIL PALM PRODUCTS - 2026"] + [""] * 14,
        [""] * 15,
        ["PRODUCT", "UNIT", *MONTHS, "JAN - FEB"],
    ]
    for product, tonnes in (("CPO", 100), ("PPO", 200), ("PALM OIL", 300), ("TOTAL", 400)):
        rows.append([product, "Tonnes", tonnes, tonnes + 1, *[0] * 10, 2 * tonnes + 1])
        rows.append(["", "RM Mil", 1.25, 2.5, *[0] * 10, 3.8])
    rows += [[""] * 15, ["Source Data: Malaysian Palm Oil Board."] + [""] * 14]
    for line, column, content in changes:
        rows[line][column] = content
    return rows


def book(rows: list[list]):
    return download("mpob", "exports-2026", workbook(rows))


@pytest.fixture(scope="module")
def whole():
    return recorded("mpob", "exports-2023", "mpob/mpob_monthly_export_oil_palm_products_2023.xlsx")


def test_palm_oil_of_2023_read_by_eye(whole):
    (rows,) = mpob.parse(whole)
    palm = rows.frame.filter(series="exports_palm_oil", unit="t").select("observation_date", "value").rows()
    assert palm[0] == (date(2023, 1, 1), 1_136_027.0)
    assert palm[-1] == (date(2023, 8, 1), 1_221_814.0)  # from September on the table holds 0: not reported, not zero
    assert sum(value for _, value in palm) == 9_664_655  # the table's own sum
    oil = rows.frame.filter(unit="t", observation_date=date(2023, 3, 1)).select("series", "value").rows()
    by_name = dict(oil)
    assert by_name["exports_cpo"] + by_name["exports_ppo"] == by_name["exports_palm_oil"] == 1_487_836
    ringgit = rows.frame.filter(series="exports_biodiesel", unit="MYR million", observation_date=date(2023, 7, 1))
    assert ringgit["value"].item() == 104.98
    assert rows.frame.height == 12 * 2 * 8  # products, units, months


def test_each_month_adds_up_over_the_products_within_their_rounding(whole):
    frame = mpob.parse(whole)[0].frame.filter(unit="t")
    parts = frame.filter(
        ~pl.col("series").is_in(["exports_total", "exports_cpo", "exports_ppo", "exports_cpko", "exports_ppko"])
    )
    sums = parts.group_by("observation_date").agg(pl.col("value").sum()).sort("observation_date")
    totals = frame.filter(series="exports_total").sort("observation_date")["value"]
    assert (sums["value"] - totals).abs().max() <= 4  # eight products, each rounded to a tonne


def test_a_month_is_public_on_the_twentieth_at_noon_in_kuala_lumpur():
    # 12:30 there is 04:30 UTC; 20 June 2026 is a Saturday
    assert f"{published(mpob.RULE, pl.Series([date(2026, 5, 1)]))[0]:%Y-%m-%d %H:%M}" == "2026-06-22 04:30"


def test_a_true_zero_in_a_month_that_is_told_stays_a_zero():
    (rows,) = mpob.parse(book(table((3, 3, 0), (3, 14, 100))))
    assert rows.frame.filter(series="exports_cpo", unit="t")["value"].to_list() == [100, 0]


def test_bytes_cut_short_and_strangers_are_refused(whole):
    assert assert_cuts_are_refused(mpob.parse, whole) == 63
    assert_strangers_are_refused(mpob.parse, whole)


def test_order_of_columns_and_repeated_lines_change_nothing():
    expected = mpob.parse(book(table()))[0].frame
    turned = [[*row[:2], *reversed(row[2:])] for row in table()]
    assert mpob.parse(book([*turned[:5], *turned[3:]]))[0].frame.equals(expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((0, 0, "MONTHLY PRODUCTION OF CRUDE PALM OIL - 2026"), ["PRODUCTION OF CRUDE"]),
        ((0, 0, "MONTHLY EXPORT OF OIL PALM PRODUCTS"), ["title"]),
        ((2, 0, "ITEM"), ["PRODUCT, UNIT"]),
        ((2, 4, "QUARTER"), ["QUARTER", "once each"]),
        ((2, 4, "FEB"), ["once each"]),
        ((2, 14, "SUM"), ["JAN - AUG"]),
        ((2, 14, "JAN - MAR"), ["MAR 2026", "0 in every line"]),
        ((3, 1, "Kg"), ["'KG'", "TONNES"]),
        ((3, 2, "n.a."), ["n.a.", "CPO"]),
        ((3, 2, ""), ["CPO"]),
        ((3, 2, "NaN"), ["NaN"]),
        ((3, 2, 1000), ["1,101", "201", "equal sums"]),
        ((3, 2, -100), ["0 or more"]),
        ((9, 0, "SUM OF ALL"), ["exports_total"]),
    ],
)
def test_a_wrong_table_is_refused_by_what_is_wrong(change, words):
    assert_refused(mpob.parse, book(table(change)), *words)


def test_months_that_the_sum_leaves_out_and_months_to_come_are_refused():
    late = table((3, 6, 5), (3, 14, 206))
    assert_refused(mpob.parse, book(late), "after FEB")
    assert_refused(mpob.parse, replace(book(table((2, 14, "JAN - DEC")))), "past months")
    doubled = [*table()[:5], *table((3, 2, 101), (3, 14, 202))[3:]]
    assert_refused(mpob.parse, book(doubled), "different values")


def test_workbooks_are_taken_from_the_folder(tmp_path):
    (tmp_path / "MPOB exports 2026.xlsx").write_bytes(workbook(table()))
    (tmp_path / "readme.csv").write_text("x")
    (found,) = mpob.fetch(ask("2026-01-01", "2026-08-31", folder=tmp_path), None)
    assert found.part == "mpob-exports-2026"
    assert mpob.parse(found)[0].frame.height == 16
