"""RFS volumes as series of releases: what was in force in each year, how it grew, and what was set for the next.

Each series keeps one unit. From 2026 on EPA states biomass-based diesel in RINs, and how many a gallon earns depends on
the fuel, so that is no volume in gallons: the level is null there, and growth stands where both years have one unit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

UNITS = {  # of each category's series
    "biomass_based_diesel": "billion_gallons",
    "renewable_fuel": "billion_rins",
}
YEARS = range(2010, 2036)


@dataclass(frozen=True)
class Rule:
    """One final volume: compliance year, category, volume in `unit`, and when it was public (µs since 1970)."""

    year: int
    category: str
    volume: float
    public: int
    unit: str


def steps(rules: Sequence[Rule]) -> Iterator[tuple[str, int, int, float]]:
    """(key, date, public, value), date in days since 1970; NaN where a volume is not set, or not in the series' unit.

    rfs_current  volume of the running year, from its first day or the rule, whichever came later; a rule that came
                 after its year changes nothing
    rfs_growth   percent over the volume of the year before, as known at that step
    rfs_next     final volume of the year after the running one
    """
    for category, unit in UNITS.items():
        own = sorted((rule for rule in rules if rule.category == category), key=lambda rule: (rule.public, rule.year))
        for year in YEARS:
            begin, end = _start(year), _start(year + 1)
            instants = sorted({max(rule.public, begin) for rule in own if rule.year == year and rule.public < end})
            for instant in instants:
                current, before = _known(own, year, instant), _known(own, year - 1, instant)
                yield f"rfs_current:{category}", _day(instant), instant, _volume(current, unit)
                yield f"rfs_growth:{category}", _day(instant), instant, _growth(current, before)
            ahead = {max(rule.public, begin) for rule in own if rule.year == year + 1 and rule.public < end}
            for instant in sorted({begin, *ahead}):
                yield f"rfs_next:{category}", _day(instant), instant, _volume(_known(own, year + 1, instant), unit)


def _known(rules: Sequence[Rule], year: int, instant: int) -> Rule | None:
    """Newest rule of a year known at an instant."""
    found = [rule for rule in rules if rule.year == year and rule.public <= instant]
    return found[-1] if found else None


def _volume(rule: Rule | None, unit: str) -> float:
    """Volume in `unit`; NaN where no rule states one."""
    return rule.volume if rule is not None and rule.unit == unit else float("nan")


def _growth(current: Rule | None, before: Rule | None) -> float:
    """Percent over the year before; NaN where it has no volume in the same unit."""
    if current is None or before is None or before.unit != current.unit or before.volume <= 0:
        return float("nan")
    return 100 * (current.volume / before.volume - 1)


def _start(year: int) -> int:
    """The first instant of a year that counts, 05:00 UTC: midnight of New York, µs since 1970."""
    return int(datetime(year, 1, 1, 5, tzinfo=UTC).timestamp()) * 1_000_000


def _day(instant: int) -> int:
    return (datetime.fromtimestamp(instant / 1e6, UTC).date() - date(1970, 1, 1)).days
