"""FRED series: name, unit, frequency and when each value becomes public, from `fred_series.csv`.

The lags are the usual release times; vintages of ALFRED, where delivered, say it exactly.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

NUMBERS = ("plus_months", "day", "plus_days", "business_days")


@dataclass(frozen=True)
class FredSeries:
    """One series. `rule` holds the fields of a publication rule, New York time."""

    series_id: str
    name: str
    unit: str
    frequency: str
    rule: dict[str, str | int | bool]


def table_bytes() -> bytes:
    """The reference file as shipped; its hash says whether a lag has changed."""
    return files("oilseer.reference").joinpath("fred_series.csv").read_bytes()


@cache
def fred_series() -> dict[str, FredSeries]:
    """All series that have a publication rule, by id."""
    made = {}
    for row in csv.DictReader(table_bytes().decode().splitlines()):
        rule: dict[str, str | int | bool] = {name: int(row[name]) for name in NUMBERS if row[name]}
        rule |= {name: row[name] for name in ("weekday", "next_weekday", "at") if row[name]}
        if row["month_end"]:
            rule["month_end"] = True
        made[row["series_id"]] = FredSeries(row["series_id"], row["name"], row["unit"], row["frequency"], rule)
    return made
