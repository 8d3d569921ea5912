"""RFS volumes as series of releases: what was in force in each year, how it grew, and what was set for the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

CATEGORIES = ("biomass_based_diesel", "advanced_biofuel", "renewable_fuel")
YEARS = range(2010, 2036)


@dataclass(frozen=True)
class Rule:
    """One final volume: compliance year, category, its volume, and when it was public (µs since 1970)."""

    year: int
    category: str
    volume: float
    public: int


def steps(rules: Sequence[Rule]) -> Iterator[tuple[str, int, int, float]]:
    """(key, date, public, value), date in days since 1970; NaN where the next year's volume is not set.

    rfs_current  volume of the running year, from its first day or the rule, whichever came later; a rule that came
                 after its year changes nothing
    rfs_growth   percent over the volume of the year before, as known at that step
    rfs_next     final volume of the year after the running one
    """
    for category in CATEGORIES:
        own = sorted((rule for rule in rules if rule.category == category), key=lambda rule: (rule.public, rule.year))
        for year in YEARS:
            begin, end = _start(year), _start(year + 1)
            instants = sorted({max(rule.public, begin) for rule in own if rule.year == year and rule.public < end})
            for instant in instants:
                volume, before = _known(own, year, instant), _known(own, year - 1, instant)
                yield f"rfs_current:{category}", _day(instant), instant, volume
                growth = 100 * (volume / before - 1) if before > 0 else float("nan")
                yield f"rfs_growth:{category}", _day(instant), instant, growth
            ahead = {max(rule.public, begin) for rule in own if rule.year == year + 1 and rule.public < end}
            for instant in sorted({begin, *ahead}):
                yield f"rfs_next:{category}", _day(instant), instant, _known(own, year + 1, instant)


def _known(rules: Sequence[Rule], year: int, instant: int) -> float:
    """Newest volume of a year known at an instant; NaN where there is none."""
    found = [rule.volume for rule in rules if rule.year == year and rule.public <= instant]
    return found[-1] if found else float("nan")


def _start(year: int) -> int:
    """The first instant of a year that counts, 05:00 UTC: midnight of New York, µs since 1970."""
    return int(datetime(year, 1, 1, 5, tzinfo=UTC).timestamp()) * 1_000_000


def _day(instant: int) -> int:
    return (datetime.fromtimestamp(instant / 1e6, UTC).date() - date(1970, 1, 1)).days
