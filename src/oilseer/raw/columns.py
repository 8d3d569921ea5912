"""Columns of a raw table made from columns of a file: typed, renamed and converted as the mapping declares.

What does not fit the type of its column becomes null here and is held by the caller's sieve, with the text found.
"""

from datetime import time

import polars as pl

from oilseer.errors import ConfigError
from oilseer.market.units import CONVERSIONS
from oilseer.raw.mapping import Entry, Take
from oilseer.raw.quarantine import Sieve
from oilseer.warehouse.spec import Column

TYPES = {
    "VARCHAR": pl.String, "DOUBLE": pl.Float64, "BIGINT": pl.Int64, "INTEGER": pl.Int32,
    "DATE": pl.Date, "TIMESTAMPTZ": pl.Datetime("us", "UTC"), "BOOLEAN": pl.Boolean,
}  # fmt: skip
MONTH_CODES = "FGHJKMNQUVXZ"


def make_column(entry: Entry, column: Column, take: Take, rows: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """One column of the table from `rows` of the file. Raises ConfigError for a timestamp without a zone."""
    if take.constant is not None:
        made = _typed(pl.repeat(str(take.constant), rows.height, eager=True, dtype=pl.String), column, take, entry)
        sieve.hold(made.is_null(), column.name, made, f"a constant of type {column.type}", "constant does not fit")
    elif take.contract_code is not None:
        code = delivered(entry, rows, take.contract_code).cast(pl.String)
        made = delivery_month(code)
        sieve.hold(code.is_not_null() & made.is_null(), take.contract_code, code, "such as ZLZ25", "no contract code")
    else:
        made = None
        expected = f"{column.type} for {column.name}" + (f", format {take.format}" if take.format else "")
        for name in (take.column, *take.else_):
            given = delivered(entry, rows, name)
            part = _typed(given, column, take, entry)
            failed = given.is_not_null() & part.is_null()
            sieve.hold(failed, name, given, expected, "value does not fit the column's type")
            made = part if made is None else pl.select(pl.coalesce(made, part)).to_series()
    if column.name in entry.values:
        made = made.replace(entry.values[column.name])
    if column.name in entry.convert:
        units = entry.convert[column.name]
        made = CONVERSIONS[units.from_, units.to](made)
    return made


def delivered(entry: Entry, rows: pl.DataFrame, name: str) -> pl.Series:
    """A column of the file, with the declared marks of a missing value as null."""
    given = rows[name]
    if given.dtype != pl.String:
        return given
    return pl.select(pl.when(~given.is_in(entry.missing)).then(given)).to_series()


def _typed(given: pl.Series, column: Column, take: Take, entry: Entry) -> pl.Series:
    """`given` in the column's type; null where it does not fit."""
    target = TYPES[column.type]
    if target in (pl.Int64, pl.Int32):
        if given.dtype.is_integer():
            return given.cast(target, strict=False)
        number = _number(given, entry)
        return pl.select(pl.when(number == number.round(0)).then(number)).to_series().cast(target, strict=False)
    if target == pl.Float64:
        return _number(given, entry)
    if target == pl.Date and take.zone and isinstance(given.dtype, pl.Datetime):
        where = f"{entry.file}: {take.column!r} for {column.name}"
        return instant(given, take.format, take.zone, where).dt.convert_time_zone(take.zone).dt.date()
    if target == pl.Date:
        return day(given, take.format)
    if target == TYPES["TIMESTAMPTZ"]:
        return instant(given, take.format, take.zone, f"{entry.file}: {take.column!r} for {column.name}")
    return given.cast(target, strict=False)


def _number(given: pl.Series, entry: Entry) -> pl.Series:
    if given.dtype == pl.String and entry.decimal == ",":
        given = given.str.replace(",", ".", literal=True)
    if given.dtype.is_numeric() or given.dtype == pl.String:
        return given.cast(pl.Float64, strict=False)
    return _nothing(given, pl.Float64)


def day(given: pl.Series, format: str | None) -> pl.Series:
    """Days; text in `format` (ISO unless declared), a timestamp only where it carries no time of day."""
    if given.dtype == pl.Date:
        return given
    if given.dtype == pl.String:
        return given.str.to_date(format or "%Y-%m-%d", strict=False)
    if isinstance(given.dtype, pl.Datetime):
        return pl.select(pl.when(given.dt.time() == time.min).then(given.dt.date())).to_series()
    return _nothing(given, pl.Date)


def instant(given: pl.Series, format: str | None, zone: str | None, where: str) -> pl.Series:
    """UTC instants; text in `format`, local times in `zone`, of a doubled hour the later. Raises ConfigError."""
    if given.dtype == pl.String:
        given = given.str.to_datetime(format or "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    if not isinstance(given.dtype, pl.Datetime):
        return _nothing(given, TYPES["TIMESTAMPTZ"])
    if given.dtype.time_zone is None:
        if zone is None:
            raise ConfigError(f"{where} has no time zone; declare `zone:` beside `column:`, such as zone: UTC")
        given = given.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return given.dt.convert_time_zone("UTC").cast(TYPES["TIMESTAMPTZ"])


def delivery_month(code: pl.Series) -> pl.Series:
    """First day of the delivery month of codes such as ZLZ25 (December 2025; 70 to 99 are 1970 to 1999), else null."""
    month = pl.col("code").str.extract(r"^[A-Z0-9]{1,4}([FGHJKMNQUVXZ])\d{2}$")
    number = month.replace_strict(list(MONTH_CODES), list(range(1, 13)), default=None, return_dtype=pl.Int32)
    year = pl.col("code").str.extract(r"(\d{2})$").cast(pl.Int32)
    full = pl.when(year >= 70).then(1900 + year).otherwise(2000 + year)
    made = pl.when(number.is_not_null()).then(pl.date(full, number, 1))
    return pl.DataFrame({"code": code}).select(month=made).to_series()


def _nothing(given: pl.Series, target: pl.DataType) -> pl.Series:
    """Nulls for a type that cannot become `target`, so that every row of it is held."""
    return pl.repeat(None, len(given), eager=True, dtype=target)
