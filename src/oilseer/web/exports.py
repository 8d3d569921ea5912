"""Any table of an answer as CSV, Excel or Parquet, each with run, session and the mark of a simulated workspace.

Text that a spreadsheet would read as a formula is written so that it reads it as text.
"""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from oilseer.dashboard.words import SIMULATED_MARK
from oilseer.web.problems import Problem

STAMP = ("run_id", "as_of_date", "simulated")  # on every row, so that a file alone says what it is
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
SHEET_NAME = 31  # characters that Excel allows
CELL_CHARACTERS = 32_767
Row = dict[str, Any]


def tables(answer: dict) -> dict[str, list[Row]]:
    """Every list of rows that an answer holds, by its place in it ("months", "reactions.now"); nested values flat."""
    found: dict[str, list[Row]] = {}
    _collect(answer, "", found)
    return found


def _collect(value: dict, place: str, found: dict[str, list[Row]]) -> None:
    for name, part in value.items():
        here = f"{place}{name}"
        if isinstance(part, list) and part and all(isinstance(row, dict) for row in part):
            found[here] = [_flat(row) for row in part]
        elif isinstance(part, dict) and name != "units":
            _collect(part, f"{here}.", found)


def _flat(row: Row, place: str = "") -> Row:
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{place}{name}.")
        elif isinstance(value, list | tuple):
            flat[f"{place}{name}"] = json.dumps(value, ensure_ascii=False, default=str)
        else:
            flat[f"{place}{name}"] = value
    return flat


def export(answer: dict, kind: str, wanted: str | None) -> tuple[bytes, str, str]:
    """A table of the answer as bytes, with media type and a name for the file.

    kind    csv, xlsx or parquet
    wanted  name of the table; without one the first, or in Excel all of them

    Raises Problem 404 where there is no such table.
    """
    found = tables(answer)
    name = wanted or next(iter(found), "")
    if name not in found:
        there = ", ".join(found) or "none, the answer holds no rows"
        raise Problem(404, "no-such-table", f"no table {name!r} in this answer; tables there are: {there}")
    write, media = WRITERS[kind]
    chosen = found if kind == "xlsx" and wanted is None else {name: found[name]}
    stamp = {key: answer.get(key) for key in STAMP}
    stamped = {key: [row | {k: v for k, v in stamp.items() if k not in row} for row in rows]
               for key, rows in chosen.items()}  # fmt: skip
    mark = "SIMULATED-" if answer.get("simulated") else ""
    day = str(answer.get("as_of_date") or "").replace("-", "")
    return write(stamped, answer), media, "-".join(part for part in (f"{mark}oilseer", name, day) if part)


def _csv(chosen: dict[str, list[Row]], answer: dict) -> bytes:
    (rows,) = chosen.values()
    text = io.StringIO()
    writer = csv.writer(text)
    names = _names(rows)
    writer.writerow(map(_harmless, names))
    writer.writerows([_harmless(row.get(name)) for name in names] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()  # Excel takes ¢ for UTF-8 only with the mark in front


def _xlsx(chosen: dict[str, list[Row]], answer: dict) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                      "strings_to_numbers": False})  # fmt: skip
    book.set_properties({"title": "Oilseer", "comments": _told(answer)})
    head = book.add_format({"bold": True, "bottom": 1})
    about = book.add_worksheet("about")
    lines = [*((SIMULATED_MARK, "") for _ in range(bool(answer.get("simulated")))),
             *((key, answer.get(key)) for key in STAMP), *(answer.get("units") or {}).items()]  # fmt: skip
    for place, (key, value) in enumerate(lines):
        about.write_string(place, 0, str(key), head)
        _write(about, place, 1, value)
    taken = {"about"}
    for name, rows in chosen.items():
        sheet = book.add_worksheet(_sheet_name(name, taken))
        sheet.freeze_panes(1, 0)
        names = _names(rows)
        for column, key in enumerate(names):
            sheet.write_string(0, column, key, head)
            for place, row in enumerate(rows, 1):
                _write(sheet, place, column, row.get(key))
    book.close()
    return file.getvalue()


def _parquet(chosen: dict[str, list[Row]], answer: dict) -> bytes:
    (rows,) = chosen.values()
    frame = pl.DataFrame({name: _column([row.get(name) for row in rows]) for name in _names(rows)}, strict=False)
    table = frame.to_arrow()
    said = {"oilseer": _told(answer), "units": json.dumps(answer.get("units") or {}, ensure_ascii=False)}
    file = io.BytesIO()
    pq.write_table(pa.table(table).replace_schema_metadata(said), file, compression="zstd")
    return file.getvalue()


WRITERS: dict[str, tuple[Callable[[dict[str, list[Row]], dict], bytes], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (_parquet, "application/vnd.apache.parquet"),
}


def _names(rows: list[Row]) -> list[str]:
    """Columns of all rows, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _column(values: list[Any]) -> list[Any]:
    """Values of one type: whole numbers beside others become floats, other mixtures text."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1:
        return values
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _harmless(value: Any) -> Any:
    """Text that would start a formula, with an apostrophe before it, as spreadsheets mark text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    """A cell of its own type; text never as a formula or link."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value)[:CELL_CHARACTERS])


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes, and no sheet has yet."""
    short = name.replace(".", " ")[:SHEET_NAME]
    place = 2
    while short.lower() in taken:
        short = f"{name.replace('.', ' ')[: SHEET_NAME - 3]} {place}"
        place += 1
    taken.add(short.lower())
    return short


def _told(answer: dict) -> str:
    mark = f"{SIMULATED_MARK}. " if answer.get("simulated") else ""
    return f"{mark}Run {answer.get('run_id')}, as of {answer.get('as_of_date')}"
