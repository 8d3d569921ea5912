"""What a detector found in one table: evidence in numbers, example rows, and what follows from it."""

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

# table: nothing of it is loaded; rows: the marked ones are held; columns: they are left out;
# doubt: the marked ones are held where no other source has their value; cells: the columns are emptied in the
# marked rows; copies: all but one of each are dropped;
# note: nothing follows, but a person should know.
Effect = Literal["table", "rows", "columns", "doubt", "cells", "copies", "note"]


@dataclass(frozen=True)
class Finding:
    """One verdict of one detector on one table."""

    check: str
    effect: Effect
    evidence: str
    columns: tuple[str, ...] = ()
    rows: pl.Series | None = None  # row numbers of the file, from 1
    examples: tuple[dict, ...] = field(default=())

    @property
    def count(self) -> int:
        """How many rows it is about; 0 where it is about the whole table."""
        return 0 if self.rows is None else len(self.rows)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return {
            "check": self.check, "effect": self.effect, "evidence": self.evidence, "columns": list(self.columns),
            "rows": self.count, "examples": list(self.examples),
        }  # fmt: skip


def examples_of(rows: pl.DataFrame, columns: list[str], limit: int = 3) -> tuple[dict, ...]:
    """The first rows of a frame as plain dicts, dates as text."""
    shown = rows.select(list(dict.fromkeys(columns))).head(limit).to_dicts()
    return tuple({name: _plain(value) for name, value in row.items()} for row in shown)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.6g}") if value == value and abs(value) != float("inf") else str(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)
