"""The cells of one sheet of a spreadsheet, for parsers of files that people and ministries publish as .xlsx.

The archive is checked for bombs and damage before a spreadsheet library sees it.
"""

from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook

from oilseer.raw.bodies import members
from oilseer.raw.payload import refuse
from oilseer.raw.source import Download

Cell = str | float | bool | date | datetime | time | timedelta
REMEDY = "open the file in a spreadsheet program, save it as .xlsx and drop it again"


def cells_of(download: Download, sheet: str | None = None) -> list[list[Cell]]:
    """Rows of `sheet`, else of the only one; every row is as wide as the sheet, an empty cell is "".

    Numbers come as float, dates as dates, all else as text. Raises SourceError for what is no workbook, for damage,
    bombs, a sheet that is not there and several where one was expected.
    """
    if not download.body.startswith(b"PK"):
        found = f"bytes that begin with {download.body[:24]!r}"
        raise refuse(download, found, "an .xlsx workbook", REMEDY)
    for _ in members(download.body, f"{download.source}: part {download.part} ({download.url})"):
        pass  # each member is unpacked once under the caps
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(download.body))
        names = book.sheet_names
        if (sheet is None and len(names) != 1) or (sheet is not None and sheet not in names):
            raise refuse(download, f"sheets {names}", f"a sheet {sheet!r}" if sheet else "one sheet", REMEDY)
        return book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise refuse(download, f"a workbook that cannot be read ({error})", "an .xlsx workbook", REMEDY) from None
