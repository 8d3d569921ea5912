"""Rows of a legacy table that are not loaded: each with one reason, single ones kept in `staging.quarantine`."""

from datetime import datetime

import duckdb
import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.finding import examples_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable
from oilseer.raw.quarantine import HELD_SCHEMA, QUARANTINE, as_json, stamp_held
from oilseer.warehouse.write import COMPLETION, ensure, merge

SHOWN = 4
HELD = {name: kind for name, kind in HELD_SCHEMA.items() if name != "row_json"}
# Whole series, stations or tables: no rows for a person to go through, but one verdict with its evidence.
NO_IDENTITY = "identity is not proven"
NO_STATION = "no station of a known network"
NOT_FUTURES_ONLY = "not proven to be the futures-only report"
OTHER_SERIES = "disagrees with the known series of its name"
UNSURE_TABLE = "other series of this table disagree with the known ones"
UNPLACED = (NO_IDENTITY, NO_STATION, NOT_FUTURES_ONLY)  # nothing speaks against them, nothing says what they are
WHOLE_SERIES = (
    *UNPLACED, OTHER_SERIES, UNSURE_TABLE, "dated_late", "tenths", "fahrenheit", "two_units", "admitted",
    "zeros_for_silence",
)  # fmt: skip
FALSE = ("mislabelled", "two_labels", OTHER_SERIES, "dated_late", "tenths", "fahrenheit", "two_units", "admitted")
WORDS = {  # a detector's name in plain words
    "mislabelled": "prices of another product",
    "two_labels": "the same prices under the names of two products",
    "dated_late": "dated one observation too late",
    "fahrenheit": "Fahrenheit among Celsius",
    "tenths": "tenths of a degree among degrees",
    "two_units": "one column in two units",
    "admitted": "they say themselves that no one observed them",
    "fill_value": "a code for missing stands as a number",
    "placeholder_date": "a date that stands for none",
    "future_date": "a date that was not there yet",
    "weekend_price": "a price of a day without trading",
    "zeros_for_missing": "unknown written as 0",
    "zeros_for_silence": "unknown written as 0",
    "not_finite": "no finite number",
    "spike": "far from the day before and the day after, and nowhere else",
}


def hold(rows: pl.DataFrame, column: str, expected: str | pl.Expr, reason: str) -> pl.DataFrame:
    """Rows as held: their numbers in the file, what was found in `column`, what was expected, and the reason."""
    return rows.select(
        pl.col(ROW).cast(pl.UInt32),
        pl.lit(column).alias("column_name"),
        pl.col(column).cast(pl.String).alias("found"),
        (pl.lit(expected) if isinstance(expected, str) else expected).alias("expected"),
        pl.lit(reason).alias("reason"),
    )


def told(table: LegacyTable, held: pl.DataFrame) -> list[dict]:
    """What was left out, for people: reason, rows, what was expected, which series the most, and rows as examples."""
    made = []
    for (reason,), group in sorted(held.group_by(["reason"])):
        rows = table.rows.join(group.select(ROW, "found", "expected"), on=ROW).sort(ROW)
        by = list(table.dims) or [pl.lit("all").alias("all")]
        series = rows.group_by(by).len().sort(-pl.col("len").cast(pl.Int64), *(table.dims or ["all"]))
        names = [*([table.date] if table.date else []), *table.dims, *(name for name, _ in table.labels[:1])]
        column = group["column_name"][0]
        names += [*([column] if column in table.rows.columns else []), *table.numbers[:2]]
        names += ["expected"] if rows["expected"].n_unique() > 1 else []
        made.append({
            "reason": reason, "in_words": WORDS.get(reason, reason), "rows": rows.height,
            "expected": rows["expected"][0], "kept_in": None if reason in WHOLE_SERIES else QUARANTINE.name,
            "series": [f"{'/'.join(str(v) for v in row[:-1])}: {row[-1]:,}" for row in series.head(SHOWN).rows()],
            "examples": list(examples_of(rows, names)),
        })  # fmt: skip
    return made


def nothing_held() -> pl.DataFrame:
    """No held rows, in their shape."""
    return pl.DataFrame(schema=HELD)


def quarantine(
    connection: duckdb.DuckDBPyConnection,
    table: LegacyTable,
    held: pl.DataFrame,
    target: str,
    source: str,
    now: datetime,
) -> int:
    """Put held rows into staging.quarantine, new ones only, and drop those no longer held; number of rows changed.

    What a person has decided about a row stands: only rows that are still `held` go.
    """
    ensure(connection, QUARANTINE)
    stamped = pl.DataFrame(schema=dict.fromkeys(QUARANTINE.column_names, pl.String))
    if held.height:
        own = [c for c in table.rows.columns if c != DAY and not table.rows.schema[c].is_nested()]
        found = table.rows.select(own).join(held.select(ROW), on=ROW, how="semi").sort(ROW)
        text = found.select(ROW).with_columns(as_json(found).alias("row_json"))
        whole = held.join(text, on=ROW).select(list(HELD_SCHEMA))
        stamped = stamp_held(whole, target, source, table.file, table.provenance_id, now)
    there = connection.execute(f"SELECT quarantine_id FROM {QUARANTINE.name} WHERE source = ?", [source]).pl()
    gone = there.join(stamped, on="quarantine_id", how="anti")["quarantine_id"].to_list()
    removed = 0
    if gone:
        removed = connection.execute(
            f"DELETE FROM {QUARANTINE.name} WHERE status = 'held' AND list_contains(?, quarantine_id)", [gone]
        ).fetchone()[0]
    fresh = stamped.join(there, on="quarantine_id", how="anti")
    return removed + (merge(connection, QUARANTINE, fresh.to_arrow()) if fresh.height else 0)


def take_back(connection: duckdb.DuckDBPyConnection, sound: dict[str, pl.DataFrame], source: str) -> int:
    """Remove rows that an earlier import of this source loaded and that are not among its `sound` keys any more.

    sound   raw table: keys (without the time of publication) of the rows that this import loads
    """
    ensure(connection, COMPLETION)
    names = connection.execute(
        f"SELECT DISTINCT table_name FROM {COMPLETION.name} WHERE source = ?", [source]
    ).fetchall()
    removed = 0
    for (name,) in names:
        keys = sound.get(name)
        if keys is None:
            removed += connection.execute(f"DELETE FROM {name} WHERE source = ?", [source]).fetchone()[0]
            continue
        same = " AND ".join(f's."{c}" = t."{c}"' for c in keys.columns)
        connection.register("sound", keys.to_arrow())
        try:
            removed += connection.execute(
                f"DELETE FROM {name} AS t WHERE source = ? AND NOT EXISTS (SELECT 1 FROM sound AS s WHERE {same})",
                [source],
            ).fetchone()[0]
        finally:
            connection.unregister("sound")
    return removed
