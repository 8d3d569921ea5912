"""A delivered frame made into rows of a raw table by one entry of the mapping, and the rows that cannot be.

Pure columns: no file, no database, no clock. Every row ends loaded, repeated, skipped by declaration, or held.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule, published
from oilseer.raw.columns import TYPES, day, delivered, instant, make_column
from oilseer.raw.delivery import Delivery
from oilseer.raw.mapping import Entry
from oilseer.raw.quarantine import Sieve, misfits_held
from oilseer.reference.fred import fred_series

FIRST_DAY = date(1850, 1, 1)  # an older date is a typing error: no source reaches back that far
PRICES = ("open", "high", "low", "close", "settle")
PRICE_TABLES = (
    "raw.databento_futures_ohlcv_1d", "raw.databento_futures_ohlcv_1h",
    "raw.user_futures_contracts_1d", "raw.yahoo_prices_1d",
)  # fmt: skip
MAY_BE_NEGATIVE = ("CL", "QM", "MCL", "BZ")  # crude oil settled at -37.63 USD on 2020-04-20
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


def conform(entry: Entry, delivery: Delivery, now: datetime, ingested_at: datetime) -> Conformed:
    """Rows of `entry`'s table from a delivery that holds its columns; dates after `now` are held.

    Raises SourceError for a nested column, ConfigError for a timestamp without a zone.
    """
    wanted = _declared(entry, _plain(entry, delivery.rows))
    sieve = Sieve(wanted)
    spec = {column.name: column for column in entry.spec.columns}
    built = {name: make_column(entry, spec[name], take, wanted, sieve) for name, take in entry.columns.items()}
    built["available_at"] = _available(entry, wanted, built, sieve)
    stamps = {"availability": entry.available.kind, "source": entry.source, "provenance_id": delivery.provenance_id}
    rows = _fill(entry, built, stamps | {"ingested_at": ingested_at}, wanted.height)
    _check_values(entry, rows, sieve, now)
    repeated = _check_keys(entry, rows, sieve)
    rows = rows.filter(sieve.kept & ~repeated)
    held = pl.concat([misfits_held(delivery.misfits), sieve.held()])
    counted = Conformed(
        rows=rows,
        held=held,
        read=delivery.rows.height + delivery.misfits.height,
        skipped=delivery.rows.height - wanted.height,
        repeated=int(repeated.sum()),
        flagged=_big_moves(entry, rows),
    )
    assert counted.read == rows.height + counted.repeated + counted.skipped + held.height, "rows went missing"
    return counted


def _plain(entry: Entry, rows: pl.DataFrame) -> pl.DataFrame:
    """Categories as text. Raises SourceError where a column that is read holds lists or structs."""
    for name in entry.file_columns:
        if rows.schema[name].is_nested():
            raise SourceError(
                f"{entry.file}: column {name!r} holds {rows.schema[name]}; expected plain values: unnest it"
            )
    coded = [name for name, kind in rows.schema.items() if isinstance(kind, pl.Categorical | pl.Enum)]
    return rows.with_columns(pl.col(coded).cast(pl.String)) if coded else rows


def _declared(entry: Entry, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that `keep` and `require` let through."""
    for name, values in entry.keep.items():
        rows = rows.filter(pl.col(name).cast(pl.String).is_in([str(value) for value in values]))
    for name in entry.require:
        rows = rows.filter(delivered(entry, rows, name).is_not_null())
    return rows


