"""A delivered frame made into rows of a raw table by one entry of the mapping, and the rows that cannot be.

Pure columns: no file, no database, no clock. Every row ends loaded, repeated, skipped by declaration, or held.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule, published
from oilseer.raw.checks import big_moves, check_keys, check_values
from oilseer.raw.columns import TYPES, day, delivered, instant, make_column
from oilseer.raw.delivery import Delivery
from oilseer.raw.mapping import Entry
from oilseer.raw.quarantine import Sieve, misfits_held
from oilseer.reference.fred import fred_series


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
    check_values(entry.spec, rows, sieve, now)
    repeated = check_keys(entry.spec, entry.columns, rows, sieve)
    rows = rows.filter(sieve.kept & ~repeated)
    held = pl.concat([misfits_held(delivery.misfits), sieve.held()])
    counted = Conformed(
        rows=rows,
        held=held,
        read=delivery.rows.height + delivery.misfits.height,
        skipped=delivery.rows.height - wanted.height,
        repeated=int(repeated.sum()),
        flagged=big_moves(entry.spec, entry.columns, rows),
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
    return by_series(built["series_id"], built["observation_date"], sieve)


def by_series(series: pl.Series, days: pl.Series, sieve: Sieve) -> pl.Series:
    """When values of FRED series were public by the rule of each; rows of a series without one are held."""
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
