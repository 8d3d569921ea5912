"""EPA's export of RIN prices: two recorded exports, values read by eye, and every way in which one can be wrong."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import epa_rin

HEAD = "Transfer Date by Week,Transfer Year,RIN Year,Fuel (D Code),QAP Service Type,RIN Price\r\n"
SMALL = (
    HEAD
    + '"12/26/2016","2017","2016","D6","Unverified","$0.84"\r\n'
    + '"1/2/2017","2017","2015","D4","Q-RIN","$1.12"\r\n'
    + '"1/2/2017","2017","2016","D4","Q-RIN","$1.04"\r\n'
)
KEY = list(epa_rin.KEY)


def small(body: str, name: str = "RIN_prices_export_2017.csv"):
    return download("epa_rin", "export", body, url=name)


@pytest.fixture(scope="module", params=[2022, 2023])
def export(request):
    return recorded("epa_rin", f"export-{request.param}", f"epa/RIN_prices_export_{request.param}_trimmed.csv")


def test_values_read_by_eye():
    (rows,) = epa_rin.parse(recorded("epa_rin", "export", "epa/RIN_prices_export_2022_trimmed.csv"))
    found = {row[:5]: row[5] for row in rows.frame.rows()}
    assert len(found) == 798
    assert found[date(2010, 6, 28), 2010, 2010, "D6", "Unverified"] == 0.01
    assert found[date(2010, 7, 5), 2010, 2010, "D4", "Unverified"] == 0.44
    assert found[date(2022, 7, 25), 2022, 2022, "D5", "Q-RIN"] == 1.56
    assert "available_at" not in rows.frame.columns


def test_every_row_equals_the_independent_history(export):
    history = pl.read_parquet(real_file("history/epa_rin_prices_weekly.parquet")).rename({"week_start": KEY[0]})
    history = history.cast({"transfer_year": pl.Int32, "rin_year": pl.Int32})
    (rows,) = epa_rin.parse(export)
    joined = rows.frame.join(history, on=KEY, how="left", suffix="_history")
    assert joined["price_usd_history"].null_count() == 0
    same_file = joined.filter(pl.col("export_file_year") == int(export.part[-4:]))
    assert same_file.height > 300
    assert same_file.filter(pl.col("price_usd") != pl.col("price_usd_history")).is_empty()


def test_an_undated_export_counts_as_public_seven_weeks_after_the_week():
    (rows,) = epa_rin.parse(small(SMALL))
    # Monday 2017-01-02 and 56 days is Monday 2017-02-27; 17:00 New York is 22:00 UTC in winter
    assert published(rows.rule, pl.Series([date(2017, 1, 2)]))[0] == datetime(2017, 2, 27, 22, tzinfo=UTC)


def test_a_dated_export_is_public_from_its_posting_and_not_before():
    (rows,) = epa_rin.parse(small(SMALL, "RIN_prices_export_2017_posted-2017-07-20.csv"))
    assert rows.rule is None
    assert rows.frame["available_at"].unique().to_list() == [datetime(2017, 7, 20, 21, tzinfo=UTC)]


@pytest.mark.parametrize("day", ["2017-01-08", "2017-02-29", "2016-12-31"])
def test_an_impossible_posting_date_is_refused(day):
    assert_refused(epa_rin.parse, small(SMALL, f"RIN_posted-{day}.csv"), day if day == "2017-02-29" else "2017-01-02")


def test_bytes_cut_short_are_refused(export):
    assert_cuts_are_refused(epa_rin.parse, export, may_be_shorter=True)


def test_a_price_cut_inside_its_digits_is_refused():
    unquoted = SMALL.replace('"', "").rstrip()
    assert_refused(epa_rin.parse, small(unquoted[:-1]), "without an end")


def test_strangers_are_refused(export):
    assert_strangers_are_refused(epa_rin.parse, export)


def test_mark_quotes_line_ends_order_and_repetition_do_not_matter():
    expected = epa_rin.parse(small(SMALL))[0].frame
    lines = SMALL.splitlines(keepends=True)
    turned = "".join(",".join(reversed(line.strip().split(","))) + "\n" for line in lines)
    for body in (
        "\ufeff" + SMALL, SMALL.replace('"', ""), SMALL.replace("\r\n", "\n"), turned,
        lines[0] + lines[3] + lines[1] + lines[2] + lines[1],
    ):  # fmt: skip
        assert epa_rin.parse(small(body))[0].frame.equals(expected)


def test_a_leap_day_is_a_week_where_it_is_a_monday():
    body = HEAD + '"2/29/2016","2016","2016","D4","Unverified","$0.75"\r\n'
    (rows,) = epa_rin.parse(small(body))
    assert rows.frame["observation_date"].to_list() == [date(2016, 2, 29)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("RIN Price", "RIN Price (cents)", ["RIN Price"]),
        (",QAP Service Type", "", ["QAP Service Type", "missing"]),
        ("RIN Year", "Transfer Year", ["Transfer Year"]),
        ('"$1.12"', '"1.12"', ["1.12", "US dollars"]),
        ('"$1.12"', '"112¢"', ["112¢", "US dollars"]),
        ('"$1.12"', '"$112.00"', ["112", "USD per RIN"]),
        ('"$1.12"', '"$NaN"', ["NaN"]),
        ('"$1.12"', '"$Infinity"', ["Infinity"]),
        ('"$1.12"', '"$-1.12"', ["-1.12"]),
        ('"$1.12"', '""', ["''"]),
        ('"$1.12"', '"$1,12"', ["1,12"]),
        ('"1/2/2017","2017","2015"', '"2/29/2017","2017","2015"', ["2/29/2017"]),
        ('"1/2/2017","2017","2015"', '"1/3/2017","2017","2015"', ["1/3/2017", "Monday"]),
        ('"1/2/2017","2017","2015"', '"2017-01-02","2017","2015"', ["2017-01-02"]),
        ('"1/2/2017","2017","2015"', '"1/2/2017","2018","2015"', ["2018", "2017-01-02"]),
        ('"2015"', '"15"', ["'15'"]),
        ('"D4","Q-RIN","$1.12"', '"4","Q-RIN","$1.12"', ["'4'", "D3 to D7"]),
        ('"D4","Q-RIN","$1.12"', '"D4","","$1.12"', ["quality plan"]),
        ('"D4","Q-RIN","$1.12"', '"D4","$1.12"', ["5 cells in line 3", "6"]),
        ('"2015"', '"2016"', ["different values", "1.12"]),
        ('"Q-RIN","$1.12"', '"Q-RIN,"$1.12"', ["line"]),
    ],
)
def test_a_wrong_export_is_refused_by_what_is_wrong(old, new, words):
    assert old in SMALL
    assert_refused(epa_rin.parse, small(SMALL.replace(old, new, 1)), *words)


def test_a_header_alone_is_refused():
    assert_refused(epa_rin.parse, small(HEAD), "without rows")


def test_fetch_reads_the_folder_in_order_of_posting(tmp_path: Path):
    for name in ("b_posted-2017-03-20.csv", "a_posted-2017-04-20.csv", "Whole history.CSV", ".hidden.csv", "note.txt"):
        (tmp_path / name).write_text(SMALL)
    found = list(epa_rin.fetch(ask("2017-01-01", "2017-12-31", folder=tmp_path), FakeHttp("epa_rin", [])))
    assert [d.url for d in found] == ["Whole history.CSV", "b_posted-2017-03-20.csv", "a_posted-2017-04-20.csv"]
    assert [d.part for d in found] == ["whole-history", "b-posted-2017-03-20", "a-posted-2017-04-20"]
    assert found[0].fetched_at.tzinfo == UTC


def test_fetch_of_no_folder_gives_nothing_and_of_an_empty_file_refuses(tmp_path: Path):
    assert list(epa_rin.fetch(ask("2017-01-01", "2017-12-31", folder=tmp_path / "none"), FakeHttp("epa_rin", []))) == []
    (tmp_path / "rin.csv").touch()
    with pytest.raises(SourceError, match=r"rin\.csv.*0 bytes"):
        list(epa_rin.fetch(ask("2017-01-01", "2017-12-31", folder=tmp_path), FakeHttp("epa_rin", [])))


def test_whole_export_replaced_by_other_bytes_keeps_nothing(export):
    assert_refused(epa_rin.parse, replace(export, body=export.body.replace(b"$", b"")), "US dollars")