def _available(entry: Entry, wanted: pl.DataFrame, built: dict[str, pl.Series], sieve: Sieve) -> pl.Series:
    """`available_at` of every row; a row without a rule or a recorded day is held."""
    rule = entry.available
    if rule.column:
        given = delivered(entry, wanted, rule.column)
        if rule.plus_minutes is None:
            recorded = day(given, rule.format)
        else:
            recorded = instant(given, rule.format, rule.zone, f"{entry.file}: {rule.column!r} of `available`")
        sieve.hold(recorded.is_null(), rule.column, given, "when the row was published", "no time of publication")
        return published(rule, recorded)
    if not rule.reference:
        return published(rule, built[rule.of])
    series, days = built["series_id"], built["observation_date"]
    rules = {name: Rule(**known.rule) for name, known in fred_series().items()}
    unknown = ~series.is_in(list(rules))
    sieve.hold(unknown, "series_id", series, "a series of reference/fred_series.csv", "no publication rule")
    by_rule: dict[Rule, list[str]] = {}
    for name in set(series.unique()) & set(rules):
        by_rule.setdefault(rules[name], []).append(name)
    instants = pl.repeat(None, len(days), eager=True, dtype=TYPES["TIMESTAMPTZ"])
    for each, names in by_rule.items():
        instants = published(each, days).zip_with(series.is_in(names).fill_null(False), instants)
    return instants


def _fill(entry: Entry, built: dict[str, pl.Series], stamps: dict, height: int) -> pl.DataFrame:
    """All columns of the table in order; a column that neither file nor stamps give is null."""
    made = []
    for column in entry.spec.columns:
        values = built.get(column.name)
        if values is None:
            values = pl.repeat(stamps.get(column.name), height, eager=True, dtype=TYPES[column.type])
        made.append(values.alias(column.name))
    return pl.DataFrame(made)


def _check_values(entry: Entry, rows: pl.DataFrame, sieve: Sieve, now: datetime) -> None:
    """Hold rows that break the table's promise or common sense."""
    for column in entry.spec.columns:
        name, values = column.name, rows[column.name]
        if not column.null or name in entry.spec.key:
            sieve.hold(values.is_null(), name, values, f"a value of type {column.type}", "value is missing")
        if column.type == "DOUBLE":
            sieve.hold(~values.is_finite(), name, values, "a finite number", "value is not finite")
        if column.low is not None:
            sieve.hold(values < column.low, name, values, f"at least {column.low:g}", "value is out of range")
        if column.high is not None:
            sieve.hold(values > column.high, name, values, f"at most {column.high:g}", "value is out of range")
    if entry.table in PRICE_TABLES:
        bound = ~rows["symbol"].is_in(MAY_BE_NEGATIVE)
        for name in (name for name in PRICES if name in rows.columns):
            expected = f"a positive price; only {', '.join(MAY_BE_NEGATIVE)} may be below zero"
            sieve.hold((rows[name] <= 0) & bound, name, rows[name], expected, "price is not positive")
    days = rows["observation_date"]
    sieve.hold(days > now.date(), "observation_date", days, f"no day after {now.date()}", "date lies in the future")
    sieve.hold(days < FIRST_DAY, "observation_date", days, f"no day before {FIRST_DAY}", "date is too old")


def _check_keys(entry: Entry, rows: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """Hold all rows of a key that stands with different values; mark exact repetitions after the first."""
    key = list(entry.spec.key)
    twice = rows.with_row_index("place").filter(sieve.kept).filter(pl.struct(key).is_duplicated())
    place = pl.int_range(rows.height, eager=True, dtype=pl.UInt32)
    if twice.is_empty():
        return place.is_in([])
    unlike = twice.filter(pl.struct(*entry.columns).n_unique().over(key) > 1)["place"]
    found = rows.select(pl.struct(key).struct.json_encode()).to_series()
    reason = "key stands twice with different values"
    sieve.hold(place.is_in(unlike.implode()), ", ".join(key[:-1]), found, entry.spec.grain, reason)
    again = twice.filter(~pl.struct(key).is_first_distinct())["place"]
    return place.is_in(again.implode()) & sieve.kept


def _big_moves(entry: Entry, rows: pl.DataFrame) -> int:
    """Number of rows whose price moved more than 30 % from the row before in its series: kept, but worth a look."""
    price, series = BIG_MOVES.get(entry.table, (None, ()))
    if price not in entry.columns:
        return 0
    ordered = rows.sort(*series, "observation_date")
    before = pl.col(price).shift(1).over(series) if series else pl.col(price).shift(1)
    return int(ordered.select(((pl.col(price) / before - 1).abs() > BIG_MOVE_RATIO).sum()).item())
