"""Two systems side by side: our published forecasts against another system's, day by day, until one of them goes.

`compare` lists every difference; `record` keeps each pair of numbers in `ops.parallel_runs`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl

from oilseer.errors import ConfigError, SourceError
from oilseer.quantiles import HORIZONS, LEVELS, QUANTILE_COLUMNS
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import merge

PARALLEL = TableSpec(
    "ops.parallel_runs",
    "one row per file of the other system, as_of_date, horizon, level",
    ("provenance_id", "as_of_date", "horizon", "level"),
    (
        Column("provenance_id", "VARCHAR", note="sha256 of the other system's file"),
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("level", "DOUBLE", "probability", low=0, high=1),
        Column("file", "VARCHAR", null=False),
        Column("ours_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("theirs_cents_per_lb", "DOUBLE", "¢/lb"),
        Column("difference_cents_per_lb", "DOUBLE", "¢/lb", "theirs less ours"),
        Column("difference_ratio", "DOUBLE", "ratio", "of ours"),
        Column("verdict", "VARCHAR", null=False, note="agrees, differs, only ours, only theirs"),
        Column("tolerance_cents_per_lb", "DOUBLE", "¢/lb", null=False),
        Column("tolerance_ratio", "DOUBLE", "ratio", null=False),
        Column("ingested_at", "TIMESTAMPTZ", "UTC", "instant of the comparison", null=False),
    ),
    "at the end of the comparison",
    "written by the parallel run",
)
COLUMNS = ("as_of_date", "horizon", "level", "value")
LABELS = {label: str(sessions) for label, sessions in HORIZONS.items()}
SHOWN = 50


@dataclass(frozen=True)
class Tolerance:
    """How far two forecasts may lie apart: beyond either limit they differ."""

    cents_per_lb: float = 0.05
    ratio: float = 0.001


def read_other(path: Path) -> tuple[pl.DataFrame, str]:
    """The other system's forecasts (as_of_date, horizon, level, value in ¢/lb) and the file's sha256.

    Raises ConfigError for a wrong path, ending or columns, SourceError for content that cannot be used.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is no file; expected a CSV or Parquet with columns {', '.join(COLUMNS)}")
    body = path.read_bytes()
    if not body:
        raise SourceError(f"{path.name}: the file is empty, 0 bytes; export it again")
    reader = {".csv": pl.read_csv, ".parquet": pl.read_parquet}.get(path.suffix.lower())
    if reader is None:
        raise ConfigError(f"{path.name}: ending {path.suffix!r}; expected .csv or .parquet")
    try:
        rows = reader(BytesIO(body))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.name}: not readable ({str(error).splitlines()[0]}); export it again") from error
    absent = [name for name in COLUMNS if name not in rows.columns]
    if absent:
        raise ConfigError(
            f"{path.name}: columns {', '.join(absent)} missing, found {', '.join(rows.columns)}; "
            f"expected {', '.join(COLUMNS)}"
        )
    made = rows.select(
        pl.col("as_of_date").cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        pl.col("horizon").cast(pl.String).replace(LABELS).cast(pl.Int32, strict=False),
        pl.col("level").cast(pl.Float64, strict=False).round(6),
        pl.col("value").cast(pl.Float64, strict=False),
    )
    bad = made.with_row_index("row", offset=1).filter(
        pl.any_horizontal(pl.col(COLUMNS).is_null())
        | ~pl.col("value").is_finite()
        | (pl.col("value") <= 0)
        | ~pl.col("level").is_between(0, 1, closed="none")
        | (pl.col("horizon") <= 0)
    )
    if bad.height:
        first = rows.row(bad["row"][0] - 1, named=True)
        raise SourceError(
            f"{path.name}: {bad.height} of {rows.height} rows cannot be used, the first is row {bad['row'][0]}: "
            f"{ {name: first[name] for name in COLUMNS} }; expected a date as YYYY-MM-DD, sessions, "
            "a level in (0, 1), ¢/lb above 0"
        )
    twice = made.filter(pl.struct(COLUMNS[:3]).is_duplicated())
    if twice.height:
        raise SourceError(f"{path.name}: {twice.row(0)[:3]} stands twice; expected one row a day, horizon and level")
    if made.is_empty():
        raise SourceError(f"{path.name}: a header and no rows; export it again")
    return made, hashlib.sha256(body).hexdigest()


