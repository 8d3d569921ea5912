"""EIA's API: three recorded answers, values read by eye, paging, and every way in which an answer can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import eia

RECORDED = {
    "feedstock-0": "eia/petroleum_pnp_feedbiofuel.json",
    "averages-0": "eia/petroleum_pri_spt.json",
    "weekly-0": "eia/petroleum_sum_sndw.json",
}
FEEDSTOCK = {
    "period": "2024-02", "duoarea": "NUS", "area-name": "U.S.", "product": "EPOOBDSO", "product-name": "Soybean Oil",
    "process": "YIFBP", "process-name": "Feedstock Inputs", "series": "M_EPOOBDSO_YIFBP_NUS_MMLB",
    "series-description": "Soybean oil", "value": "1021", "units": "MMLB",
}  # fmt: skip


@pytest.fixture(params=list(RECORDED))
def answer(request):
    return recorded("eia", request.param, RECORDED[request.param])


def page(*rows: dict, part: str = "feedstock-0", frequency: str = "monthly", total: int | None = None):
    body = {"response": {"total": str(len(rows) if total is None else total), "frequency": frequency, "data": rows}}
    return download("eia", part, json.dumps(body))


def test_feedstock_read_by_eye():
    (rows,) = eia.parse(recorded("eia", "feedstock-0", RECORDED["feedstock-0"]))
    assert rows.spec.name == "raw.eia_biofuels"
    assert rows.frame.rows(named=True) == [
        {"series_id": "M_EPOOBDAFO_YIFBP_NUS_MMLB", "route": "petroleum/pnp/feedbiofuel", "product": "EPOOBDAFO",
         "process": "YIFBP", "area": "NUS", "value": 3.0, "unit": "MMLB", "observation_date": date(2019, 1, 1)}
    ]  # fmt: skip


def test_weekly_tables_read_by_eye():
    (price,) = eia.parse(recorded("eia", "averages-0", RECORDED["averages-0"]))
    (crude,) = eia.parse(recorded("eia", "weekly-0", RECORDED["weekly-0"]))
    assert price.frame.select("series_id", "value", "unit", "observation_date").rows() == [
        ("RWTC", 25.78, "$/BBL", date(1986, 1, 3))
    ]
    assert crude.frame.select("series_id", "value", "unit", "observation_date").rows() == [
        ("WCRRIUS2", 11722.0, "MBBL/D", date(1982, 8, 20))
    ]
    assert price.spec.name == crude.spec.name == "raw.eia_petroleum_weekly"


def test_the_recorded_week_is_the_mean_of_the_daily_history():
    history = pl.read_parquet(real_file("history/eia_oil_spot_daily.parquet"))
    week = history.filter(series="WTI_CUSHING_SPOT").filter(
        pl.col("date").is_between(date(1985, 12, 30), date(1986, 1, 3))
    )
    (price,) = eia.parse(recorded("eia", "averages-0", RECORDED["averages-0"]))
    assert week["usd_per_bbl"].mean() == pytest.approx(price.frame["value"][0], abs=0.005)


def test_daily_spot_keeps_the_names_and_the_rule_of_the_table():
    history = pl.read_parquet(real_file("history/eia_oil_spot_daily.parquet")).filter(date=date(2020, 4, 20))
    codes = {name: code for code, name in eia.SPOT_NAMES.items()}
    rows = [
        FEEDSTOCK | {"series": codes[name], "period": str(day), "value": str(value), "units": "$/BBL"}
        for name, day, value in history.rows()
    ]
    (found,) = eia.parse(page(*rows, part="spot-0", frequency="daily"))
    expected = history.rename({"series": "series_id", "usd_per_bbl": "value", "date": "observation_date"})
    assert found.frame.equals(expected.select(found.frame.columns).sort("series_id"))
    assert found.frame["value"].min() == -36.98
    # the Monday's price: Wednesday 22 April 2020, 13:00 New York
    assert published(found.rule, pl.Series([date(2020, 4, 20)]))[0] == datetime(2020, 4, 22, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "day", "public"),
    [
        ("weekly", date(2024, 6, 7), "2024-06-12T17:00+00:00"),  # an ordinary Friday: Wednesday
        ("weekly", date(2024, 5, 24), "2024-05-30T17:00+00:00"),  # Memorial Day between: Thursday
        ("weekly", date(2024, 12, 20), "2024-12-26T18:00+00:00"),  # Christmas on the Wednesday
        ("feedstock", date(2024, 1, 1), "2024-04-03T17:00+00:00"),  # March ends on a Sunday, then three working days
        ("production", date(2024, 2, 1), "2024-05-03T17:00+00:00"),
    ],
)
def test_publication_follows_the_calendar_and_is_late_rather_than_early(part, day, public):
    assert published(eia.QUERIES[part].rule, pl.Series([day]))[0] == datetime.fromisoformat(public)


def test_bytes_cut_short_are_refused(answer):
    assert assert_cuts_are_refused(eia.parse, answer) >= 60


def test_strangers_are_refused(answer):
    assert_strangers_are_refused(eia.parse, answer)


def test_withheld_values_give_no_row_and_an_empty_answer_none():
    (rows,) = eia.parse(page(FEEDSTOCK, FEEDSTOCK | {"period": "2024-03", "value": None}))
    assert rows.frame["observation_date"].to_list() == [date(2024, 2, 1)]
    assert eia.parse(page())[0].frame.is_empty()


def test_mark_order_repetition_further_and_moved_fields_do_not_matter():
    later = FEEDSTOCK | {"period": "2024-03", "value": 995.5}
    expected = eia.parse(page(FEEDSTOCK, later))[0].frame
    turned = dict(reversed(list(FEEDSTOCK.items()))) | {"new-field": 1}
    shuffled = page(later, turned, later)
    assert eia.parse(shuffled)[0].frame.equals(expected)
    assert eia.parse(replace(shuffled, body=b"\xef\xbb\xbf" + shuffled.body))[0].frame.equals(expected)
    assert expected["value"].to_list() == [1021.0, 995.5]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": "MT"}, ["'MT'", "MMLB"]),
        ({"units": "MBBL"}, ["'MBBL'", "MMLB"]),
        ({"units": None}, ["None", "MMLB"]),
        ({"series": "M_EPOOBDSO_YIFBP_NUS_MBBL"}, ["MMLB", "MBBL"]),
        ({"value": "W"}, ["'W'", "number"]),
        ({"value": ""}, ["''", "number"]),
        ({"value": "NaN"}, ["NaN"]),
        ({"value": True}, ["True"]),
        ({"value": [1]}, ["[1]"]),
        ({"period": "2024"}, ["'2024'", "monthly"]),
        ({"period": "2024-13"}, ["2024-13"]),
        ({"period": "2024-02-29"}, ["2024-02-29", "monthly"]),
        ({"period": 202402}, ["202402"]),
        ({"series": ""}, ["codes"]),
        ({"product": None}, ["codes"]),
    ],
)
def test_a_wrong_value_is_refused_by_what_is_wrong(change, words):
    assert_refused(eia.parse, page(FEEDSTOCK | change), *words)


@pytest.mark.parametrize("field", eia.FIELDS)
def test_a_lost_or_renamed_field_is_refused_by_name(field):
    lost = {name: value for name, value in FEEDSTOCK.items() if name != field}
    assert_refused(eia.parse, page(lost), field)
    assert_refused(eia.parse, page(lost | {f"{field}_v3": FEEDSTOCK[field]}), field)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_constants_that_are_no_json_are_refused(constant):
    whole = page(FEEDSTOCK)
    assert_refused(eia.parse, replace(whole, body=whole.body.replace(b'"1021"', constant.encode())), constant)


def test_another_value_of_one_period_is_refused():
    assert_refused(eia.parse, page(FEEDSTOCK, FEEDSTOCK | {"value": "1022"}), "different values", "1022")


def test_weekly_rows_never_enter_the_daily_table():
    """The recorded answer holds a weekly mean under the daily series' name."""
    assert_refused(eia.parse, recorded("eia", "spot-0", RECORDED["averages-0"]), "'weekly'", "daily")


