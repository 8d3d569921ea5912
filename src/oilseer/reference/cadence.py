"""How often each table should get something new, and after how many days of silence it is late or stale."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Cadence:
    """One table's rhythm; days are calendar days since its newest row became public.

    `critical` tables must be there and not stale for a forecast to be worth acting on.
    """

    table: str
    what: str
    cadence: str
    late_after_days: int
    stale_after_days: int
    critical: bool


@cache
def cadences() -> dict[str, Cadence]:
    """All known rhythms by table name."""
    with (files("oilseer.reference") / "cadence.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {
        row["table"]: Cadence(
            row["table"], row["what"], row["cadence"],
            int(row["late_after_days"]), int(row["stale_after_days"]), row["critical"] == "true",
        )
        for row in rows
    }  # fmt: skip