def ours(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Our published forecasts in the same shape. Raises ConfigError where none is published."""
    there = "forecasts.zl_predictions" in tables(connection)
    rows = connection.execute("SELECT * FROM forecasts.zl_predictions").pl() if there else pl.DataFrame()
    if rows.is_empty():
        raise ConfigError("no forecast is published in this workspace yet: `oilseer run` makes the first")
    levels = dict(zip(QUANTILE_COLUMNS, LEVELS, strict=True))
    return rows.unpivot(QUANTILE_COLUMNS, index=["as_of_date", "horizon"], variable_name="column").select(
        "as_of_date", pl.col("horizon").cast(pl.Int32),
        pl.col("column").replace_strict(levels, return_dtype=pl.Float64).round(6).alias("level"), "value",
    )  # fmt: skip


def compare(mine: pl.DataFrame, theirs: pl.DataFrame, tolerance: Tolerance, span: tuple | None = None) -> pl.DataFrame:
    """Every day, horizon and level of either system within the span of the other system's days (or `span`).

    Raises ConfigError for a span that ends before it starts, SourceError where it holds nothing.
    """
    first, last = span or (theirs["as_of_date"].min(), theirs["as_of_date"].max())
    days = pl.col("as_of_date").is_between(first, last)
    if first > last:
        raise ConfigError(f"the span {first} to {last} is empty; name its first day before its last")
    both = mine.filter(days).rename({"value": "ours"}).join(
        theirs.filter(days).rename({"value": "theirs"}),
        on=["as_of_date", "horizon", "level"], how="full", coalesce=True,
    )  # fmt: skip
    difference = pl.col("theirs") - pl.col("ours")
    ratio = difference / pl.col("ours")
    beyond = (difference.abs() > tolerance.cents_per_lb) | (ratio.abs() > tolerance.ratio)
    verdict = (
        pl.when(pl.col("theirs").is_null()).then(pl.lit("only ours"))
        .when(pl.col("ours").is_null()).then(pl.lit("only theirs"))
        .when(beyond).then(pl.lit("differs")).otherwise(pl.lit("agrees"))
    )  # fmt: skip
    if both.is_empty():
        raise SourceError(f"neither system has a forecast from {first} to {last}; name days that both have")
    return both.with_columns(difference.alias("difference"), ratio.alias("ratio"), verdict.alias("verdict")).sort(
        "as_of_date", "horizon", "level"
    )


def answer_of(compared: pl.DataFrame, tolerance: Tolerance) -> dict:
    """The comparison in words and numbers: days and horizons that only one has, and the values that differ."""
    days = [set(compared.filter(pl.col(name).is_not_null())["as_of_date"]) for name in ("ours", "theirs")]
    shared = compared.filter(pl.col("as_of_date").is_in(list(days[0] & days[1])))
    horizons = [set(shared.filter(pl.col(name).is_not_null())["horizon"]) for name in ("ours", "theirs")]
    met = shared.filter(pl.col("horizon").is_in(list(horizons[0] & horizons[1])))
    levels = [set(met.filter(pl.col(name).is_not_null())["level"]) for name in ("ours", "theirs")]
    differing = compared.filter(pl.col("verdict") == "differs").sort(pl.col("difference").abs(), descending=True)
    pairs = compared.filter(pl.col("verdict").is_in(["agrees", "differs"]))
    worst = differing.row(0, named=True) if differing.height else None
    clean = not differing.height and pairs.height == compared.height and pairs.height > 0
    return {
        "first_day": str(compared["as_of_date"].min()), "last_day": str(compared["as_of_date"].max()),
        "shared_days": len(days[0] & days[1]), "compared": pairs.height, "agreeing": pairs.height - differing.height,
        "differing": differing.height,
        "days_only_ours": [str(d) for d in sorted(days[0] - days[1])],
        "days_only_theirs": [str(d) for d in sorted(days[1] - days[0])],
        "horizons_only_ours": sorted(horizons[0] - horizons[1]),
        "horizons_only_theirs": sorted(horizons[1] - horizons[0]),
        "levels_only_ours": sorted(levels[0] - levels[1]), "levels_only_theirs": sorted(levels[1] - levels[0]),
        "largest_difference_cents_per_lb": worst["difference"] if worst else 0.0,
        "mean_difference_cents_per_lb": float(pairs["difference"].mean()) if pairs.height else None,
        "tolerance_cents_per_lb": tolerance.cents_per_lb, "tolerance_ratio": tolerance.ratio,
        "agrees": clean,
        "rows": [row | {"as_of_date": str(row["as_of_date"])} for row in differing.head(SHOWN).to_dicts()],
    }  # fmt: skip


def record(
    connection: duckdb.DuckDBPyConnection,
    compared: pl.DataFrame,
    file: str,
    digest: str,
    tolerance: Tolerance,
    now: datetime,
) -> int:
    """Merge a comparison into ops.parallel_runs; rows changed."""
    rows = compared.select(
        pl.lit(digest).alias("provenance_id"), "as_of_date", "horizon", "level", pl.lit(file).alias("file"),
        pl.col("ours").alias("ours_cents_per_lb"), pl.col("theirs").alias("theirs_cents_per_lb"),
        pl.col("difference").alias("difference_cents_per_lb"), pl.col("ratio").alias("difference_ratio"), "verdict",
        pl.lit(tolerance.cents_per_lb).alias("tolerance_cents_per_lb"),
        pl.lit(tolerance.ratio).alias("tolerance_ratio"),
        pl.lit(now).alias("ingested_at"),
    )  # fmt: skip
    connection.execute(PARALLEL.ddl())
    return merge(connection, PARALLEL, rows.to_arrow())