def test_a_week_that_does_not_end_on_a_friday_is_refused():
    row = FEEDSTOCK | {"series": "WDISTUS1", "units": "MBBL", "period": "2024-02-29"}
    assert_refused(eia.parse, page(row, part="weekly-0", frequency="weekly"), "Thursday", "Friday")
    leap = row | {"period": "2008-02-29"}  # a Friday
    (rows,) = eia.parse(page(leap, part="weekly-0", frequency="weekly"))
    assert rows.frame["observation_date"].to_list() == [date(2008, 2, 29)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": "API_KEY_INVALID"}}, ["API_KEY_INVALID", "key"]),
        ([], ["response"]),
        ({"response": {"total": "1", "frequency": "monthly"}}, ["data NoneType"]),
        ({"response": {"total": "many", "frequency": "monthly", "data": []}}, ["many"]),
        ({"response": {"total": "1", "frequency": "monthly", "data": ["x"]}}, ["an object"]),
        ({"response": {"total": "7001", "frequency": "monthly", "data": [FEEDSTOCK]}}, ["1 rows", "5000 of 7001"]),
    ],
)
def test_another_envelope_is_refused(body, words):
    assert_refused(eia.parse, download("eia", "feedstock-0", json.dumps(body)), *words)


def test_fetch_pages_until_the_total_and_keeps_the_key_apart():
    bodies = [page(FEEDSTOCK, total=7001).body, page(FEEDSTOCK, total=7001).body]
    http = FakeHttp("eia", bodies)
    found = list(eia.fetch(ask("2024-01-15", "2024-08-31", key="sesame-open", parts=("feedstock",)), http))
    assert [d.part for d in found] == ["feedstock-0", "feedstock-5000"]
    assert [a["params"]["offset"] for a in http.asked] == ["0", "5000"]
    first = http.asked[0]
    assert first["url"] == "https://api.eia.gov/v2/petroleum/pnp/feedbiofuel/data/"
    assert first["params"]["start"] == "2024-01"
    assert first["params"]["facets[duoarea][0]"] == "NUS"
    assert first["secret"] == {"api_key": "sesame-open"}
    assert "sesame-open" not in str(first["params"])


def test_fetch_gives_each_page_before_it_reads_it():
    """A page that cannot be read is archived all the same: it is yielded before it is looked at."""
    pages = eia.fetch(ask("2024-01-15", "2024-08-31", key="sesame-open"), FakeHttp("eia", [b"not json"]))
    assert next(pages).body == b"not json"
    with pytest.raises(SourceError, match="feedstock-0"):
        next(pages)


def test_fetch_without_a_key_names_the_key_and_where_to_get_it():
    with pytest.raises(SourceError, match=r"EIA_API_KEY.*register"):
        list(eia.fetch(ask("2024-01-15", "2024-08-31"), FakeHttp("eia", [])))
