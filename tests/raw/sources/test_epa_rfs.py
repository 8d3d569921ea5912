"""The kept table of RFS volumes: a small one by hand, and every way in which it can be wrong."""

import csv
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file

from oilseer.raw.sources import epa_rfs

HEAD = ",".join(epa_rfs.COLUMNS) + "\n"
FINAL = "2023-07-12,2024,biomass_based_diesel,final,3.04,billion_gallons,88 FR 44468,https://www.federalregister.gov\n"
SMALL = HEAD + FINAL + "2023-07-12,2024,renewable_fuel,final,21.54,billion_rins,88 FR 44468,\n"


def kept(body: str):
    return download("epa_rfs", "volumes", body, url="volumes.csv")


def test_a_rule_is_public_on_its_day_and_not_before():
    (rows,) = epa_rfs.parse(kept(SMALL))
    assert rows.rule is None
    assert rows.frame.select("observation_date", "compliance_year", "category", "volume", "unit").rows() == [
        (date(2023, 7, 12), 2024, "biomass_based_diesel", 3.04, "billion_gallons"),
        (date(2023, 7, 12), 2024, "renewable_fuel", 21.54, "billion_rins"),
    ]
    # 17:00 New York is 21:00 UTC under daylight saving
    assert rows.frame["available_at"].unique().to_list() == [datetime(2023, 7, 12, 21, tzinfo=UTC)]


def test_the_shipped_rules_pass_the_parser_and_equal_an_independent_table():
    shipped = list(csv.DictReader(files("oilseer.reference").joinpath("rfs_rules.csv").read_text("utf-8").splitlines()))
    body = HEAD + "".join(
        f"{r['published']},{r['compliance_year']},{r['category']},final,{r['volume']},{r['unit']},{r['citation']},\n"
        for r in shipped
    )
    (rows,) = epa_rfs.parse(kept(body))
    newest = rows.frame.sort("observation_date").unique(["compliance_year", "category"], keep="last")
    known = {(year, category): volume for year, category, volume in newest.select(
        "compliance_year", "category", "volume").rows()}  # fmt: skip
    independent = pl.read_parquet(real_file("market/rfs_mandates_annual.parquet"))
    for year, diesel, advanced, total in independent.rows():
        assert known[year, "biomass_based_diesel"] == diesel
        assert known[year, "advanced_biofuel"] == advanced
        assert known[year, "renewable_fuel"] == total


def test_bytes_cut_short_and_strangers_are_refused():
    assert_cuts_are_refused(epa_rfs.parse, kept(SMALL), may_be_shorter=True)
    assert_strangers_are_refused(epa_rfs.parse, kept(SMALL))


def test_mark_order_of_lines_and_columns_and_repetition_do_not_matter():
    expected = epa_rfs.parse(kept(SMALL))[0].frame
    head, first, second = SMALL.splitlines()
    turned = "\n".join(",".join(reversed(line.split(","))) for line in (head, second, first, second)) + "\n"
    for body in ("\ufeff" + SMALL, turned, SMALL.replace("\n", "\r\n")):
        assert epa_rfs.parse(kept(body))[0].frame.equals(expected)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("compliance_year", "year", ["'compliance_year' missing"]),
        ("citation", "unit", ["'unit' twice"]),
        ("3.04", "3040", ["3040", "billions"]),
        ("3.04", "NaN", ["NaN"]),
        ("3.04", "Infinity", ["Infinity"]),
        ("3.04", "3,04", ["9 cells in line 2"]),
        ("3.04", "", ["''"]),
        ("3.04", "-3.04", ["-3.04"]),
        ("billion_gallons", "million_gallons", ["million_gallons"]),
        ("21.54,billion_rins", "21.54,billion_gallons", ["renewable_fuel", "billion_rins"]),
        ("biomass_based_diesel", "biodiesel", ["'biodiesel'"]),
        ("final", "finished", ["'finished'"]),
        ("2023-07-12", "2023-02-29", ["2023-02-29"]),
        ("2023-07-12", "12 July 2023", ["12 July 2023"]),
        ("2023-07-12", "2030-07-12", ["2030-07-12", "has been"]),
        (",2024,", ",24,", ["'24'"]),
        ("88 FR 44468", "", ["citation"]),
    ],
)
def test_a_wrong_table_is_refused_by_what_is_wrong(old, new, words):
    assert old in SMALL
    assert_refused(epa_rfs.parse, kept(SMALL.replace(old, new, 1)), *words)


def test_another_volume_of_one_rule_and_an_empty_table_are_refused():
    assert_refused(epa_rfs.parse, kept(SMALL + FINAL.replace("3.04", "3.05")), "different values")
    assert_refused(epa_rfs.parse, kept(HEAD), "without rows")


def test_a_rule_of_a_leap_day_is_public_that_day():
    (rows,) = epa_rfs.parse(kept(SMALL.replace("2023-07-12", "2024-02-29")))
    assert rows.frame["available_at"].unique().to_list() == [datetime(2024, 2, 29, 22, tzinfo=UTC)]


def test_fetch_reads_the_folder(tmp_path: Path):
    (tmp_path / "volumes.csv").write_text(SMALL)
    (found,) = epa_rfs.fetch(ask("2023-01-01", "2026-08-31", folder=tmp_path), FakeHttp("epa_rfs", []))
    assert epa_rfs.parse(found)[0].frame.height == 2
