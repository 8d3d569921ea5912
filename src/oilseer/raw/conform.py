"""A delivered frame made into rows of a raw table by one entry of the mapping, and the rows that cannot be.

Pure columns: no file, no database, no clock. Every row ends loaded, repeated, skipped by declaration, or held.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from oilseer.errors import ConfigError
from oilseer.market.units import CONVERSIONS
from oilseer.raw.availability import Rule, published
from oilseer.raw.delivery import ROW, Delivery
from oilseer.raw.mapping import Entry, Take
from oilseer.raw.quarantine import Sieve, misfits_held
from oilseer.reference.fred import fred_series
from oilseer.warehouse.spec import Column

TYPES = {
    "VARCHAR": pl.String, "DOUBLE": pl.Float64, "BIGINT": pl.Int64, "INTEGER": pl.Int32,
    "DATE": pl.Date, "TIMESTAMPTZ": pl.Datetime("us", "UTC"), "BOOLEAN": pl.Boolean,
}  # fmt: skip
FIRST_DAY = date(1850, 1, 1)  # older dates are typing errors: no source reaches back that far
MONTH_CODES = "FGHJKMNQUVXZ"
PRICES = ("open", "high", "low", "close", "settle")
PRICE_TABLES = ("raw.databento_futures_ohlcv_1d", "raw.databento_futures_ohlcv_1h", "raw.user_futures_contracts_1d",
                "raw.yahoo_prices_1d")  # fmt: skip
MAY_BE_NEGATIVE = ("CL", "QM", "MCL", "BZ", "NG")  # crude settled at -37.63 on 2020-04-20; gas has traded below zero
BIG_MOVE_RATIO = 0.30
BIG_MOVES = {  # table: the price that is watched, and the columns that name one series of it
    "raw.databento_futures_ohlcv_1d": ("close", ("symbol", "contract")),
    "raw.user_futures_contracts_1d": ("close", ("symbol", "contract_month")),
    "raw.yahoo_prices_1d": ("close", ("symbol",)),
    "raw.fx_rates_1d": ("rate", ("pair", "vendor")),
    "raw.eia_petroleum": ("value", ("series_id",)),
    "raw.cboe_vix": ("close", ()),
}


@dataclass(frozen=True)
class Conformed:
    """Rows for the table, held rows, and counts: read = rows + repeated + skipped + held."""

    rows: pl.DataFrame
    held: pl.DataFrame
    read: int
    skipped: int
    repeated: int
    flagged: int


def conform(entry: Entry, delivery: Delivery, now: datetime) -> Conformed:
    """Rows of `entry`'s table from a delivery. Raises ConfigError where a declared column is absent."""
    absent = [name for name in entry.file_columns if name not in delivery.rows.columns]
    if absent:
        have = ", ".join(name for name in delivery.rows.columns if name != ROW)
        raise ConfigError(
            f"{entry.file}: no column {absent[0]!r}, the file has {have}; correct the entry for {entry.table}"
        )
    wanted = _declared(entry, delivery.rows)
    sieve = Sieve(wanted)
    spec = {column.name: column for column in entry.spec.columns}
    built = {name: _column(entry, spec[name], take, wanted, sieve) for name, take in entry.columns.items()}
    instants = _available(entry, wanted, built, sieve)
    rows = _fill(entry, built, instants, delivery.provenance_id, now, wanted.height)
    _check_values(entry, rows, sieve, now)
    repeated = _check_keys(entry, rows, sieve)
    rows = rows.filter(sieve.kept & ~repeated)
    held = pl.concat([misfits_held(delivery.misfits), sieve.held()])
    counted = Conformed(
        rows=rows,
        held=held,
        read=delivery.rows.height + delivery.misfits.height,
        skipped=delivery.rows.height - wanted.height,
        repeated=int((repeated & sieve.kept).sum()),
        flagged=_big_moves(entry, rows),
    )
    assert counted.read == rows.height + counted.repeated + counted.skipped + held.height, "rows went missing"
    return counted


