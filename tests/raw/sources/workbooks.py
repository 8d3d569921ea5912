"""Small .xlsx workbooks written by hand, for the tests of parsers that read sheets."""

import io
import zipfile
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def workbook(rows: list[list[str | float]], sheet: str = "Sheet1") -> bytes:
    """A workbook of one sheet: numbers as numbers, text as inline text, "" as an empty cell."""
    lines = "".join(
        f'<row r="{n}">{"".join(_cell(n, at, cell) for at, cell in enumerate(row))}</row>'
        for n, row in enumerate(rows, start=1)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{_TYPES}"/></Types>',
        )
        made.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        made.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{escape(sheet)}" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
        )
        made.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        made.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return out.getvalue()


def _cell(row: int, column: int, content: str | float) -> str:
    letters = (chr(ord("A") + column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)
    name = f"{letters}{row}"
    if content == "":
        return ""
    if isinstance(content, str):
        return f'<c r="{name}" t="inlineStr"><is><t>{escape(content)}</t></is></c>'
    return f'<c r="{name}"><v>{content}</v></c>'
