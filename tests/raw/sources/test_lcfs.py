"""CARB's weekly credit prices: a workbook and a CSV made to the documented layout, and what can be wrong with them.

No recorded workbook is at hand. The numbers of the two weeks are those of the press of their time.
"""

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download

from oilseer.raw.availability import published
from oilseer.raw.sources import lcfs

HEAD = "Week Of,Weekly Average Credit Price ($),Type 1 Transfer Weekly Average Credit Price ($),Total Volume (MT)\n"
# week ended 2017-11-26: 96.27 USD for 322,810 credits (OPIS); week ended 2019-04-21: 188.41 for 48,718 (DTN)
SMALL = HEAD + '11/20/2017,96.27,,"322,810"\n' + "4/15/2019,$188.41,,48718\n"
EXPECTED = [(date(2017, 11, 26), 96.27, 322810.0), (date(2019, 4, 21), 188.41, 48718.0)]
COLUMNS = ("observation_date", "price_usd_per_credit", "credits")


def saved(body: str, name: str = "weekly.csv"):
    return download("lcfs", "weekly", body, url=name)


def workbook(rows: list[list[object]], sheet: str = lcfs.SHEET, name: str = "Weekly LCFS Credit Activity.xlsx"):
    """A minimal .xlsx: text inline, numbers as they are, a date as its serial number in a date style."""
    lines = []
    for place, row in enumerate(rows, start=1):
        cells = []
        for column, value in enumerate(row):
            at = f"{'ABCDEFG'[column]}{place}"
            if isinstance(value, date):
                cells.append(f'<c r="{at}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>')
            elif isinstance(value, str):
                cells.append(f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            elif value is not None:
                cells.append(f'<c r="{at}"><v>{value}</v></c>')
        lines.append(f'<row r="{place}">{"".join(cells)}</row>')
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="{sheet}" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}/styles" '
        'Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" '
        'applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for member, content in members.items():
            made.writestr(member, content)
    return download("lcfs", "weekly", out.getvalue(), url=name)


TITLES = ["Week Of", "Weekly Average\nCredit Price ($)", "Total Volume (MT)"]
WEEKS = [[date(2017, 11, 20), 96.27, 322810], [date(2019, 4, 15), 188.41, 48718]]


def test_workbook_and_csv_give_the_weeks_of_the_press():
    for found in (saved(SMALL), workbook([TITLES, *WEEKS])):
        (rows,) = lcfs.parse(found)
        assert rows.frame.select(COLUMNS).rows() == EXPECTED
        assert rows.frame["period"].unique().to_list() == ["week"]


def test_a_week_is_public_on_the_second_wednesday_after_it():
    (rows,) = lcfs.parse(saved(SMALL))
    # Sunday 2019-04-21; Wednesdays 24 April and 1 May; 17:00 Los Angeles is midnight UTC under daylight saving
    assert published(rows.rule, pl.Series([date(2019, 4, 21)]))[0] == datetime(2019, 5, 2, tzinfo=UTC)


def test_a_posting_date_in_the_name_is_when_all_rows_are_public():
    (rows,) = lcfs.parse(saved(SMALL, "weekly_posted-2019-04-23.csv"))
    assert rows.frame["available_at"].unique().to_list() == [datetime(2019, 4, 23, 21, tzinfo=UTC)]
    assert_refused(lcfs.parse, saved(SMALL, "weekly_posted-2019-04-21.csv"), "2019-04-21", "were over")


def test_weeks_without_transfers_give_no_row_and_a_tuesday_names_its_week():
    body = SMALL + "9/7/2021,170.5,,1000\n" + "9/13/2021,,,0\n" + "9/20/2021,,,\n" + "2/26/2024,60,,10\n"
    (rows,) = lcfs.parse(saved(body))
    assert rows.frame["observation_date"].to_list()[2:] == [date(2021, 9, 12), date(2024, 3, 3)]
    (rows,) = lcfs.parse(workbook([TITLES, *WEEKS, ["", None, None], [date(2021, 9, 13), None, None]]))
    assert rows.frame.height == 2


def test_cuts_and_strangers_are_refused():
    assert_cuts_are_refused(lcfs.parse, saved(SMALL), may_be_shorter=True)
    assert assert_cuts_are_refused(lcfs.parse, workbook([TITLES, *WEEKS])) >= 60
    assert_strangers_are_refused(lcfs.parse, saved(SMALL))
    assert_strangers_are_refused(lcfs.parse, workbook([TITLES, *WEEKS]))


def test_mark_order_and_repetition_do_not_matter():
    lines = SMALL.splitlines(keepends=True)
    for body in ("\ufeff" + SMALL, lines[0] + lines[2] + lines[1] + lines[2]):
        assert lcfs.parse(saved(body))[0].frame.select(COLUMNS).rows() == EXPECTED
    turned = [list(reversed(row)) for row in [TITLES, *reversed(WEEKS)]]
    assert lcfs.parse(workbook(turned))[0].frame.select(COLUMNS).rows() == EXPECTED


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (",Weekly Average Credit Price ($)", ",Weekly Average Credit Price (c)", ["Price ($)' missing"]),
        ("Total Volume (MT)", "Week Of", ["'Week Of' twice"]),
        ("96.27", "NaN", ["NaN"]),
        ("96.27", "inf", ["inf"]),
        ("96.27", "9627", ["9627", "USD per credit"]),
        ("96.27", "€96.27", ["€96.27"]),
        ("96.27", "", ["''"]),
        ("96.27", "-96.27", ["-96.27"]),
        ("48718", "", ["''"]),
        ("48718", "0", ["0 credits"]),
        ("48718", "4,8718", ["5 cells in line 3"]),
        ("11/20/2017", "11/22/2017", ["11/22/2017", "Monday or Tuesday"]),
        ("11/20/2017", "2/29/2017", ["2/29/2017"]),
        ("11/20/2017", "20.11.2017", ["20.11.2017"]),
        ("11/20/2017", "4/15/2019", ["different values"]),
    ],
)  # fmt: skip
def test_a_wrong_csv_is_refused_by_what_is_wrong(old, new, words):
    assert old in SMALL
    assert_refused(lcfs.parse, saved(SMALL.replace(old, new, 1)), *words)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (workbook([TITLES, *WEEKS], sheet="Transfers"), ["Transfers", lcfs.SHEET]),
        (workbook([TITLES[:2], *[week[:2] for week in WEEKS]]), ["'Total Volume (MT)' missing"]),
        (workbook([TITLES, ["last week", 96.27, 1]]), ["last week"]),
        (workbook([TITLES, [date(2017, 11, 20), "n/a", 1]]), ["n/a"]),
        (workbook([TITLES, [43059, 96.27, 1]]), ["43059"]),
        (workbook([TITLES]), ["no week"]),
        (workbook([]), ["missing"]),
        (saved(HEAD), ["no week"]),
    ],
)
def test_a_wrong_workbook_is_refused_by_what_is_wrong(found, words):
    assert_refused(lcfs.parse, found, *words)


def test_fetch_reads_workbooks_and_csv(tmp_path: Path):
    (tmp_path / "a.xlsx").write_bytes(workbook([TITLES, *WEEKS]).body)
    (tmp_path / "b.csv").write_text(SMALL)
    found = list(lcfs.fetch(ask("2017-01-01", "2019-12-31", folder=tmp_path), FakeHttp("lcfs", [])))
    assert [lcfs.parse(each)[0].frame.height for each in found] == [2, 2]
