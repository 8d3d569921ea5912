"""Rows for one raw table against each other, against other files of the folder, and against what is loaded already."""

import duckdb
import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.agreement import LEGACY
from oilseer.raw.legacy.conform import SAME, SAME_DEGREES, Part
from oilseer.raw.legacy.holding import OTHER_SERIES, UNSURE_TABLE, hold, nothing_held
from oilseer.raw.legacy.reconcile import Values
from oilseer.raw.specs import WEATHER

COMPARED, OTHER = 20, 0.5  # shared days that show what a series is, and the share of them that may disagree


def one_a_key(part: Part) -> tuple[Part, pl.DataFrame, int]:
    """One row a key, gaps filled from its twins; rows of keys whose values differ, held; number of twins dropped."""
    values = [c for c in part.rows.columns if c not in (ROW, *part.key)]
    numbers = [c for c in part.measures if c in values]
    apart = [
        ((pl.col(c).max() - pl.col(c).min()) > SAME * pl.col(c).abs().max() + _tolerance(part)).alias(f"__{c}")
        for c in numbers
    ]
    differs = pl.any_horizontal([f"__{c}" for c in numbers]) if numbers else pl.lit(False)
    spread = part.rows.group_by(part.key).agg(*apart).filter(differs).select(part.key)
    unlike = part.rows.join(spread, on=part.key, how="semi", nulls_equal=True)
    first = numbers[0] if numbers else part.key[0]
    lost = hold(unlike, first, part.spec.grain, "key stands twice with different values")
    rest = part.rows.join(spread, on=part.key, how="anti", nulls_equal=True)
    blanks = pl.sum_horizontal(pl.col(values).is_null()) if values else pl.lit(0)
    made = (
        rest.with_columns(blanks.alias("__blanks"))
        .sort(*part.key, "__blanks", ROW)
        .group_by(part.key, maintain_order=True)
        .agg(pl.col(ROW).first(), *(pl.col(c).drop_nulls().first() for c in values))
        .select(part.rows.columns)
    )
    return Part(part.spec, part.rule, made), lost, rest.height - made.height


def contested(parts: list[Part]) -> dict[str, pl.DataFrame]:
    """Keys to which two files give different values, by raw table."""
    by_table: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        value = pl.col(part.measures[0]).cast(pl.Float64).alias("__value")
        by_table.setdefault(part.spec.name, []).append(part.rows.select(*part.key, value))
    found = {}
    for name, frames in by_table.items():
        whole = pl.concat(frames)
        key = [c for c in whole.columns if c != "__value"]
        apart = (pl.col("__value").max() - pl.col("__value").min()) > SAME * pl.col("__value").abs().max()
        found[name] = whole.group_by(key).agg(apart.alias("__apart")).filter("__apart").select(key)
    return found


def against_known(
    connection: duckdb.DuckDBPyConnection, part: Part, rivals: pl.DataFrame, source: str
) -> tuple[pl.DataFrame, pl.DataFrame, list[Values]]:
    """Rows whose key no one else delivered; rows that differ from what is known, held; the overlap in numbers.

    `rivals` are the keys that other files of the folder give other values: with no known source to decide, none counts.
    """
    keys = ", ".join(f'"{c}"' for c in part.key)
    newest = ", ".join(f'arg_max("{c}", available_at) AS "__{c}"' for c in part.measures)
    connection.register("asked", part.rows.select(part.key).to_arrow())
    try:
        known = connection.execute(
            f"SELECT {keys}, {newest}, arg_max(source, available_at) AS __source FROM {part.spec.name} "
            f"SEMI JOIN asked USING ({keys}) WHERE source <> ? GROUP BY {keys}",
            [source],
        ).pl()
    finally:
        connection.unregister("asked")
    known = known.cast({c: part.rows.schema[c] for c in part.key})
    met = part.rows.join(known, on=part.key, how="left", maintain_order="left")
    there, first = pl.col("__source").is_not_null(), part.measures[0]
    apart = [
        ((pl.col(c) - pl.col(f"__{c}")).abs() > SAME * pl.col(f"__{c}").abs() + _tolerance(part)).fill_null(False)
        for c in part.measures
    ]
    met, refused = _whole_series(met.with_columns(pl.any_horizontal(apart).alias("__apart")), part)
    unlike = met.filter(there & pl.col("__apart"))
    agreeing = met.filter(there & ~pl.col("__apart"))
    fresh = met.filter(~there)
    rival = fresh.join(rivals, on=part.key, how="semi", nulls_equal=True)
    fresh = fresh.join(rivals, on=part.key, how="anti", nulls_equal=True)
    told = pl.concat_str(pl.col(f"__{first}").cast(pl.String).fill_null("nothing"), pl.lit(" of "), "__source")
    lost = pl.concat([
        refused,
        hold(unlike, first, told, "differs from a known source"),
        hold(rival, first, "one value from all files of the folder", "two files give this key different values"),
    ])  # fmt: skip
    values = [
        Values(part.spec.name, c, overlap=unlike.height + agreeing.height, agreeing=agreeing.height,
               largest=_largest(agreeing, c)) for c in part.measures
    ]  # fmt: skip
    return fresh.select(part.rows.columns), lost, values


def _whole_series(met: pl.DataFrame, part: Part) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`met` without series that mostly contradict the known series of their name, and these as held.

    Where that is so for most of a table's series that can be compared, the others are not believed either.
    """
    names = [c for c in part.key if c != "observation_date"]
    trusted = pl.col("__source").is_not_null() & ~pl.col("__source").str.starts_with(LEGACY).fill_null(False)
    by = met.group_by(names).agg(
        trusted.sum().alias("days"), (trusted & pl.col("__apart")).sum().alias("apart")
    ).with_columns((pl.col("days") >= COMPARED).alias("told"))  # fmt: skip
    other = by.filter(pl.col("told") & (pl.col("apart") > OTHER * pl.col("days")))
    if other.is_empty():
        return met, nothing_held()
    first, expected = part.measures[0], f"the values of {part.spec.name} on most shared days"
    frames = [hold(met.join(other, on=names, how="semi", nulls_equal=True), first, expected, OTHER_SERIES)]
    rest = met.join(other, on=names, how="anti", nulls_equal=True)
    if 2 * other.height > by["told"].sum():
        unsure = by.filter(~pl.col("told"))
        frames.append(hold(rest.join(unsure, on=names, how="semi", nulls_equal=True), first, expected, UNSURE_TABLE))
        rest = rest.join(unsure, on=names, how="anti", nulls_equal=True)
    return rest, pl.concat(frames)


def _largest(agreeing: pl.DataFrame, column: str) -> float | None:
    """The largest relative difference to the known value among rows that agree."""
    known = pl.col(f"__{column}")
    ratio = agreeing.filter(known != 0).select(((pl.col(column) - known).abs() / known.abs()).max()).item()
    return None if ratio is None else float(ratio)


def _tolerance(part: Part) -> float:
    return SAME_DEGREES if part.spec.name == WEATHER.name else 0.0
