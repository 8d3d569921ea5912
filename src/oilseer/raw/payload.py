"""Delivered bytes read strictly: text, JSON and CSV that are whole, or a SourceError that says what to do.

Pure functions of a Download for the parsers of `raw/sources/`; nothing here guesses, repairs or fills.
"""

import csv
import io
import json
import math
import re
from collections.abc import Sequence

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.bodies import is_page
from oilseer.raw.source import Download

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
SHOWN = 80  # characters of a delivery that a message quotes


def refuse(download: Download, found: str, expected: str, remedy: str) -> SourceError:
    """The error that a parser raises: source, part, found, expected, what to do."""
    return SourceError(
        f"{download.source}: part {download.part} ({download.url}): found {found}, expected {expected}; {remedy}"
    )


def text_of(download: Download, encoding: str = "utf-8", remedy: str = "fetch it again") -> str:
    """The body as text without a byte order mark. Refuses an empty body, other encodings and an HTML page."""
    try:
        text = download.body.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise refuse(download, f"{error.reason} at byte {error.start}", f"{encoding} text", remedy) from None
    if not text.strip():
        raise refuse(download, "an empty body", "content", remedy)
    if is_page(download.body):
        raise refuse(
            download,
            f"an HTML page {text.lstrip()[:SHOWN]!r}",
            "the answer itself",
            "open the address in a browser: the service is down, moved or wants a login",
        )
    return text


def json_of(download: Download, remedy: str = "fetch it again") -> object:
    """The JSON value of the body. Refuses what is cut short or holds NaN or Infinity."""
    text = text_of(download, remedy=remedy)
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise refuse(download, "JSON nested too deep", "JSON", remedy) from None
    except ValueError as error:
        raise refuse(download, f"{error}", f"whole JSON of {len(download.body)} bytes", remedy) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the constant {name}, which is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:SHOWN]}, which is too large")
    return value


def csv_of(
    download: Download,
    columns: Sequence[str],
    encoding: str = "utf-8",
    delimiter: str = ",",
    remedy: str = "export it again; if the layout changed for good, change the parser",
) -> list[dict[str, str]]:
    """Rows of a CSV by column name, cells stripped, `line` added: order of columns and further ones do not matter.

    Refuses a missing or doubled column, a row of another length, an open quote, and a last line without its end: a
    file cut inside a line cannot be told from a shorter number.
    """
    text = text_of(download, encoding, remedy)
    if not text.endswith(("\n", "\r")):
        raise refuse(download, f"a last line without an end: {text[-SHOWN:]!r}", "a whole file", remedy)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        found = f"{error} in line {reader.line_num}"
        raise refuse(download, found, "CSV with closed quotes", remedy) from None
    header = [cell.strip() for cell in lines[0][1]]
    wrong = [f"{name!r} {'twice' if name in header else 'missing'}" for name in columns if header.count(name) != 1]
    if wrong:
        found = f"{', '.join(wrong)} among columns {header}"
        raise refuse(download, found, f"columns {list(columns)} once each", remedy)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise refuse(download, f"{len(cells)} cells in line {number}", f"{len(header)}", remedy)
        rows.append(dict(zip(header, (cell.strip() for cell in cells), strict=True)) | {"line": str(number)})
    return rows


def number_of(download: Download, text: object, where: str, remedy: str = "ask the source what changed") -> float:
    """A finite number from text or from JSON; True, 1e400, NaN, `1,5` and blanks are refused."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise refuse(download, f"{text!r} for {where}", "a number", remedy)
    if isinstance(text, str) and not _NUMBER.fullmatch(text.strip()):
        raise refuse(download, f"{text[:SHOWN]!r} for {where}", "a plain decimal number", remedy)
    try:
        value = float(text)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise refuse(download, f"{str(text)[:SHOWN]} for {where}", "a finite number", remedy)
    return value


def once_each(
    download: Download, rows: pl.DataFrame, key: Sequence[str], remedy: str = "fetch it again"
) -> pl.DataFrame:
    """`rows` sorted by `key`, repetitions dropped. Refuses a key that stands twice with different values."""
    distinct = rows.unique(maintain_order=True).sort(*key, nulls_last=True)
    twice = distinct.filter(distinct.select(pl.struct(*key).is_duplicated()).to_series())
    if not twice.is_empty():
        shown = "; ".join(str(row) for row in twice.head(2).rows())
        raise refuse(download, f"one key with different values: {shown}", f"one row per {', '.join(key)}", remedy)
    return distinct
