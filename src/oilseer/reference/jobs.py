"""The jobs that keep the product running unattended: which command, when, in whose clock."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Scheduled:
    """One job: `oilseer` arguments, five cron fields in local time of `zone`, longest wait before the start."""

    name: str
    command: tuple[str, ...]
    cron: str
    zone: str
    jitter_s: int
    what: str


@cache
def jobs() -> dict[str, Scheduled]:
    """All jobs by name, in the order of jobs.csv."""
    with (files("oilseer.reference") / "jobs.csv").open(encoding="utf-8") as handle:
        return {
            row["name"]: Scheduled(
                row["name"], tuple(row["command"].split()), row["cron"], row["zone"], int(row["jitter_s"]), row["what"]
            )
            for row in csv.DictReader(handle)
        }
