"""Parsed rows of one download made into rows of their raw tables: stamped, checked, and the bad ones held.

Pure columns but for the level that each series stood at, which the caller reads from the table.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from oilseer.errors import ContractError
from oilseer.raw.availability import published
from oilseer.raw.checks import big_moves, check_keys, check_values, hold_unit_changes, policy_moves, stuck_rows
from oilseer.raw.columns import TYPES
from oilseer.raw.conform import Conformed, by_series
from oilseer.raw.delivery import ROW
from oilseer.raw.quarantine import Sieve
from oilseer.raw.source import Rows
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.vintages import STAMPS

AHEAD = timedelta(days=1)  # a recorded instant further ahead than clocks differ is a fault of the source
LOADED = ("ingested_at", "source", "provenance_id")  # said by the ingest, not by the row
Known = Callable[[TableSpec, pl.DataFrame], pl.DataFrame]


def stamp(made: Rows, source: str, provenance_id: str, ingested_at: datetime, now: datetime, known: Known) -> Conformed:
    """Rows of `made` with all columns of their table, and those held; `known` reads the level of each series.

    Raises ContractError where a parser breaks its own promise: columns that the table has not, or lacks.
    """
    spec, frame = made.spec, made.frame
    _check_columns(spec, frame, source)
    rows = _typed(spec, frame, source)
    given = rows["available_at"]
    lagged = _by_rule(made, rows)
    kind = pl.select(pl.when(given.is_null()).then(pl.lit("lagged")).otherwise(pl.lit("vintage"))).to_series()
    rows = rows.with_columns(
        available_at=given.fill_null(lagged),
        availability=rows["availability"].fill_null(kind),
        ingested_at=pl.lit(ingested_at, TYPES["TIMESTAMPTZ"]),
        source=pl.lit(source),
        provenance_id=pl.lit(provenance_id),
    )
    sieve = Sieve(rows.drop(LOADED).with_row_index(ROW, offset=1))
    public = rows["available_at"]
    sieve.hold(public.is_null(), "available_at", public, "a time or a rule of publication", "no time of publication")
    check_values(spec, rows, sieve, now)
    late = (public > ingested_at + AHEAD) & (rows["availability"] == "vintage")
    sieve.hold(late, "available_at", public, f"at most {ingested_at}", "published in the future")
    hold_unit_changes(spec, rows, known(spec, rows), sieve)
    declared = [name for name in frame.columns if name not in (*STAMPS, "available_at")]
    repeated = check_keys(spec, declared, rows, sieve)
    good = rows.filter(sieve.kept & ~repeated)
    flagged = big_moves(spec, declared, good) + policy_moves(spec, good) + stuck_rows(spec, good)
    return Conformed(good, sieve.held(), frame.height, 0, int(repeated.sum()), flagged)


def _check_columns(spec: TableSpec, frame: pl.DataFrame, source: str) -> None:
    own = [name for name in spec.column_names if name not in STAMPS]
    unknown = [name for name in frame.columns if name not in (*own, "availability")]
    needed = [c.name for c in spec.columns if c.name in own and (not c.null or c.name in spec.key)]
    missing = [name for name in needed if name not in frame.columns and name != "available_at"]
    if unknown or missing:
        raise ContractError(
            f"{source}: parse() gave {spec.name} without {missing} and with unknown {unknown}, "
            f"expected {own}; correct parse() or the spec"
        )


def _typed(spec: TableSpec, frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """All columns of the table in their types, those that the source has not as null."""
    given = [column for column in spec.columns if column.name in frame.columns]
    nulls = [pl.lit(None, TYPES[c.type]).alias(c.name) for c in spec.columns if c not in given]
    try:
        cast = frame.select(pl.col(column.name).cast(TYPES[column.type]) for column in given)
    except pl.exceptions.PolarsError:
        for column in given:
            _cast_alone(frame, column, source, spec)
        raise
    return cast.with_columns(nulls).select(spec.column_names)


def _cast_alone(frame: pl.DataFrame, column: Column, source: str, spec: TableSpec) -> None:
    """Raise ContractError where this column does not fit its type."""
    try:
        frame[column.name].cast(TYPES[column.type])
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise ContractError(
            f"{source}: parse() gave {spec.name}.{column.name} as {frame.schema[column.name]}, "
            f"expected {column.type} ({first}); correct parse()"
        ) from None


def _by_rule(made: Rows, rows: pl.DataFrame) -> pl.Series:
    """Publication by the rule of rows that record none; null where there is no rule either."""
    rule = made.rule
    if rule is None:
        return rows["available_at"]
    if rule.reference:
        return by_series(rows["series_id"], rows["observation_date"], Sieve(rows.with_row_index(ROW)))
    return published(rule, rows[rule.of])
