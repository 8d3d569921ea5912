"""Commitments of Traders: recorded rows, values read by eye, sums that must hold, and every way to be wrong."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.mapping import load_mapping
from oilseer.raw.sources import cftc_cot

LEGACY = {
    "report_date_as_yyyy_mm_dd": "2026-01-06T00:00:00.000", "cftc_contract_market_code": "007601",
    "futonly_or_combined": "FutOnly", "open_interest_all": "100", "noncomm_positions_long_all": "40",
    "noncomm_positions_short_all": "30", "noncomm_postions_spread_all": "20", "comm_positions_long_all": "30",
    "comm_positions_short_all": "41", "nonrept_positions_long_all": "10", "nonrept_positions_short_all": "9",
}  # fmt: skip
YEARLY = "cftc/fut_disagg_txt_2023_selected.txt"


def legacy(*rows: dict):
    return download("cftc_cot", "legacy-from-2026-01-01-page-0", json.dumps(rows))


@pytest.fixture
def gold():
    path = "cftc/socrata_72hh-3qpy_disagg_futonly_selected_fields.json"
    return recorded("cftc_cot", "disaggregated-page-0", path, datetime(2026, 10, 2, 20, tzinfo=UTC))


@pytest.fixture
def yearly():
    return recorded("cftc_cot", "disaggregated-2023", YEARLY)


def test_gold_positions_read_by_eye(gold):
    (rows,) = cftc_cot.parse(gold)
    newest = rows.frame.filter(observation_date=date(2026, 9, 29)).row(0, named=True)
    assert newest == {
        "observation_date": date(2026, 9, 29), "contract_code": "088691", "open_interest": 406456,
        "producer_long": 18200, "producer_short": 39463, "managed_money_long": 131711, "managed_money_short": 11393,
    }  # fmt: skip
    assert rows.frame.height == 2


def test_the_yearly_text_equals_the_independent_history(yearly):
    (rows,) = cftc_cot.parse(yearly)
    history = pl.read_parquet(real_file("history/cftc_cot_disagg_futonly_2023jan_feb.parquet")).select(
        pl.col("cftc_contract_market_code").alias("contract_code"),
        pl.col("open_interest_all").alias("open_interest"),
        pl.col("prod_merc_positions_long_all").alias("producer_long"),
        pl.col("prod_merc_positions_short_all").alias("producer_short"),
        pl.col("m_money_positions_long_all").alias("managed_money_long"),
        pl.col("m_money_positions_short_all").alias("managed_money_short"),
        pl.col("report_date").alias("observation_date"),
    )
    ours = rows.frame.select(history.columns).sort("contract_code", "observation_date")
    assert ours.height == 24  # three contracts, eight weeks
    kept = history.filter(pl.col("contract_code").is_in(["002602", "005602", "007601"]))
    assert ours.equals(kept.sort("contract_code", "observation_date"))


def test_a_zipped_year_gives_the_same_rows_as_its_text(yearly):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f_year.txt", yearly.body)
    zipped = replace(yearly, body=packed.getvalue())
    assert cftc_cot.parse(zipped)[0].frame.equals(cftc_cot.parse(yearly)[0].frame)
    assert_cuts_are_refused(cftc_cot.parse, zipped)


def test_a_zip_bomb_and_an_archive_of_two_are_refused(yearly):
    bomb, two = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f_year.txt", b"0" * 30_000_000)
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.txt", yearly.body)
        archive.writestr("b.txt", yearly.body)
    assert_refused(cftc_cot.parse, replace(yearly, body=bomb.getvalue()))
    assert_refused(cftc_cot.parse, replace(yearly, body=two.getvalue()), "2 files")


def test_legacy_rows_of_the_recorded_answer_once_it_is_futures_only():
    both = recorded("cftc_cot", "legacy-page-0", "cftc/socrata_jun7-fc8e_legacy_combined.json")
    assert_refused(cftc_cot.parse, both, "'Combined'", "FutOnly")
    (rows,) = cftc_cot.parse(replace(both, body=both.body.replace(b'"Combined"', b'"FutOnly"')))
    assert rows.frame.row(0, named=True) == {
        "contract_code": "239747", "open_interest": 19404, "noncommercial_long": 4773, "noncommercial_short": 10232,
        "commercial_long": 3060, "commercial_short": 290, "observation_date": date(2024, 8, 20),
    }  # fmt: skip
    assert rows.spec.name == "raw.cftc_cot_legacy"


def test_the_sums_hold_in_every_row_of_the_legacy_history():
    history = pl.read_parquet(real_file("history/cftc_cot_legacy_futonly.parquet"))
    lines = [
        {key: str(value) for key, value in row.items() if value is not None}
        | {
            "report_date_as_yyyy_mm_dd": f"{row['report_date']}T00:00:00.000",
            "futonly_or_combined": "FutOnly",
        }
        for row in history.drop("id", "market_and_exchange_names").iter_rows(named=True)
    ]
    (rows,) = cftc_cot.parse(legacy(*lines))
    assert rows.frame.height == history.height


@pytest.mark.parametrize(
    ("as_of", "public"),
    [
        ("2026-03-10", "2026-03-13 19:30"),  # New York is on daylight saving since the 8th
        ("2026-03-03", "2026-03-06 20:30"),
        ("2025-07-01", "2025-07-07 19:30"),  # Independence Day is a Friday
        ("2024-11-26", "2024-12-02 20:30"),  # Thanksgiving on Thursday: the CFTC published on Monday
        ("2018-12-24", "2019-03-08 20:30"),  # the first week that the shutdown kept back
        ("2019-03-05", "2019-03-08 20:30"),  # the first that was on time again
        ("2013-10-01", "2013-11-08 20:30"),
        ("2025-09-23", "2025-09-26 19:30"),  # the last before the shutdown
        ("2025-09-30", "2026-01-20 20:30"),  # its catch-up ended on 2026-01-20
        ("2026-01-13", "2026-01-20 20:30"),
        ("2026-01-20", "2026-01-23 20:30"),
    ],
)
def test_publication_follows_holidays_and_shutdowns(as_of, public):
    assert f"{published(cftc_cot.RULE, pl.Series([date.fromisoformat(as_of)]))[0]:%Y-%m-%d %H:%M}" == public


# CFTC release of 2025-11-18, "CFTC to Resume Publishing COT Reports Wednesday": report date, new publication.
CATCH_UP = {
    "2025-09-30": "2025-11-19", "2025-10-07": "2025-11-21", "2025-10-14": "2025-11-25", "2025-10-21": "2025-12-02",
    "2025-10-28": "2025-12-05", "2025-11-04": "2025-12-09", "2025-11-10": "2025-12-12", "2025-11-18": "2025-12-16",
    "2025-11-25": "2025-12-19", "2025-12-02": "2025-12-23", "2025-12-09": "2025-12-30", "2025-12-16": "2026-01-06",
    "2025-12-23": "2026-01-09", "2025-12-30": "2026-01-13", "2026-01-06": "2026-01-16", "2026-01-13": "2026-01-20",
    "2026-01-20": "2026-01-23",
}  # fmt: skip


def test_no_report_of_the_2025_catch_up_is_public_before_the_cftc_published_it():
    ours = published(cftc_cot.RULE, pl.Series([date.fromisoformat(day) for day in CATCH_UP]))
    assert all(f"{mine:%Y-%m-%d}" >= theirs for mine, theirs in zip(ours, CATCH_UP.values(), strict=True))


def test_the_imported_history_is_public_by_the_rule_of_the_live_source():
    mapping = load_mapping(Path(__file__).parents[2] / "real" / "mapping.yaml")
    rules = [entry.available for entry in mapping.entries if entry.table.startswith("raw.cftc_cot_")]
    days = pl.date_range(date(2009, 1, 6), date(2026, 6, 30), "1w", eager=True)
    assert len(rules) == 2
    for rule in rules:
        assert published(rule, days).to_list() == published(cftc_cot.RULE, days).to_list()


def test_bytes_cut_short_are_refused(gold, yearly):
    assert assert_cuts_are_refused(cftc_cot.parse, gold) == 63
    assert_cuts_are_refused(cftc_cot.parse, yearly, may_be_shorter=True)


def test_strangers_are_refused(gold, yearly):
    assert_strangers_are_refused(cftc_cot.parse, gold)
    assert_strangers_are_refused(cftc_cot.parse, yearly)


def test_order_repetition_mark_and_new_columns_change_nothing():
    older = LEGACY | {"report_date_as_yyyy_mm_dd": "2025-12-30T00:00:00.000"}
    expected = cftc_cot.parse(legacy(older, LEGACY))[0].frame
    turned = dict(reversed(LEGACY.items()))
    assert cftc_cot.parse(legacy(LEGACY | {"new": "1"}, older, turned))[0].frame.equals(expected)
    marked = replace(legacy(older, LEGACY), body=b"\xef\xbb\xbf" + legacy(older, LEGACY).body)
    assert cftc_cot.parse(marked)[0].frame.equals(expected)


def test_an_absent_position_is_null_and_not_zero():
    absent = {key: value for key, value in LEGACY.items() if key != "noncomm_positions_short_all"}
    rows = cftc_cot.parse(legacy(absent | {"report_date_as_yyyy_mm_dd": "2025-12-30T00:00:00.000"}, LEGACY))[0].frame
    assert rows["noncommercial_short"].to_list() == [None, 30]


def without(name: str) -> dict:
    return {key: value for key, value in LEGACY.items() if key != name}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (without("comm_positions_long_all"), ["comm_positions_long_all"]),
        (without("comm_positions_long_all") | {"comm_long": "30"}, ["comm_positions_long_all"]),
        (without("open_interest_all"), ["open_interest_all"]),
        (LEGACY | {"cftc_contract_market_code": 7601}, ["7601", "six characters"]),
        (LEGACY | {"cftc_contract_market_code": "7601"}, ["7601", "six characters"]),
        (LEGACY | {"open_interest_all": "101"}, ["100", "101", "equal sums"]),
        (LEGACY | {"open_interest_all": "NaN"}, ["NaN"]),
        (LEGACY | {"open_interest_all": "1e400"}, ["1e400"]),
        (LEGACY | {"open_interest_all": "-100"}, ["-100"]),
        (LEGACY | {"open_interest_all": "99.5"}, ["99.5"]),
        (LEGACY | {"open_interest_all": True}, ["True"]),
        (LEGACY | {"report_date_as_yyyy_mm_dd": "2026-02-30T00:00:00.000"}, ["2026-02-30"]),
        (LEGACY | {"report_date_as_yyyy_mm_dd": "2031-01-07T00:00:00.000"}, ["2031-01-07", "past"]),
        (LEGACY | {"report_date_as_yyyy_mm_dd": 1767657600}, ["1767657600"]),
        (LEGACY | {"futonly_or_combined": "Combined"}, ["Combined"]),
    ],
)
def test_a_wrong_row_is_refused_by_what_is_wrong(row, words):
    assert_refused(cftc_cot.parse, legacy(row), *words)


def test_two_values_for_one_week_and_other_answers_are_refused():
    changed = LEGACY | {"noncomm_positions_long_all": "41", "comm_positions_long_all": "29"}
    assert_refused(cftc_cot.parse, legacy(LEGACY, changed), "different values")
    body = '{"error": true, "message": "Query timeout"}'
    assert_refused(cftc_cot.parse, replace(legacy(), body=body.encode()), "Query timeout")
    assert_refused(cftc_cot.parse, replace(legacy(LEGACY), body=b"[NaN]"), "NaN")
    assert_refused(cftc_cot.parse, replace(legacy(LEGACY), part="other"), "disaggregated or legacy")


def test_a_yearly_text_without_our_codes_or_columns_is_refused(yearly):
    for old, new, words in (
        (b"007601", b"7601", ["007601"]),
        (b'CFTC_Contract_Market_Code"', b'Code"', ["CFTC_Contract_Market_Code"]),
        (b"M_Money_Positions_Long_All", b"MM_Long", ["m_money_positions_long_all"]),
        (b'FutOnly"', b'Combined"', ["Combined"]),
    ):
        assert_refused(cftc_cot.parse, replace(yearly, body=yearly.body.replace(old, new)), *words)


def test_pages_are_asked_for_until_one_is_not_full(monkeypatch):
    monkeypatch.setattr(cftc_cot, "PAGE_ROWS", 2)
    page = json.dumps([LEGACY, LEGACY]).encode()
    http = FakeHttp("cftc_cot", [page, page, json.dumps([LEGACY]).encode()])
    found = list(cftc_cot.fetch(ask("2026-01-01", "2026-01-31", parts=("legacy",)), http))
    assert [call["params"]["$offset"] for call in http.asked] == ["0", "2", "4"]
    assert [one.part for one in found] == [f"legacy-from-2026-01-01-page-{n}" for n in range(3)]
    assert "'007601'" in http.asked[0]["params"]["$where"]
    assert http.asked[0]["url"].endswith("/6dca-aqww.json")


def test_backfill_takes_whole_past_years_from_files_and_pages_where_a_file_is_missing():
    http = FakeHttp("cftc_cot", [b"[]", b"zip 2024", None, json.dumps([LEGACY]).encode(), b"[]"])
    found = list(cftc_cot.fetch(ask("2023-12-01", "2026-01-31", parts=("disaggregated",)), http))
    assert [one.part for one in found] == [
        "disaggregated-from-2023-12-01-page-0", "disaggregated-2024",
        "disaggregated-from-2025-01-01-page-0", "disaggregated-from-2026-01-01-page-0",
    ]  # fmt: skip
    assert http.asked[1]["url"].endswith("fut_disagg_txt_2024.zip")


def test_a_long_span_without_any_report_is_refused():
    with pytest.raises(SourceError, match="weekly reports"):
        list(cftc_cot.fetch(ask("2025-01-01", "2026-01-31", parts=("legacy",)), FakeHttp("cftc_cot", [b"[]"])))
    assert cftc_cot.parse(legacy())[0].frame.is_empty()  # a week between two reports
