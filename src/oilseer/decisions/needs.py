"""The buyer's own table, CSV or TOML: what is needed by calendar month, what is covered, and the bounds on cover.

Read strictly: each fault names what was found, what was expected, and the line.
"""

import csv
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from oilseer.decisions.policy import LADDER, CoverPolicy, month_caps
from oilseer.errors import ConfigError
from oilseer.market import sessions

MOST_MONTHS = 12  # as far as there are forecasts
RANGES: dict[str, tuple[float, float]] = {
    "need_lb": (0.0, 1e12),
    "covered_lb": (0.0, 1e12),
    "covered_price_cents_per_lb": (5.0, 500.0),
    "minimum_cover_ratio": (0.0, 1.0),
    "maximum_cover_ratio": (0.0, 1.0),
    "basis_cents_per_lb": (-50.0, 50.0),
}
COLUMNS = ("month", *RANGES)
NOTES = """\
# What you need by calendar month. Replace the numbers with yours; lines that begin with # are skipped.
# need_lb                     pounds; of a month under way, those still to be had
# covered_lb                  of them already bought, at covered_price_cents_per_lb, cents a pound, basis included
# minimum_cover_ratio         least cover of all months through this one together, 0.25 = 25 %; blank: none
# maximum_cover_ratio         most cover of this month; blank: 1
# basis_cents_per_lb          your price over the board, cents a pound; blank: that of the settings
"""


@dataclass(frozen=True)
class MonthNeed:
    """One line of the table; `month` is the first of the month, None is a blank cell."""

    month: date
    need_lb: float
    covered_lb: float = 0.0
    covered_price_cents_per_lb: float | None = None
    minimum_cover_ratio: float | None = None
    maximum_cover_ratio: float | None = None
    basis_cents_per_lb: float | None = None


@dataclass(frozen=True)
class Needs:
    """The table: consecutive months, and what a TOML file's [cover] says beside the settings."""

    name: str
    months: tuple[MonthNeed, ...]
    cover: Mapping[str, Any]


