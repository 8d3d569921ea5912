"""QuickStats: recorded envelope and errors, the history of the crush, and every way to be wrong."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import usda_nass

PLANTED = {
    "commodity_desc": "SOYBEANS", "short_desc": "SOYBEANS - PROGRESS, MEASURED IN PCT PLANTED",
    "statisticcat_desc": "PROGRESS", "unit_desc": "PCT PLANTED", "freq_desc": "WEEKLY", "agg_level_desc": "STATE",
    "state_name": "IOWA", "domain_desc": "TOTAL", "domaincat_desc": "NOT SPECIFIED", "year": "2026",
    "reference_period_desc": "WEEK #18", "week_ending": "2026-05-03", "Value": "28", "CV (%)": "",
}  # fmt: skip
MONTHLY = PLANTED | {
    "statisticcat_desc": "CRUSHED", "unit_desc": "TONS", "freq_desc": "MONTHLY", "agg_level_desc": "NATIONAL",
    "state_name": "US TOTAL", "week_ending": "",
}  # fmt: skip


def answer(*rows: object, part: str = "progress-2026"):
    return download("usda_nass", part, json.dumps({"data": rows}))


def crush_rows(month: str, crush: str, oil: str, stocks: str, year: str = "2026") -> list[dict]:
    """The rows of one month as QuickStats tells them."""
    when = MONTHLY | {"reference_period_desc": month, "year": year}
    return [
        when | {"short_desc": "SOYBEANS - CRUSHED, MEASURED IN TONS", "Value": crush},
        when | {"short_desc": "OIL, SOYBEAN, CRUDE - PRODUCTION, MEASURED IN LB", "Value": oil,
                "domain_desc": "TYPE OF OPERATION", "domaincat_desc": "TYPE OF OPERATION: (CRUSHER)"},
        when | {"short_desc": "OIL, SOYBEAN, ONSITE & OFFSITE, CRUDE - STOCKS, MEASURED IN LB", "Value": stocks,
                "domain_desc": "TYPE OF OPERATION",
                "domaincat_desc": "TYPE OF OPERATION: (CRUSHER OR REFINER OR WAREHOUSE)"},
        when | {"short_desc": "SOYBEANS - PRICE RECEIVED, MEASURED IN $ / BU", "Value": "10.40"},
    ]  # fmt: skip


def test_progress_by_state_and_nation():
    nation = PLANTED | {"agg_level_desc": "NATIONAL", "state_name": "US TOTAL", "Value": "30"}
    county = PLANTED | {"agg_level_desc": "COUNTY", "Value": "99"}
    irrigated = PLANTED | {"domain_desc": "IRRIGATION STATUS", "Value": "98"}
    (rows,) = usda_nass.parse(answer(PLANTED, nation, county, irrigated))
    assert rows.frame.select("state", "statistic", "value", "observation_date").rows() == [
        ("IOWA", "PCT PLANTED", 28.0, date(2026, 5, 3)), ("US TOTAL", "PCT PLANTED", 30.0, date(2026, 5, 3)),
    ]  # fmt: skip
    assert rows.spec.name == "raw.usda_crop_progress"


def test_condition_in_the_words_of_the_history():
    good = PLANTED | {"short_desc": "SOYBEANS - CONDITION, MEASURED IN PCT GOOD", "unit_desc": "PCT GOOD",
                      "statisticcat_desc": "CONDITION", "week_ending": "2026-07-05", "Value": "57"}  # fmt: skip
    (rows,) = usda_nass.parse(answer(good, part="condition-2026"))
    history = pl.read_parquet(real_file("market/usda_crop_progress.parquet"))
    assert set(rows.frame["statistic"]) <= set(history["stat"]) | {"PCT GOOD"}
    assert set(rows.frame["state"]) <= set(history["state"])


def test_a_code_instead_of_a_number_is_no_row():
    coded = [PLANTED | {"Value": code, "state_name": code} for code in ("(D)", "(NA)", " (S) ", "(Z)")]
    assert usda_nass.parse(answer(PLANTED, *coded))[0].frame.height == 1


def test_the_crush_equals_the_independent_history_of_the_month():
    history = pl.read_parquet(real_file("history/usda_nass_crush_monthly.parquet")).filter(month=date(2025, 5, 1))
    rows = crush_rows("MAY", "6,111,115", "2,415,507,000", "1,406,376,000", "2025")
    (found,) = usda_nass.parse(answer(*rows, part="crush-2025"))
    ours = found.frame.rename({"observation_date": "month"})
    assert ours.equals(history.select(ours.columns).cast(dict(ours.schema)))


def test_a_months_stocks_may_be_withheld_and_a_years_total_is_no_month():
    rows = [*crush_rows("JAN", "6,376,635", "2,526,657,000", "(D)"), *crush_rows("FEB", "5", "6,000", "7,000")]
    rows += [row | {"reference_period_desc": "YEAR", "Value": "70,000,000"} for row in rows[:3]]
    (found,) = usda_nass.parse(answer(*rows, part="crush-2026"))
    assert found.frame.rows() == [(date(2026, 1, 1), 6376635, 2526657, None), (date(2026, 2, 1), 5, 6, 7)]


@pytest.mark.parametrize(
    ("rule", "day", "public"),
    [
        (usda_nass.PROGRESS_RULE, "2026-05-17", "2026-05-18 20:00"),
        (usda_nass.PROGRESS_RULE, "2026-05-24", "2026-05-26 20:00"),  # Memorial Day
        (usda_nass.PROGRESS_RULE, "2026-11-01", "2026-11-02 21:00"),  # daylight saving ended that Sunday
        (usda_nass.PROGRESS_RULE, "2013-10-06", "2013-10-21 20:00"),
        (usda_nass.PROGRESS_RULE, "2025-09-28", "2025-09-29 20:00"),
        (usda_nass.PROGRESS_RULE, "2025-11-02", "2025-11-25 21:00"),
        (usda_nass.CRUSH_RULE, "2026-05-01", "2026-07-01 19:00"),
        (usda_nass.CRUSH_RULE, "2026-06-01", "2026-08-03 19:00"),  # 1 August is a Saturday
        (usda_nass.CRUSH_RULE, "2025-08-01", "2025-12-15 20:00"),  # NASS published on 21 November
        (usda_nass.CRUSH_RULE, "2018-11-01", "2019-03-01 20:00"),
    ],
)
def test_publication_follows_holidays_and_shutdowns(rule, day, public):
    assert f"{published(rule, pl.Series([date.fromisoformat(day)]))[0]:%Y-%m-%d %H:%M}" == public


def test_recorded_yields_of_corn_are_refused_for_what_they_are():
    corn = recorded("usda_nass", "progress-2012", "usda_nass/quickstats_api_GET_corn_yield.json")
    assert_refused(usda_nass.parse, corn, "CORN, GRAIN", "SOYBEANS - PROGRESS")
    assert_refused(usda_nass.parse, replace(corn, part="crush-2012"), "SOYBEANS - CRUSHED")
    assert_refused(usda_nass.parse, replace(corn, part="progress-2013"), "2012", "rows of 2013 only")
    csv = recorded("usda_nass", "progress-2012", "usda_nass/quickstats_api_GET_corn_yield.csv")
    assert_refused(usda_nass.parse, csv, "whole JSON")


@pytest.mark.parametrize(
    ("file", "words"),
    [("error_400.json", ["bad request - invalid query"]), ("error_413.json", ["limit=50000", "ask for fewer rows"])],
)
def test_recorded_errors_are_told(file, words):
    assert_refused(usda_nass.parse, recorded("usda_nass", "progress-2026", f"usda_nass/{file}"), *words)


def test_order_repetition_mark_and_new_fields_change_nothing():
    later = PLANTED | {"week_ending": "2026-05-10", "Value": "41"}
    expected = usda_nass.parse(answer(PLANTED, later))[0].frame
    shuffled = answer(later, PLANTED | {"new": "x"}, dict(reversed(PLANTED.items())))
    assert usda_nass.parse(replace(shuffled, body=b"\xef\xbb\xbf" + shuffled.body))[0].frame.equals(expected)


def test_bytes_cut_short_and_strangers_are_refused():
    weeks = answer(*(PLANTED | {"state_name": f"STATE {n}"} for n in range(20)))
    crush = answer(*crush_rows("JAN", "6,376,635", "2,526,657,000", "1,611,741,000"), part="crush-2026")
    for whole in (weeks, crush):
        assert assert_cuts_are_refused(usda_nass.parse, whole) == 63
        assert_strangers_are_refused(usda_nass.parse, whole)


def without(name: str) -> dict:
    return {key: value for key, value in PLANTED.items() if key != name}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (without("Value"), ["Value"]),
        (without("Value") | {"value": "28"}, ["Value"]),
        (PLANTED | {"Value": None}, ["Value"]),
        (PLANTED | {"Value": 28}, ["Value", "text"]),
        (PLANTED | {"Value": "NaN"}, ["NaN"]),
        (PLANTED | {"Value": "2,8"}, ["2,8"]),
        (PLANTED | {"Value": "(?)"}, ["(?)"]),
        (PLANTED | {"Value": "280"}, ["280", "percent"]),
        (PLANTED | {"week_ending": ""}, ["week_ending ''"]),
        (PLANTED | {"week_ending": "2026-02-30"}, ["2026-02-30"]),
        (PLANTED | {"week_ending": "2026-12-06"}, ["2026-12-06", "past"]),
        (PLANTED | {"week_ending": "2020-05-03"}, ["2020-05-03"]),
        (PLANTED | {"unit_desc": "ACRES PLANTED"}, ["ACRES PLANTED"]),
        (PLANTED | {"short_desc": "SOYBEANS - PROGRESS, 5 YEAR AVG, MEASURED IN PCT PLANTED"}, ["5 YEAR AVG"]),
        (PLANTED | {"year": "2025"}, ["2025", "2026"]),
    ],
)
def test_a_wrong_row_is_refused_by_what_is_wrong(row, words):
    assert_refused(usda_nass.parse, answer(row), *words)


def changed(column: int, **cells: str) -> list[dict]:
    rows = crush_rows("JAN", "6,376,635", "2,526,657,000", "1,611,741,000")
    rows[column] |= cells
    return rows


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (changed(0, short_desc="SOYBEANS - CRUSHED, MEASURED IN BU"), ["SOYBEANS - CRUSHED, MEASURED IN TONS"]),
        (changed(1, Value="2,526,657"), ["2,526,657", "multiple of 1,000"]),
        (changed(1, domaincat_desc="TYPE OF OPERATION: (REFINER)"), ["(CRUSHER)"]),
        (changed(2, domaincat_desc="TYPE OF OPERATION: (WAREHOUSE)"), ["OR WAREHOUSE)"]),
        (changed(0, reference_period_desc="JAN THRU MAR"), ["JAN THRU MAR"]),
        (changed(0, reference_period_desc="OCT"), ["2026-10", "past"]),
        (changed(0, Value="0"), ["'0'"]),
        (changed(0) + changed(0, Value="6,376,636"), ["two values"]),
    ],
)
def test_a_wrong_crush_is_refused_by_what_is_wrong(rows, words):
    assert_refused(usda_nass.parse, answer(*rows, part="crush-2026"), *words)


def test_other_answers_are_refused():
    assert_refused(usda_nass.parse, answer(), "rows under `data`")
    assert_refused(usda_nass.parse, answer(PLANTED, PLANTED | {"Value": "29"}), "different values")
    assert_refused(usda_nass.parse, answer(PLANTED, part="acres-2026"), "acres-2026")


def test_fetch_asks_year_by_year_with_the_key_apart_and_forgives_a_season_that_has_not_begun():
    http = FakeHttp("usda_nass", [b"1", b"2", b"3", None, b"5", None])
    found = list(usda_nass.fetch(ask("2025-12-20", "2026-01-10", key="secret-key"), http))
    assert [one.part for one in found] == ["progress-2025", "condition-2025", "crush-2025", "condition-2026"]
    assert [call["missing"] for call in http.asked] == [(), (), (), (400,), (400,), (400,)]
    assert all(call["secret"] == {"key": "secret-key"} and "key" not in call["params"] for call in http.asked)
    with pytest.raises(SourceError, match="USDA_NASS_API_KEY"):
        list(usda_nass.fetch(ask("2025-12-20", "2026-01-10"), http))


def test_the_crush_is_asked_for_since_nass_collects_it():
    http = FakeHttp("usda_nass", [b"1", b"2", b"3", b"4", None])
    found = list(usda_nass.fetch(ask("2014-06-01", "2015-12-31", key="secret-key"), http))
    assert [one.part for one in found] == ["progress-2014", "condition-2014", "progress-2015", "condition-2015"]
    assert [call["missing"] for call in http.asked] == [(), (), (), (), (400,)]
