"""The folder as it is: every Parquet file read, and the part each column plays, told by its values.

Names decide nothing here but which columns are claims about the load (source, confidence, provenance): those are
left out of every comparison, so they can neither convict nor acquit.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path

import polars as pl

from oilseer.errors import ConfigError
from oilseer.raw.delivery import ROW

DAY = "__day"
CLAIMS = re.compile(r"(^|_)(source|confidence|provenance|quality|uuid|report_frequency)(_|$)|ingest|_url$", re.I)
LABELS_LIMIT, LABEL_ROWS = 2000, 3  # distinct texts, and rows of each: otherwise it is prose, not a name of a series
SOURCES_LIMIT, DIMS_LIMIT = 20, 8
YEARS = (1900, 2100)
LOAD_HOURS = 0.2  # a load writes many rows within the hour; what happens in the world is spread
DATE_SHARE = 0.95  # of texts that read as YYYY-MM-DD
MIDNIGHT_SHARE = 0.99  # of timestamps; fewer midnights, and a clock wrote them, no calendar


@dataclass(frozen=True)
class LegacyTable:
    """One file. `rows` has ROW (from 1) and, where there is an observation date, DAY.

    date       the column that says what a row describes; None where there is none
    loads      columns that a load wrote (clock times, many rows in few hours)
    dims       what, with the date, tells rows apart: state, station, currency, a whole hour, a year
    labels     columns with one text throughout: a symbol, a commodity
    texts      all columns of names, dims and labels among them
    numbers    measured columns
    claims     what the table says of itself: source, confidence
    empty      columns without any value
    fault      why the file could not be read, or None
    """

    file: str
    name: str
    provenance_id: str
    rows: pl.DataFrame
    date: str | None = None
    loads: tuple[str, ...] = ()
    dims: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def height(self) -> int:
        """Rows of the file."""
        return self.rows.height

    @cached_property
    def panel(self) -> pl.DataFrame:
        """Rows without those that repeat an earlier one in all but claims and load stamps; NaN and infinities null."""
        stamps = (ROW, *self.loads, *(c for c in self.claims if c not in self.dims), *self.empty)
        key = [c for c in self.rows.columns if c not in stamps and not self.rows.schema[c].is_nested()]
        rows = self.rows.unique(key, keep="first", maintain_order=True) if key else self.rows
        floats = [c for c in self.numbers if rows.schema[c].is_float()]
        finite = [pl.when(pl.col(c).is_finite()).then(pl.col(c)).alias(c) for c in floats]
        return rows.with_columns(finite)

    @cached_property
    def span(self) -> tuple[str, str] | None:
        """First and last observation date, ISO."""
        if self.date is None or self.height == 0:
            return None
        first, last = self.rows[DAY].min(), self.rows[DAY].max()
        return (str(first), str(last)) if first else None

    @cached_property
    def loaded_at(self) -> datetime | None:
        """The latest clock time that a load left in the table."""
        times = [self.rows[name].dt.replace_time_zone(None).max() for name in self.loads]
        return max((time for time in times if time), default=None)

    @cached_property
    def key(self) -> list[str]:
        """The day and the dims."""
        return [*([DAY] if self.date else []), *self.dims]


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder by name. Raises ConfigError where there is no folder, or none in it."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; expected one with exported Parquet tables, one file a table")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".parquet" and path.is_file())
    if not paths:
        raise ConfigError(f"{folder} holds no .parquet file; expected exported tables, one file a table")
    return paths


def read_folder(folder: Path) -> list[LegacyTable]:
    """Every Parquet file of `folder` by name; a damaged one comes with its fault. Raises ConfigError."""
    return [read_table(path) for path in parquet_files(folder)]


def read_table(path: Path) -> LegacyTable:
    """One file with the part of each column; unreadable bytes become its `fault`."""
    try:
        body = path.read_bytes()
    except OSError as error:
        return LegacyTable(path.name, path.stem, "", pl.DataFrame(), fault=f"cannot be read: {error.strerror}")
    digest = hashlib.sha256(body).hexdigest()
    try:
        rows = pl.read_parquet(BytesIO(body))
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0] if body else "0 bytes"
        fault = f"not readable as Parquet ({first}); the file is damaged or another format: export it again"
        return LegacyTable(path.name, path.stem, digest, pl.DataFrame(), fault=fault)
    return with_parts(path.name, path.stem, digest, rows.with_row_index(ROW, offset=1))


def with_parts(file: str, name: str, digest: str, rows: pl.DataFrame) -> LegacyTable:
    """The table with the part of each of its columns."""
    own = [column for column in rows.columns if column != ROW]
    empty = tuple(column for column in own if rows[column].null_count() == rows.height)
    filled = [column for column in own if column not in empty]
    claims = [column for column in filled if CLAIMS.search(column)]
    rest = [column for column in filled if column not in claims]
    clocks = [c for c in filled if isinstance(rows.schema[c], pl.Datetime) and not _is_midnights(rows[c])]
    loads = tuple(c for c in clocks if _is_load(rows[c]))
    days = {c: day for c in rest if c not in loads and (day := _as_days(rows[c])) is not None}
    years = [c for c in rest if _is_year(rows[c])]
    if not days:
        days = {c: rows.select(pl.date(pl.col(c), 1, 1)).to_series() for c in years if rows[c].n_unique() >= 5}
    # Whole days before clock times; then the most distinct days; then the order of the file.
    date = max(days, key=lambda c: (c not in clocks, days[c].n_unique()), default=None)
    if date is not None:
        rows = rows.with_columns(days[date].alias(DAY))
    texts = [c for c in rest if rows.schema[c] in (pl.String, pl.Categorical) and c not in days]
    rows = rows.with_columns(pl.col(c).cast(pl.String) for c in texts)
    texts = [c for c in texts if rows[c].n_unique() <= min(LABELS_LIMIT, max(rows.height / LABEL_ROWS, 2))]
    labels = tuple((c, str(rows[c].drop_nulls()[0])) for c in texts if rows[c].n_unique() == 1)
    years = [c for c in years if c != date and not _is_calendar(rows, c, date)]
    numbers = tuple(
        c for c in rest if rows.schema[c].is_numeric() and c not in (*years, date) and not _is_calendar(rows, c, date)
    )
    hours = [c for c in clocks if c not in loads and c != date]
    sources = [c for c in claims if "source" in c.lower() and rows.schema[c] == pl.String]
    sources = [c for c in sources if 1 < rows[c].n_unique() <= SOURCES_LIMIT]
    names = [[c for c in texts if rows[c].n_unique() > 1], [*years, *hours], sources]
    dims = _dims(rows, date, names, numbers)
    return LegacyTable(file, name, digest, rows, date, loads, dims, labels, tuple(texts), numbers, tuple(claims), empty)


def _is_midnights(given: pl.Series) -> bool:
    known = given.drop_nulls()
    return float((known.dt.truncate("1d") == known).mean()) >= MIDNIGHT_SHARE


def _is_load(given: pl.Series) -> bool:
    """Whether a process wrote these clock times: seconds in them, and many rows in few hours."""
    known = given.drop_nulls()
    seconds = float((known.dt.truncate("1m") != known).mean())
    return seconds > 0 and known.dt.truncate("1h").n_unique() <= max(3, LOAD_HOURS * len(known))


def _as_days(given: pl.Series) -> pl.Series | None:
    """The column as days: dates, timestamps, ISO text; else None."""
    if given.dtype == pl.Date:
        return given
    if isinstance(given.dtype, pl.Datetime):
        return given.dt.date()
    if given.dtype == pl.String:
        made = given.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        return made if made.count() >= DATE_SHARE * given.count() else None
    return None


def _is_year(given: pl.Series) -> bool:
    if not given.dtype.is_integer():
        return False
    low, high = given.min(), given.max()
    return low >= YEARS[0] and high <= YEARS[1] and given.n_unique() <= 200


def _is_calendar(rows: pl.DataFrame, column: str, date: str | None) -> bool:
    """Whether a number only says which year, quarter, month, week or day the date column says already."""
    if date is None or not rows.schema[column].is_integer():
        return False
    given, day = rows[column], rows[DAY]
    month_week = (day.dt.day() - 1) // 7 + 1
    parts = (day.dt.year(), day.dt.quarter(), day.dt.month(), day.dt.week(), day.dt.day(), day.dt.ordinal_day(),
             day.dt.weekday(), day.dt.weekday() - 1, month_week)  # fmt: skip
    return any(bool((given.cast(pl.Int64) == part.cast(pl.Int64)).all()) for part in parts)


def _dims(rows: pl.DataFrame, date: str | None, names: list[list[str]], numbers: tuple[str, ...]) -> tuple[str, ...]:
    """The fewest columns that, beside the date, tell rows of different numbers apart.

    Texts that tell rows apart at all; then, where numbers still differ, years, whole hours, and what the table says of
    its source. Greedy, best first.
    """
    if date is None or not numbers or not any(names):
        return ()
    chosen: list[str] = []
    texts, *others = names
    distinct = rows.unique([DAY, *(c for group in names for c in group), *numbers])
    for group, told in ((texts, texts), *((group, numbers) for group in others)):
        while len(chosen) < DIMS_LIMIT:
            found = distinct.select(DAY, *chosen).n_unique()
            counts = {c: distinct.select(DAY, *chosen, c).n_unique() for c in group if c not in chosen}
            best = max(counts, key=lambda c: (counts[c], -distinct[c].n_unique()), default=None)
            if best is None or counts[best] <= found or found == distinct.select(DAY, *{*chosen, *told}).n_unique():
                break
            chosen.append(best)
    return tuple(chosen)