def read_needs(path: Path) -> Needs:
    """The table of a .csv or .toml file. Raises ConfigError with found, expected and the line."""
    if path.suffix not in (".csv", ".toml"):
        raise ConfigError(f"{path}: expected a .csv or .toml file; `oilseer plan --example needs.csv` writes one")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; `oilseer plan --example {path}` writes one") from error
    if path.suffix == ".csv":
        return _needs(path.name, {}, _csv_lines(path.name, text))
    try:
        return needs_of(path.name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: {error}") from error


def needs_of(name: str, whole: Mapping[str, Any]) -> Needs:
    """The table of [[months]], one a month, and perhaps [cover], as TOML or JSON holds it. Raises ConfigError."""
    months = whole.get("months", [])
    tables = isinstance(months, list) and all(isinstance(row, dict) for row in months)
    if set(whole) - {"months", "cover"} or not tables or not isinstance(whole.get("cover", {}), dict):
        raise ConfigError(f"{name}: found {sorted(whole)}, expected [[months]], one a month, and perhaps [cover]")
    unknown = [(place, set(row) - set(COLUMNS)) for place, row in enumerate(months, 1) if set(row) - set(COLUMNS)]
    if unknown:
        raise ConfigError(f"{name}, month {unknown[0][0]}: found {sorted(unknown[0][1])}, expected any of {COLUMNS}")
    lines = ((f"{name}, month {place}", row) for place, row in enumerate(months, 1))
    return _needs(name, whole.get("cover", {}), lines)


def _needs(name: str, cover: Mapping[str, Any], lines: Iterable[tuple[str, Mapping[str, Any]]]) -> Needs:
    """The table of its lines, each with where it is."""
    months: list[MonthNeed] = []
    for where, cells in lines:
        found = _month_need(where, cells)
        if months and found.month != (following := _after(months[-1].month)):
            raise ConfigError(f"{where}: found month {found.month:%Y-%m}, expected {following:%Y-%m}: one line a month")
        months.append(found)
    if not months:
        raise ConfigError(f"{name}: found no months, expected one line a month: month,need_lb,…")
    return Needs(name, tuple(months), cover)


def policy_of(needs: Needs, as_of_date: date, settings: Mapping[str, Any]) -> tuple[CoverPolicy, tuple[str, ...]]:
    """The policy at the close of `as_of_date`, and the months beyond the forecasts, which it leaves out.

    Month 1 is that of the next session: earlier lines are past, months before the first line need nothing.
    Settings of the table win over `settings`; its bounds, where it has any, replace the settings' rules.
    Raises ConfigError where nothing is left to plan, or for two rules that clash.
    """
    first = sessions.ahead(as_of_date, 1).replace(day=1)
    ahead = {_distance(first, row.month): row for row in needs.months if row.month >= first}
    planned = {place: row for place, row in ahead.items() if place < MOST_MONTHS}
    if not any(row.need_lb for row in planned.values()):
        raise ConfigError(
            f"{needs.name}: found needs from {needs.months[0].month:%Y-%m} to {needs.months[-1].month:%Y-%m}, expected "
            f"some within the {MOST_MONTHS} months from {first:%Y-%m} on: add lines, or name another --as-of"
        )
    rows = [planned.get(place) for place in range(max(planned) + 1)]
    given = {**settings, **needs.cover} | {
        "need_lb": tuple(row.need_lb if row else 0.0 for row in rows),
        "covered_lb": tuple(row.covered_lb if row else 0.0 for row in rows),
        "covered_price_cents_per_lb": tuple((row and row.covered_price_cents_per_lb) or 0.0 for row in rows),
    }
    usual = given.get("basis_cents_per_lb", 0.0)
    if any(row and row.basis_cents_per_lb is not None for row in rows):
        given["basis_cents_per_lb"] = tuple(
            usual if row is None or row.basis_cents_per_lb is None else row.basis_cents_per_lb for row in rows
        )
    bounds = [(row.minimum_cover_ratio, row.maximum_cover_ratio) if row else (None, None) for row in rows]
    if any(bound is not None for pair in bounds for bound in pair):
        given["rules"] = [
            (place + 1, least or 0.0, 1.0 if most is None else most) for place, (least, most) in enumerate(bounds)
        ]
    later = tuple(f"{row.month:%Y-%m}" for place, row in ahead.items() if place >= MOST_MONTHS)
    return CoverPolicy.from_mapping(given), later


def example(as_of_date: date, price_cents_per_lb: float) -> str:
    """A table to edit: 1,000,000 lb a month for 12 months, a first month partly covered at `price_cents_per_lb`."""
    month, lines = sessions.ahead(as_of_date, 1).replace(day=1), []
    least = {rule.through_months: rule.minimum_ratio for rule in LADDER}
    for place, most in enumerate(month_caps(LADDER, MOST_MONTHS)):
        covered = ("300000", f"{price_cents_per_lb:.2f}") if place == 0 else ("0", "")
        bound = f"{least[place + 1]:.3g}" if least.get(place + 1) else ""
        lines.append(",".join((f"{month:%Y-%m}", "1000000", *covered, bound, f"{most:g}", "")))
        month = _after(month)
    return NOTES + "\n".join((",".join(COLUMNS), *lines)) + "\n"


def _csv_lines(name: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each line is and its cells by column, blank ones left out."""
    kept = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    rows = csv.reader([line for _, line in kept], skipinitialspace=True)
    header = [cell.strip() for cell in next(rows, [])]
    missing, unknown = {"month", "need_lb"} - set(header), sorted(set(header) - set(COLUMNS))
    if missing or unknown or len(set(header)) < len(header):
        raise ConfigError(
            f"{name}, first line: found columns {header}, expected month and need_lb, and any of {COLUMNS[2:]}, once "
            "each, with commas between"
        )
    for (number, _), row in zip(kept[1:], rows, strict=True):
        where = f"{name}, line {number}"
        if len(row) != len(header):
            raise ConfigError(f"{where}: found {len(row)} cells, expected {len(header)}: write 1000000, not 1,000,000")
        yield where, {column: cell.strip() for column, cell in zip(header, row, strict=True) if cell.strip()}


def _month_need(where: str, cells: Mapping[str, Any]) -> MonthNeed:
    """One line, checked."""
    for name in ("month", "need_lb"):
        if name not in cells:
            raise ConfigError(f"{where}: found no {name}, expected one on each line")
    try:
        month = date.fromisoformat(f"{cells['month']}-01")
    except ValueError:
        raise ConfigError(f"{where}: found month {cells['month']!r}, expected a month as 2026-01") from None
    row = MonthNeed(month, **{name: _number(where, name, cells[name]) for name in RANGES if name in cells})
    if row.covered_lb > row.need_lb:
        raise ConfigError(
            f"{where}: found covered_lb {row.covered_lb:,.0f}, expected at most need_lb {row.need_lb:,.0f}: "
            "move the surplus to a later month"
        )
    if row.covered_lb and row.covered_price_cents_per_lb is None:
        raise ConfigError(
            f"{where}: found {row.covered_lb:,.0f} lb covered without a price, expected covered_price_cents_per_lb: "
            "what they cost is part of the bill"
        )
    return row


def _number(where: str, name: str, cell: object) -> float:
    low, high = RANGES[name]
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(cell, bool) or not low <= value <= high:
        raise ConfigError(f"{where}: found {name} {cell!r}, expected a number from {low:,g} to {high:,g}")
    return value


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _distance(first: date, month: date) -> int:
    return 12 * (month.year - first.year) + month.month - first.month
