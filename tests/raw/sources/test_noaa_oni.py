"""The ONI file of NOAA CPC: recorded bytes, values read by eye, and every way in which it can be wrong."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.raw.availability import published
from oilseer.raw.sources import noaa_oni

HEAD = " SEAS  YR   TOTAL   ANOM\n"
SMALL = HEAD + "  NDJ 1950  25.71  -0.80\n  DJF 1951  25.74  -0.82\n  JFM 1951  26.22  -0.54\n"


@pytest.fixture(scope="module")
def whole():
    return recorded("noaa_oni", "oni", "noaa/oni.ascii.txt")


def small(body: str):
    return download("noaa_oni", "oni", body)


def test_values_read_by_eye(whole):
    (rows,) = noaa_oni.parse(whole)
    by_month = {day: (season, anomaly) for day, season, anomaly in rows.frame.rows()}
    assert by_month[date(1950, 1, 1)] == ("DJF", -1.53)
    assert by_month[date(2025, 12, 1)] == ("NDJ", -0.54)
    assert by_month[date(2026, 1, 1)] == ("DJF", -0.39)


def test_every_row_equals_the_independent_history(whole):
    (rows,) = noaa_oni.parse(whole)
    history = pl.read_parquet(real_file("history/noaa_oni_monthly.parquet")).select(
        observation_date="center_month", season="season", anomaly_c="anom_c"
    )
    assert rows.frame.equals(history.sort("observation_date"))


def test_a_season_is_public_on_the_tenth_after_its_third_month(whole):
    (rows,) = noaa_oni.parse(whole)
    # DJF 2026 ends in February; 10 March 2026 is a Tuesday, 17:00 New York is 21:00 UTC under daylight saving
    assert str(published(rows.rule, pl.Series([date(2026, 1, 1)]))[0]) == "2026-03-10 21:00:00+00:00"


def test_bytes_cut_short_are_refused(whole):
    assert_cuts_are_refused(noaa_oni.parse, whole, may_be_shorter=True)


def test_a_cut_inside_a_number_is_refused(whole):
    assert_refused(noaa_oni.parse, replace(whole, body=whole.body[:-2]), "without an end")


def test_strangers_are_refused(whole):
    assert_strangers_are_refused(noaa_oni.parse, whole)


def test_columns_are_found_by_name_and_mark_and_repetition_and_order_do_not_matter():
    expected = noaa_oni.parse(small(SMALL))[0].frame
    lines = SMALL.splitlines()
    turned = "\n".join(" ".join(reversed(line.split())) for line in lines) + "\n"
    shuffled = "\n".join([lines[0], lines[3], lines[1], lines[2], lines[1]]) + "\n"
    for body in (turned, shuffled, "\ufeff" + SMALL, SMALL.replace("\n", "\r\n")):
        assert noaa_oni.parse(small(body))[0].frame.equals(expected)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SMALL.replace("ANOM", "ANOMALY"), ["ANOMALY", "columns"]),
        (SMALL.replace(" TOTAL", ""), ["header", "TOTAL"]),
        (SMALL.replace("-0.82", "  NaN"), ["NaN", "ANOM of DJF 1951"]),
        (SMALL.replace("-0.82", "  inf"), ["inf"]),
        (SMALL.replace("-0.82", "-99.9"), ["-99.9", "within 6"]),
        (SMALL.replace("25.74", "78.33"), ["78.33", "°C"]),
        (SMALL.replace("25.74", "tepid"), ["tepid", "number"]),
        (SMALL.replace("DJF", "XYZ"), ["XYZ"]),
        (SMALL.replace("1951", "51"), ["51"]),
        (SMALL.replace("  DJF 1951  25.74  -0.82\n", ""), ["no season around 1951-01"]),
        (SMALL + "  JFM 1951  26.22  -0.99\n", ["different values", "-0.99"]),
        (SMALL.replace("  -0.82", ""), ["4 columns"]),
        (HEAD, ["without rows"]),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(body, words):
    assert_refused(noaa_oni.parse, small(body), *words)


def test_fetch_asks_for_the_one_file():
    http = FakeHttp("noaa_oni", [SMALL.encode()])
    (found,) = noaa_oni.fetch(ask("2026-01-01", "2026-08-31"), http)
    assert http.asked == [{"url": noaa_oni.URL, "part": "oni"}]
    assert noaa_oni.parse(found)[0].frame.height == 3