def _declared(entry: Entry, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that `keep` and `require` let through."""
    for name, values in entry.keep.items():
        rows = rows.filter(pl.col(name).cast(pl.String).is_in([str(value) for value in values]))
    for name in entry.require:
        present = pl.col(name).is_not_null()
        if rows.schema[name] == pl.String:
            present = present & ~pl.col(name).is_in(entry.missing)
        rows = rows.filter(present)
    return rows


def _column(entry: Entry, column: Column, take: Take, rows: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """One column of the table, typed, renamed and converted; what does not fit its type is held."""
    if take.constant is not None:
        text = pl.repeat(str(take.constant), rows.height, eager=True, dtype=pl.String)
        made = _typed(text, column, take, entry)
    elif take.contract_code is not None:
        text = _text(rows, take.contract_code, entry)
        made = delivery_month(text)
        sieve.hold(
            text.is_not_null() & made.is_null(), take.contract_code, text, "a code such as ZLZ25", "no contract code"
        )
    else:
        made = None
        for name in (take.column, *take.else_):
            given = _text(rows, name, entry) if rows.schema[name] == pl.String else rows[name]
            part = _typed(given, column, take, entry)
            expected = f"{column.type} for {column.name}" + (f", format {take.format}" if take.format else "")
            sieve.hold(
                given.is_not_null() & part.is_null(), name, given, expected, "value does not fit the column's type"
            )
            made = part if made is None else pl.select(pl.coalesce(made, part)).to_series()
    if column.name in entry.values:
        made = made.replace(entry.values[column.name])
    if column.name in entry.convert:
        units = entry.convert[column.name]
        made = CONVERSIONS[units.from_, units.to](made)
    return made


def _text(rows: pl.DataFrame, name: str, entry: Entry) -> pl.Series:
    """A column as text, with the declared marks of a missing value as null."""
    text = rows[name].cast(pl.String)
    return pl.select(pl.when(text.is_in(entry.missing)).then(None).otherwise(text)).to_series()


def _typed(given: pl.Series, column: Column, take: Take, entry: Entry) -> pl.Series:
    """`given` in the column's type; null where it does not fit."""
    target = TYPES[column.type]
    if target == pl.String:
        return given.cast(pl.String)
    if target in (pl.Int64, pl.Int32):
        number = _number(given, entry)
        return (
            pl.select(pl.when(number == number.round(0)).then(number).otherwise(None))
            .to_series()
            .cast(target, strict=False)
        )
    if target == pl.Float64:
        return _number(given, entry)
    if target == pl.Date:
        return _day(given, take)
    if isinstance(target, pl.Datetime):
        return _instant(given, take, entry, column)
    return given.cast(target, strict=False)


def _number(given: pl.Series, entry: Entry) -> pl.Series:
    if given.dtype == pl.String and entry.decimal == ",":
        given = given.str.replace(",", ".", literal=True)
    if given.dtype.is_numeric() or given.dtype == pl.String:
        return given.cast(pl.Float64, strict=False)
    return pl.repeat(None, len(given), eager=True, dtype=pl.Float64)


def _day(given: pl.Series, take: Take) -> pl.Series:
    if given.dtype == pl.Date:
        return given
    if given.dtype == pl.String:
        return given.str.to_date(take.format or "%Y-%m-%d", strict=False)
    if isinstance(given.dtype, pl.Datetime):  # a timestamp is a day only where it carries no time
        return pl.select(
            pl.when(given.dt.time() == datetime.min.time()).then(given.dt.date()).otherwise(None)
        ).to_series()
    return pl.repeat(None, len(given), eager=True, dtype=pl.Date)


def _instant(given: pl.Series, take: Take, entry: Entry, column: Column) -> pl.Series:
    if given.dtype == pl.String:
        given = given.str.to_datetime(take.format or "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    if not isinstance(given.dtype, pl.Datetime):
        return pl.repeat(None, len(given), eager=True, dtype=TYPES["TIMESTAMPTZ"])
    if given.dtype.time_zone is None:
        if take.zone is None:
            raise ConfigError(
                f"{entry.file}: {take.column!r} has no time zone; declare `zone:` for {column.name}, such as UTC"
            )
        given = given.dt.replace_time_zone(take.zone, ambiguous="latest", non_existent="null")
    return given.dt.convert_time_zone("UTC").cast(TYPES["TIMESTAMPTZ"])


def delivery_month(code: pl.Series) -> pl.Series:
    """First day of the delivery month of codes such as ZLZ25 (December 2025; 70 to 99 are 1970 to 1999), else null."""
    parts = pl.DataFrame({"code": code}).select(
        month=pl.col("code").str.extract(r"^[A-Z0-9]{1,4}([FGHJKMNQUVXZ])\d{2}$")
        .replace_strict(list(MONTH_CODES), list(range(1, 13)), default=None, return_dtype=pl.Int32),
        year=pl.col("code").str.extract(r"(\d{2})$").cast(pl.Int32),
    )  # fmt: skip
    century = pl.when(pl.col("year") >= 70).then(1900).otherwise(2000)
    return parts.select(
        pl.when(pl.col("month").is_not_null()).then(pl.date(century + pl.col("year"), pl.col("month"), 1))
    ).to_series()


def _available(entry: Entry, wanted: pl.DataFrame, built: dict[str, pl.Series], sieve: Sieve) -> pl.Series:
    """`available_at` of every row; a row without a rule or a recorded day is held."""
    rule = entry.available
    if rule.column:
        given = wanted[rule.column]
        days = _day(_text(wanted, rule.column, entry) if given.dtype == pl.String else given, Take(column=rule.column))
        sieve.hold(days.is_null(), rule.column, given, "the day of publication", "no publication day")
        return published(rule, days)
    if not rule.reference:
        return published(rule, built[rule.of])
    series, days = built["series_id"], built["observation_date"]
    rules = {name: Rule(**known.rule) for name, known in fred_series().items()}
    sieve.hold(
        ~series.is_in(list(rules)), "series_id", series, "a series of reference/fred_series.csv", "no publication rule"
    )
    instants = pl.repeat(None, len(days), eager=True, dtype=TYPES["TIMESTAMPTZ"])
    by_rule: dict[Rule, list[str]] = {}
    for name in series.unique().to_list():
        if name in rules:
            by_rule.setdefault(rules[name], []).append(name)
    for each, names in by_rule.items():
        member = series.is_in(names)
        instants = instants.zip_with(~member, published(each, days))
    return instants


def _fill(
    entry: Entry, built: dict[str, pl.Series], instants: pl.Series, provenance_id: str, now: datetime, height: int
) -> pl.DataFrame:
    """All columns of the table in order; columns that the entry does not name are null."""
    stamps = {"availability": entry.available.kind, "source": entry.source, "provenance_id": provenance_id}
    made = []
    for column in entry.spec.columns:
        if column.name in built:
            made.append(built[column.name].alias(column.name))
        elif column.name == "available_at":
            made.append(instants.alias(column.name))
        elif column.name == "ingested_at":
            made.append(pl.repeat(now, height, eager=True).cast(TYPES["TIMESTAMPTZ"]).alias(column.name))
        else:
            value = stamps.get(column.name)
            made.append(pl.repeat(value, height, eager=True, dtype=TYPES[column.type]).alias(column.name))
    return pl.DataFrame(made)


def _check_values(entry: Entry, rows: pl.DataFrame, sieve: Sieve, now: datetime) -> None:
    """Hold rows that break the table's promise or common sense."""
    for column in entry.spec.columns:
        values = rows[column.name]
        if not column.null or column.name in entry.spec.key:
            sieve.hold(values.is_null(), column.name, values, f"a value of type {column.type}", "value is missing")
        if column.type == "DOUBLE":
            sieve.hold(~values.is_finite(), column.name, values, "a finite number", "value is not finite")
        if column.low is not None:
            sieve.hold(values < column.low, column.name, values, f"at least {column.low:g}", "value is out of range")
        if column.high is not None:
            sieve.hold(values > column.high, column.name, values, f"at most {column.high:g}", "value is out of range")
    if entry.table in PRICE_TABLES:
        elsewhere = ~rows["symbol"].is_in(MAY_BE_NEGATIVE)
        for name in (name for name in PRICES if name in rows.columns):
            expected = f"a positive price; only {', '.join(MAY_BE_NEGATIVE)} may be below zero"
            sieve.hold((rows[name] <= 0) & elsewhere, name, rows[name], expected, "price is not positive")
    days = rows["observation_date"]
    sieve.hold(days > now.date(), "observation_date", days, f"no day after {now.date()}", "date lies in the future")
    sieve.hold(days < FIRST_DAY, "observation_date", days, f"no day before {FIRST_DAY}", "date is too old")


def _check_keys(entry: Entry, rows: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """Hold all rows of a key that stands with different values; mark exact repetitions after the first."""
    key = list(entry.spec.key)
    good = rows.with_columns(sieve.kept.alias("__kept")).with_row_index("__place").filter("__kept")
    twice = good.filter(pl.struct(key).is_duplicated())
    repeated = pl.repeat(False, rows.height, eager=True)
    if twice.is_empty():
        return repeated
    content = list(entry.columns)
    unlike = twice.filter(pl.struct(content).n_unique().over(key) > 1)["__place"]
    place = pl.int_range(rows.height, eager=True).cast(pl.UInt32)
    found = rows.select(pl.struct(key).struct.json_encode()).to_series()
    sieve.hold(
        place.is_in(unlike.to_list()),
        ", ".join(key[:-1]),
        found,
        entry.spec.grain,
        "key stands twice with different values",
    )
    again = twice.filter(~pl.struct(key).is_first_distinct())["__place"]
    return place.is_in(again.to_list()) & sieve.kept


def _big_moves(entry: Entry, rows: pl.DataFrame) -> int:
    """Number of rows whose price moved more than 30 % from the row before in its series: kept, but worth a look."""
    if entry.table not in BIG_MOVES:
        return 0
    price, series = BIG_MOVES[entry.table]
    if price not in entry.columns:
        return 0
    ordered = rows.sort(*series, "observation_date")
    before = pl.col(price).shift(1).over(series) if series else pl.col(price).shift(1)
    return int(ordered.select(((pl.col(price) / before - 1).abs() > BIG_MOVE_RATIO).sum()).item())
