"""FRED series: name, unit, frequency and when each value becomes public, from `fred_series.csv`.

The lags are the usual release times; vintages of ALFRED, where delivered, say it exactly.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

NUMBERS = ("plus_months", "day", "plus_days", "business_days")
# Jobs never come on the first three days of a year: where the usual Friday falls on one, they come a week later.
NEW_YEAR = tuple(
    (f"{year}-01-01", f"{first + timedelta(days=7)}")
    for year in range(1948, 2041)
    if (first := date(year, 1, 1) + timedelta(days=(4 - date(year, 1, 1).weekday()) % 7)).day <= 3
)
# What was due from the first day on came out by the second: shutdowns of October 2013, of winter 2018-19 (BLS was
# funded), of October to November 2025 and of February 2026, as the offices announced them, such as BLS, "Revised news
# release dates following the 2025 lapse in appropriations". Of several late releases the last counts, and where the
# end is not known a later day is taken.
HELD = {
    "employment": (("2013-10-01", "2013-11-08"), ("2025-10-01", "2025-12-16"), ("2026-02-01", "2026-02-11"),
                   *NEW_YEAR),
    "consumer_prices": (("2013-10-01", "2013-10-30"), ("2025-10-01", "2025-10-24")),
    "producer_prices": (
        ("2013-10-01", "2013-10-29"), ("2025-10-01", "2026-01-30"), ("2026-02-01", "2026-02-27"),
        ("2026-03-01", "2026-03-31"),
    ),
    "national_accounts": (
        ("2013-10-01", "2013-11-08"), ("2013-12-01", "2013-12-06"), ("2018-12-22", "2019-03-29"),
        ("2019-03-30", "2019-04-29"), ("2025-10-01", "2026-02-20"), ("2026-02-21", "2026-03-31"),
    ),
    "building": (
        ("2013-10-01", "2013-11-26"), ("2018-12-22", "2019-03-08"), ("2019-03-09", "2019-03-26"),
        ("2025-10-01", "2026-02-18"), ("2026-02-19", "2026-03-31"),
    ),
    "claims": (("2025-10-01", "2025-11-20"),),
}  # fmt: skip


@dataclass(frozen=True)
class FredSeries:
    """One series. `rule` holds the fields of a publication rule, New York time."""

    series_id: str
    name: str
    unit: str
    frequency: str
    rule: dict[str, str | int | bool | list[dict[str, str]]]


def table_bytes() -> bytes:
    """The reference file as shipped and the times without releases; their hash says whether a lag has changed."""
    return files("oilseer.reference").joinpath("fred_series.csv").read_bytes() + repr(HELD).encode()


@cache
def fred_series() -> dict[str, FredSeries]:
    """All series that have a publication rule, by id."""
    made = {}
    shipped = files("oilseer.reference").joinpath("fred_series.csv").read_text()
    for row in csv.DictReader(shipped.splitlines()):
        rule: dict[str, str | int | bool | list[dict[str, str]]]
        rule = {name: int(row[name]) for name in NUMBERS if row[name]}
        rule |= {name: row[name] for name in ("weekday", "next_weekday", "at") if row[name]}
        if row["month_end"]:
            rule["month_end"] = True
        if row["held"]:
            rule["held"] = [
                {"from": first, "until": until, "reason": "released late"} for first, until in HELD[row["held"]]
            ]
        made[row["series_id"]] = FredSeries(row["series_id"], row["name"], row["unit"], row["frequency"], rule)
    return made
