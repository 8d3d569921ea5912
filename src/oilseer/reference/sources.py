"""The source registry: every source's rhythm, clock, key, limits, licence and how far its reader is proven.

A new source is one line of sources.csv and one file of `raw/sources/` with the same name.
"""

import csv
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from importlib.resources import files

CADENCES = ("hourly", "daily", "weekly", "monthly", "yearly")
KEY_NEEDS = ("none", "optional", "required", "drop")
PROOFS = {
    "recorded": "parsed against bytes recorded from the service",
    "shape": "parsed against the documented shape only",
    "documentation": "built to the documentation only",
}


@dataclass(frozen=True)
class SourceFacts:
    """One source.

    cadence           hourly, daily, weekly, monthly or yearly: when it has something new
    at, zone          local clock time of its release, None for around the clock
    lookback_days     an incremental fetch asks again for this many days, so that revisions are seen
    history_from      where the first fetch begins; None: it too asks for `lookback_days` only, for the source holds no
                      more, or bills it
    priority          1 first: what the forecast cannot do without comes before what enriches it
    reliability       0 to 1: how complete its history and how well documented its release times are
    critical          the day's run does not go on without it
    key, key_need     environment variable of its key; none, optional, required, or drop: a user's file in a folder
    key_url           where to get the key or the file
    delay             from what a row describes to when it is public, in words; the parsers' rules make it exact
    without_it        what is missing without the key or the source
    per_minute        requests a minute that its publisher allows
    late_after_days   days of silence after which it is late; stale_after_days likewise
    proof             recorded, shape or documentation: what its reader was proven against
    """

    name: str
    title: str
    cadence: str
    at: time | None
    zone: str
    lookback_days: int
    history_from: date | None
    priority: int
    reliability: float
    critical: bool
    key: str
    key_need: str
    key_url: str
    delay: str
    without_it: str
    per_minute: int
    late_after_days: int
    stale_after_days: int
    proof: str
    licence: str
    documentation: str


@cache
def sources() -> dict[str, SourceFacts]:
    """All sources by name, in the order in which they are fetched: by priority, then name."""
    with (files("oilseer.reference") / "sources.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    found = [
        SourceFacts(
            **row | {
                "at": time.fromisoformat(row["at"]) if row["at"] else None,
                "history_from": date.fromisoformat(row["history_from"]) if row["history_from"] else None,
                "critical": row["critical"] == "true",
                "reliability": float(row["reliability"]),
                **{name: int(row[name]) for name in (
                    "lookback_days", "priority", "per_minute", "late_after_days", "stale_after_days",
                )},
            }
        )
        for row in rows
    ]  # fmt: skip
    return {facts.name: facts for facts in sorted(found, key=lambda facts: (facts.priority, facts.name))}
