"""One delivered file as a frame: Parquet with its types, CSV as text with record numbers and the lines that do not fit.

Nothing is guessed and nothing skipped: text becomes numbers and dates in `conform`, by declaration.
"""

import csv
import hashlib
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from operator import xor
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from oilseer.errors import ConfigError, SourceError

ROW = "__row"  # record number: CSV from 2 (the header is 1), Parquet from 1
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Delivery:
    """One file: sha256 of its bytes, its rows with `ROW`, and CSV lines with the wrong number of fields."""

    file: str
    provenance_id: str
    rows: pl.DataFrame
    misfits: pl.DataFrame  # ROW, found, text


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_delivery(path: Path, file: str, delimiter: str | None, encoding: str) -> Delivery:
    """Read `path`, called `file` in messages. Raises SourceError where it is unreadable or empty."""
    body = path.read_bytes()
    if not body:
        raise SourceError(
            f"{file}: the file is empty, 0 bytes; deliver it again or list it under `ignore` with a reason"
        )
    if path.suffix.lower() == ".parquet":
        rows, misfits = _parquet(body, file), _no_misfits()
    elif path.suffix.lower() in (".csv", ".txt", ".tsv"):
        rows, misfits = _csv(body, file, delimiter, encoding)
    else:
        raise ConfigError(
            f"{file}: ending {path.suffix!r}; expected .parquet, .csv, .tsv or .txt. Convert the file first"
        )
    if rows.height + misfits.height == 0:
        raise SourceError(f"{file}: a header and no rows; deliver it again or list it under `ignore` with a reason")
    return Delivery(file, hashlib.sha256(body).hexdigest(), rows, misfits)


def columns_of(path: Path, file: str, delimiter: str | None, encoding: str) -> list[str]:
    """Column names of a file without reading its rows. Raises SourceError where that fails."""
    if path.suffix.lower() == ".parquet":
        try:
            return list(pl.read_parquet_schema(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(file, error) from error
    with path.open("rb") as handle:
        return _header(handle.read(1 << 20), file, delimiter, encoding)[0]


def _unreadable(file: str, error: Exception) -> SourceError:
    first = str(error).splitlines()[0]
    return SourceError(
        f"{file}: not readable as Parquet ({first}); the file is damaged or another format: deliver it again"
    )


def _parquet(body: bytes, file: str) -> pl.DataFrame:
    try:
        rows = pl.read_parquet(BytesIO(body))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(file, error) from error
    return rows.with_row_index(ROW, offset=1)


def _header(body: bytes, file: str, delimiter: str | None, encoding: str) -> tuple[list[str], str]:
    """Column names and delimiter. Raises SourceError for a bad encoding, an empty or repeated name."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") and not encoding.lower().startswith("utf-16"):
        raise SourceError(f"{file}: the file is UTF-16; declare `encoding: utf-16` or save it as UTF-8")
    try:
        first = body.decode(encoding, errors="strict").removeprefix("\ufeff").lstrip("\r\n").splitlines()[:1]
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        if error.end == len(body) and error.reason == "unexpected end of data":  # a peek that cuts a character
            return _header(body[: error.start], file, delimiter, encoding)
        raise SourceError(
            f"{file}: row {line}, byte {error.start}: not {encoding} ({error.reason}); "
            "declare `encoding: latin-1` or save the file as UTF-8"
        ) from None
    except LookupError:
        raise ConfigError(
            f"{file}: encoding {encoding!r} is unknown; expected a name such as utf-8 or latin-1"
        ) from None
    if not first:
        raise SourceError(f"{file}: the file holds no header; deliver it again")
    mark = delimiter or max(DELIMITERS, key=first[0].count)
    names = [name.strip() for name in next(csv.reader([first[0]], delimiter=mark))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise SourceError(
            f"{file}: row 1: column names {names} with {twice or 'an empty one'} not unique; repair the header"
        )
    return names, mark


def _csv(body: bytes, file: str, delimiter: str | None, encoding: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    names, mark = _header(body, file, delimiter, encoding)
    misfits: list[tuple[int, str, str]] = []

    def hold(row: pa_csv.InvalidRow) -> str:
        found = f"{row.actual_columns} fields, expected {row.expected_columns}"
        misfits.append((row.number, found, row.text))
        return "skip"

    text = body.decode(encoding).removeprefix("\ufeff").lstrip("\r\n").encode()
    if text.count(b'"') % 2:
        raise SourceError(f"{file}: row {_open_quote(text)}: a quote opens and never closes; close it or remove it")
    try:
        table = pa_csv.read_csv(
            BytesIO(text),
            pa_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
            pa_csv.ParseOptions(
                delimiter=mark, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=hold
            ),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"{file}: not readable as CSV with delimiter {mark!r} ({error}); repair the row it names"
        ) from error
    rows = pl.from_arrow(table)
    places = pl.int_range(2, 2 + rows.height + len(misfits), eager=True)
    if misfits:
        places = places.filter(~places.is_in([number for number, _, _ in misfits]))
    rows = rows.with_columns(pl.all().str.strip_chars(), places.cast(pl.UInt32).alias(ROW))
    rows = rows.filter(~pl.all_horizontal(pl.col(names) == ""))  # a blank line is no row
    held = pl.DataFrame(misfits, schema=_no_misfits().schema, orient="row")
    return rows, held


def _open_quote(text: bytes) -> int:
    """The line after which the number of quotes stays odd."""
    parity = list(accumulate((line.count(b'"') % 2 for line in text.rstrip(b"\n").split(b"\n")), xor))
    return len(parity) - next((n for n, odd in enumerate(reversed(parity)) if not odd), len(parity)) + 1


def _no_misfits() -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.UInt32, "found": pl.String, "text": pl.String})
