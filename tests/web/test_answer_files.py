"""Tables of answers as files: the same numbers, marked, and harmless in a spreadsheet."""

import csv
import io
import json
import zipfile

import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import serving
from published_site import FORMULA, make_site
from python_calamine import CalamineWorkbook
from snapshots import AS_OF, RUN_ID

from oilseer.web.exports import export, tables


def lines(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("﻿"))))


def test_every_format_holds_the_numbers_of_the_json(site):
    rows = site.client.get("/api/v1/forecasts").json()["horizons"]
    medians = [row["median"] for row in rows]
    text = site.client.get("/api/v1/forecasts?format=csv")
    assert [float(row["median"]) for row in lines(text.text)] == medians
    assert text.headers["content-disposition"] == 'attachment; filename="oilseer-horizons-20250630.csv"'
    sheet = site.client.get("/api/v1/forecasts?format=xlsx").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(sheet))
    found = book.get_sheet_by_name("horizons").to_python()
    assert [row[found[0].index("median")] for row in found[1:]] == pytest.approx(medians, rel=1e-14)  # 16 digits
    file = site.client.get("/api/v1/forecasts?format=parquet").content
    table = pq.read_table(io.BytesIO(file))
    assert table["median"].to_pylist() == medians
    assert set(table["run_id"].to_pylist()) == {RUN_ID}
    assert set(table["as_of_date"].to_pylist()) == {AS_OF.isoformat()}
    assert json.loads(table.schema.metadata[b"units"])["median"] == "¢/lb"


def test_every_table_of_an_answer_can_be_had(site):
    plan = site.client.get("/api/v1/procurement").json()
    book = CalamineWorkbook.from_filelike(io.BytesIO(site.client.get("/api/v1/procurement?format=xlsx").content))
    assert {"about", "months", "tripwires", "replay"} <= set(book.sheet_names)
    months = lines(site.client.get("/api/v1/procurement?format=csv&table=months").text)
    assert [float(row["need_lb"]) for row in months] == [row["need_lb"] for row in plan["months"]]


def test_a_file_holds_all_rows_and_not_one_page(site):
    path = "/api/v1/features/spread_boho_usd_per_gal/values?limit=2"
    assert len(site.client.get(path).json()["rows"]) == 2
    assert len(lines(site.client.get(path + "&format=csv").text)) == 1128


def test_text_that_begins_a_formula_is_text_in_a_spreadsheet(site):
    rows = lines(site.client.get("/api/v1/market/news?format=csv").text)
    assert [row["title"] for row in rows if "evil" in row["title"]] == ["'" + FORMULA]
    book = CalamineWorkbook.from_filelike(io.BytesIO(site.client.get("/api/v1/market/news?format=xlsx").content))
    titles = [row[book.get_sheet_by_name("rows").to_python()[0].index("title")]
              for row in book.get_sheet_by_name("rows").to_python()]  # fmt: skip
    assert FORMULA in titles
    with zipfile.ZipFile(io.BytesIO(site.client.get("/api/v1/market/news?format=xlsx").content)) as parts:
        sheets = b"".join(parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name)
    assert b"<f>" not in sheets
    assert b"<hyperlink" not in sheets


@pytest.mark.parametrize("start", list("=+-@|%\t\r\n"))
def test_every_beginning_of_a_formula_is_taken_for_text(start):
    answer = {"rows": [{"title": f"{start}1+1", f"{start}head": -1.5}]}
    text = export(answer, "csv", None)[0].decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == f"'{start}1+1"
    assert row[f"'{start}head"] == "-1.5"  # a number stays one


def test_tables_are_found_wherever_they_stand_in_an_answer():
    answer = {"units": {"a": "b"}, "rows": [{"x": {"low": 1, "high": 2}, "list": [1, 2]}],
              "now": {"markets": [{"symbol": "CL"}], "none": []}, "text": "t"}  # fmt: skip
    assert tables(answer) == {
        "rows": [{"x.low": 1, "x.high": 2, "list": "[1, 2]"}], "now.markets": [{"symbol": "CL"}],
    }  # fmt: skip


def test_columns_of_mixed_kinds_become_one_kind():
    rows = [{"a": 1, "b": 1, "c": None}, {"a": 2.5, "b": "x", "c": None}, {"d": True}]
    frame = pl.read_parquet(io.BytesIO(export({"rows": rows}, "parquet", None)[0]))
    assert frame["a"].to_list() == [1.0, 2.5, None]
    assert frame["b"].to_list() == ["1", "x", None]
    assert frame["d"].to_list() == [None, None, True]


def test_a_simulated_file_says_so_in_name_rows_and_about(tmp_path):
    with serving(make_site(tmp_path / "home", "simulated").home) as served:
        for kind in ("csv", "xlsx", "parquet"):
            found = served.client.get(f"/api/v1/forecasts?format={kind}")
            assert 'filename="SIMULATED-oilseer' in found.headers["content-disposition"]
        assert {row["simulated"] for row in lines(served.client.get("/api/v1/forecasts?format=csv").text)} == {"True"}
        book = CalamineWorkbook.from_filelike(io.BytesIO(served.client.get("/api/v1/forecasts?format=xlsx").content))
        assert "SIMULATED" in book.get_sheet_by_name("about").to_python()[0][0]


def test_sheets_have_names_that_excel_takes():
    long = {"a" * 40: [{"x": 1}], "a" * 39 + "b": [{"x": 2}], "about": [{"x": 3}]}
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(long, "xlsx", None)[0]))
    assert len(set(book.sheet_names)) == 4
    assert max(map(len, book.sheet_names)) <= 31
