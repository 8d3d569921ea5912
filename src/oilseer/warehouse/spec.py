"""Table specs: what a table promises, checked at every write.

Raw and staging rows carry the five standard columns of `stamped`; every spec names its grain and key.
"""

from dataclasses import dataclass
from functools import cached_property

SCHEMAS: tuple[str, ...] = (
    "raw", "raw_staging", "staging", "features", "training", "forecasts", "signals", "reference", "ops",
)  # fmt: skip
LOAD_METADATA = ("ingested_at",)  # says when we loaded, not what the world knew: left out of table hashes


@dataclass(frozen=True)
class Column:
    """One column: DuckDB type, unit ("" for none), note, whether null is allowed, and its valid range."""

    name: str
    type: str
    unit: str = ""
    note: str = ""
    null: bool = True
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class TableSpec:
    """One table. `available_at` says in words when a row becomes public; `source` gives URL and licence."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    available_at: str
    source: str
    may_be_empty: bool = False

    @property
    def schema(self) -> str:
        """Schema part of the name."""
        return self.name.split(".")[0]

    @property
    def table(self) -> str:
        """Table part of the name."""
        return self.name.split(".")[1]

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns in order."""
        return tuple(column.name for column in self.columns)

    def ddl(self, name: str | None = None) -> str:
        """CREATE TABLE statement with types, not-null and, but for raw and staging tables, the primary key.

        Their rows come only through a MERGE on the key, or a `replace` that has counted each key, so an index would
        promise nothing new, and it more than doubles the time of a load and the size of the file.
        """
        lines = [f'"{c.name}" {c.type}{"" if c.null and c.name not in self.key else " NOT NULL"}' for c in self.columns]
        if self.schema not in ("raw", "staging"):
            lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE IF NOT EXISTS {name or self.name} ({', '.join(lines)})"


def stamped(*columns: Column) -> tuple[Column, ...]:
    """`columns` followed by the standard ones that every raw and staging row carries."""
    return (
        *columns,
        Column("observation_date", "DATE", note="what the row describes", null=False),
        Column("available_at", "TIMESTAMPTZ", "UTC", "instant it became public", null=False),
        Column(
            "availability", "VARCHAR", note="vintage (recorded, or revised) or lagged (documented delay)", null=False
        ),
        Column("ingested_at", "TIMESTAMPTZ", "UTC", "instant we loaded it", null=False),
        Column("source", "VARCHAR", note="who delivered it", null=False),
        Column("provenance_id", "VARCHAR", note="sha256 of the delivered bytes", null=False),
    )
