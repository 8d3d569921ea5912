"""`ops.migration_validation`: what became of every row of every legacy table, and whether its values arrived."""

import json
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, merge

COUNTS = ("read", "loaded", "known", "copies", "rejected", "quarantined")
MIGRATION = TableSpec(
    "ops.migration_validation",
    "one row per legacy table and check; `rows` accounts for every row, `values:TABLE.COLUMN` compares what arrived",
    ("file", "provenance_id", "check_name"),
    (
        Column("file", "VARCHAR"),
        Column("provenance_id", "VARCHAR", note="sha256 of the file"),
        Column("check_name", "VARCHAR", note="rows, values:TABLE.COLUMN, or the detector"),
        Column(
            "verdict", "VARCHAR", note="keep, keep part, replace, reject; passed, failed; or the effect", null=False
        ),
        *(Column(f"{name}_count", "BIGINT", "rows", low=0) for name in COUNTS),
        Column("value_count_before", "BIGINT", "values", "of the rows to load, in the file", low=0),
        Column("value_count_after", "BIGINT", "values", "of them in the table", low=0),
        Column("min_before", "DOUBLE", "the column's unit"),
        Column("min_after", "DOUBLE", "the column's unit"),
        Column("max_before", "DOUBLE", "the column's unit"),
        Column("max_after", "DOUBLE", "the column's unit"),
        Column("sum_before", "DOUBLE", "the column's unit"),
        Column("sum_after", "DOUBLE", "the column's unit"),
        Column("overlap_count", "BIGINT", "rows", "whose key a trusted source has too", low=0),
        Column("overlap_agreeing_count", "BIGINT", "rows", "of them with its value", low=0),
        Column("largest_difference_ratio", "DOUBLE", "ratio", "to the trusted value, where both agree"),
        Column("evidence_json", "VARCHAR", null=False),
        Column("ingested_at", "TIMESTAMPTZ", "UTC", "instant of the import that first found this", null=False),
    ),
    "at the end of the import",
    "written by the legacy import",
)
REAL = ("min_before", "min_after", "max_before", "max_after", "sum_before", "sum_after", "largest_difference_ratio")


@dataclass
class Values:
    """Count, smallest, largest and sum of one column before and after the load, and its overlap with known rows."""

    table: str
    column: str
    before: tuple[int, float | None, float | None, float | None] = (0, None, None, None)
    after: tuple[int, float | None, float | None, float | None] = (0, None, None, None)
    overlap: int = 0
    agreeing: int = 0
    largest: float | None = None

    @property
    def passed(self) -> bool:
        """Whether every value arrived as it was."""
        if self.before[0] != self.after[0]:
            return False
        return all(
            abs(b - a) <= 1e-9 * max(abs(b), 1.0) for b, a in zip(self.before[1:], self.after[1:]) if b is not None
        )

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return vars(self) | {"passed": self.passed}


@dataclass
class Outcome:
    """What became of one file: read = loaded + known + copies + rejected + quarantined."""

    file: str
    provenance_id: str
    verdict: str
    reason: str
    replacement: str
    read: int
    loaded: int = 0
    known: int = 0
    copies: int = 0
    rejected: int = 0
    quarantined: int = 0
    changed: int = 0
    columns: list[dict] = field(default_factory=list)
    span: tuple[str, str] | None = None
    findings: list[dict] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    left_out: list[dict] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return vars(self) | {"values": [value.to_dict() for value in self.values]}

    def add_up(self) -> None:
        """Fail where a row went missing: an error of ours, not of the file."""
        told = self.loaded + self.known + self.copies + self.rejected + self.quarantined
        assert self.read == told, f"{self.file}: {self.read} rows, {told} accounted for"


def summed(rows: pl.DataFrame, column: str) -> tuple[int, float | None, float | None, float | None]:
    """Count, min, max and sum of a column's values."""
    values = rows[column].drop_nulls().cast(pl.Float64)
    return (len(values), values.min(), values.max(), values.sum()) if len(values) else (0, None, None, None)


