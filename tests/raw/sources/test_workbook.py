"""Sheets of .xlsx files: a recorded one, and workbooks that are damaged, bombs, or something else."""

import io
import zipfile
from dataclasses import replace

import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import recorded

from oilseer.raw.workbook import cells_of


@pytest.fixture(scope="module")
def book():
    return recorded("mpob", "exports", "mpob/mpob_monthly_export_oil_palm_products_2023.xlsx")


def repacked(book, changes: dict[str, bytes]):
    """The workbook with members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book.body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in old.infolist():
            if info.filename not in changes:
                made.writestr(info.filename, old.read(info))
        for name, content in changes.items():
            made.writestr(name, content)
    return replace(book, body=out.getvalue())


def test_cells_read_by_eye(book):
    rows = cells_of(book)
    assert rows[0][0] == "MONTHLY EXPORT OF OIL PALM PRODUCTS - 2023"
    assert rows[3][:4] == ["CPO", "Tonnes", 268436.0, 295873.0]
    assert {len(row) for row in rows} == {15}
    assert cells_of(book, "Sheet1") == rows


def test_bytes_cut_short_are_refused(book):
    assert assert_cuts_are_refused(lambda download: cells_of(download) and (), book) == 63


def test_strangers_are_refused(book):
    assert_strangers_are_refused(cells_of, book)


def test_a_sheet_that_is_not_there_is_refused(book):
    assert_refused(lambda download: cells_of(download, "Prices"), book, "Sheet1", "Prices")


def test_bombs_broken_sheets_and_other_archives_are_refused(book):
    assert_refused(cells_of, repacked(book, {"xl/media/bomb.bin": b"0" * 30_000_000}))
    assert_refused(cells_of, repacked(book, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}))
    bomb = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    assert_refused(cells_of, repacked(book, {"xl/workbook.xml": bomb}))
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert_refused(cells_of, replace(book, body=empty.getvalue()), "cannot be read")
