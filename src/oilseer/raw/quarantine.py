"""Rows that could not be loaded, kept with the reason: `staging.quarantine`.

Each check marks rows of a frame; the first check that a row fails is the reason it is held for.
"""

import hashlib
from datetime import datetime

import duckdb
import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.warehouse.spec import Column, TableSpec

QUARANTINE = TableSpec(
    "staging.quarantine",
    "one row per rejected row of a delivery, table and source",
    ("quarantine_id",),
    (
        Column("quarantine_id", "VARCHAR", note="sha256 of provenance, table, source, row number"),
        Column("table_name", "VARCHAR", note="where the row was to go", null=False),
        Column("source", "VARCHAR", null=False),
        Column("file", "VARCHAR", null=False),
        Column("row_number", "BIGINT", note="CSV: header is 1; Parquet: from 1", null=False, low=1),
        Column("column_name", "VARCHAR"),
        Column("found", "VARCHAR"),
        Column("expected", "VARCHAR", null=False),
        Column("reason", "VARCHAR", null=False),
        Column("row_json", "VARCHAR", note="the row as delivered, JSON", null=False),
        Column("provenance_id", "VARCHAR", note="sha256 of the delivered bytes", null=False),
        Column("loaded_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("status", "VARCHAR", note="held, released or rejected", null=False),
    ),
    "never: these rows are not used",
    "written by the import",
)
HELD_SCHEMA = {
    ROW: pl.UInt32, "column_name": pl.String, "found": pl.String,
    "expected": pl.String, "reason": pl.String, "row_json": pl.String,
}  # fmt: skip


class Sieve:
    """Collects the rows that fail; `kept` says which rows are still good."""

    def __init__(self, delivered: pl.DataFrame) -> None:
        self._delivered = delivered
        self.kept = pl.repeat(True, delivered.height, eager=True)
        self._held: list[pl.DataFrame] = []

    def hold(self, failed: pl.Series, column: str, found: pl.Series, expected: str, reason: str) -> None:
        """Hold the rows marked in `failed` (null counts as passed) that no earlier check held."""
        marked = failed.fill_null(False) & self.kept
        if not marked.any():
            return
        rows = self._delivered.filter(marked)
        self._held.append(
            pl.DataFrame({
                ROW: rows[ROW],
                "column_name": pl.repeat(column, rows.height, eager=True, dtype=pl.String),
                "found": found.filter(marked).cast(pl.String, strict=False),
                "expected": pl.repeat(expected, rows.height, eager=True, dtype=pl.String),
                "reason": pl.repeat(reason, rows.height, eager=True, dtype=pl.String),
                "row_json": as_json(rows),
            })
        )  # fmt: skip
        self.kept = self.kept & ~marked

    def held(self) -> pl.DataFrame:
        """All held rows, one each."""
        return pl.concat([pl.DataFrame(schema=HELD_SCHEMA), *self._held])


def as_json(rows: pl.DataFrame) -> pl.Series:
    """Each row as a JSON object of the delivered columns; NaN and infinities as text."""
    shown = rows.drop(ROW).with_columns(pl.selectors.float().cast(pl.String).name.keep())
    return shown.select(pl.struct(pl.all()).struct.json_encode().alias("row_json")).to_series()


def misfits_held(misfits: pl.DataFrame) -> pl.DataFrame:
    """CSV lines with the wrong number of fields, in the shape of held rows."""
    return misfits.select(
        ROW,
        pl.lit("").alias("column_name"),
        "found",
        pl.lit("one field for each column of the header").alias("expected"),
        pl.lit("wrong number of fields").alias("reason"),
        pl.struct(line="text").struct.json_encode().alias("row_json"),
    )


def stamp_held(
    held: pl.DataFrame, table: str, source: str, file: str, provenance_id: str, now: datetime
) -> pl.DataFrame:
    """Held rows with identity, in the columns of QUARANTINE."""
    names = [f"{provenance_id}|{table}|{source}|{row}" for row in held[ROW]]
    identities = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    return held.with_columns(
        pl.Series("quarantine_id", identities, dtype=pl.String),
        pl.col(ROW).cast(pl.Int64).alias("row_number"),
        *(pl.lit(value).alias(name) for name, value in (
            ("table_name", table), ("source", source), ("file", file), ("provenance_id", provenance_id),
            ("loaded_at", now), ("status", "held"),
        )),
    ).select(QUARANTINE.column_names)  # fmt: skip


def stamp_by_content(
    held: pl.DataFrame, table: str, source: str, file: str, provenance_id: str, now: datetime
) -> pl.DataFrame:
    """As stamp_held, with an identity that follows from the row alone: the same bad row is held once, however often
    it is delivered, and what a person decided about it stays decided."""
    made = stamp_held(held, table, source, file, provenance_id, now)
    names = [f"{table}|{source}|{row}" for row in held["row_json"]]
    identities = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    return made.with_columns(quarantine_id=pl.Series(identities, dtype=pl.String)).unique("quarantine_id", keep="first")


def add_held(connection: duckdb.DuckDBPyConnection, held: pl.DataFrame) -> int:
    """Write held rows that are not there yet, whatever was decided about the others; their number."""
    connection.execute(QUARANTINE.ddl())
    connection.register("held_rows", held.to_arrow())
    try:
        return connection.execute(
            f"INSERT INTO {QUARANTINE.name} BY NAME SELECT * FROM held_rows "
            f"ANTI JOIN {QUARANTINE.name} USING (quarantine_id)"
        ).fetchone()[0]
    finally:
        connection.unregister("held_rows")


def forget(connection: duckdb.DuckDBPyConnection, table: str, source: str, provenance_id: str) -> None:
    """Drop the held rows of a delivery that is loaded anew under another declaration."""
    connection.execute(QUARANTINE.ddl())
    connection.execute(
        f"DELETE FROM {QUARANTINE.name} WHERE table_name = ? AND source = ? AND provenance_id = ? AND status = 'held'",
        [table, source, provenance_id],
    )