def arrived(connection: duckdb.DuckDBPyConnection, value: Values, source: str) -> tuple:
    """Count, min, max and sum of a column over the rows of a source in its raw table."""
    return connection.execute(
        f'SELECT count("{value.column}"), min("{value.column}"), max("{value.column}"), sum("{value.column}") '
        f"FROM {value.table} WHERE source = ?", [source],
    ).fetchone()  # fmt: skip


def together(values: list[Values]) -> list[Values]:
    """Parts of one table under two publication rules as one comparison."""
    made: dict[tuple[str, str], Values] = {}
    for value in values:
        held = made.get((value.table, value.column))
        if held is None:
            made[value.table, value.column] = value
            continue
        if value.before[0]:
            both = [b for b in (held.before, value.before) if b[0]]
            held.before = (
                sum(b[0] for b in both),
                min(b[1] for b in both),
                max(b[2] for b in both),
                sum(b[3] for b in both),
            )
        held.overlap, held.agreeing = held.overlap + value.overlap, held.agreeing + value.agreeing
        held.largest = max((v for v in (held.largest, value.largest) if v is not None), default=None)
    return list(made.values())


def record(connection: duckdb.DuckDBPyConnection, outcome: Outcome, now: datetime) -> int:
    """Merge an outcome's rows into ops.migration_validation and drop those no longer found; rows changed."""
    ensure(connection, MIGRATION)
    rows = [_row(outcome, now, "rows", outcome.verdict, _accounting(outcome),
                 **{f"{name}_count": getattr(outcome, name) for name in COUNTS})]  # fmt: skip
    seen: dict[str, int] = {}
    for finding in outcome.findings:
        seen[finding["check"]] = seen.get(finding["check"], 0) + 1
        number = f" {seen[finding['check']]}" if seen[finding["check"]] > 1 else ""
        rows.append(_row(outcome, now, f"{finding['check']}{number}", finding["effect"], finding))
    rows += [
        _row(
            outcome, now, f"values:{value.table}.{value.column}", "passed" if value.passed else "failed", {},
            value_count_before=value.before[0], value_count_after=value.after[0],
            min_before=value.before[1], min_after=value.after[1], max_before=value.before[2], max_after=value.after[2],
            sum_before=value.before[3], sum_after=value.after[3], overlap_count=value.overlap,
            overlap_agreeing_count=value.agreeing, largest_difference_ratio=value.largest,
        )
        for value in outcome.values
    ]  # fmt: skip
    names = [row["check_name"] for row in rows]
    gone = connection.execute(
        f"DELETE FROM {MIGRATION.name} WHERE file = ? AND (provenance_id <> ? OR NOT list_contains(?, check_name))",
        [outcome.file, outcome.provenance_id, names],
    ).fetchone()[0]
    return gone + merge(connection, MIGRATION, pa.Table.from_pylist(rows, schema=_schema()))


def _accounting(outcome: Outcome) -> dict:
    return {"reason": outcome.reason, "replacement": outcome.replacement, "loaded_into": outcome.targets,
            "left_out": outcome.left_out, "to_do": outcome.to_do}  # fmt: skip


def _row(
    outcome: Outcome, now: datetime, check: str, verdict: str, evidence: dict, **numbers: float | int | None
) -> dict:
    blank = dict.fromkeys(MIGRATION.column_names)
    return blank | numbers | {
        "file": outcome.file, "provenance_id": outcome.provenance_id, "check_name": check, "verdict": verdict,
        "evidence_json": json.dumps(evidence, ensure_ascii=False, default=str), "ingested_at": now,
    }  # fmt: skip


def _schema() -> pa.Schema:
    kinds = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    }
    return pa.schema([(column.name, kinds[column.type]) for column in MIGRATION.columns])
