"""The settings that may be changed on a page: their names, units and forms, and what a sent form says.

Each form is a part of the settings. What is typed is read here; whether it may stand is judged by the settings' own
code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from oilseer.decisions.needs import RANGES, needs_of
from oilseer.decisions.policy import CoverPolicy
from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.web.settings_file import Place

NUMBER_CHARACTERS = 40
FEWEST_MONTHS, MOST_MONTHS, RULES = 12, 24, 6
COVER = "cover"
NEEDS = ("need_lb", "covered_lb", "covered_price_cents_per_lb")
RULE_PARTS = ("through", "minimum", "maximum")


@dataclass(frozen=True)
class Field:
    """A number. `place` in the file; blank takes it out of the file, and the default holds.

    months  whether one value a month may be given, with commas between
    """

    place: Place
    title: str
    unit: str
    note: str
    low: float
    high: float
    whole: bool = False
    months: bool = False

    @property
    def name(self) -> str:
        """Of the input, and last part of its place."""
        return self.place[-1]


def _cover(name: str, title: str, unit: str, note: str, low: float, high: float, **others: bool) -> Field:
    return Field((COVER, name), title, unit, note, low, high, **others)


def _whole(name: str, title: str, unit: str, note: str, low: int, high: int) -> Field:
    return Field((name,), title, unit, note, low, high, whole=True)


_PRICES, _BASES = RANGES["covered_price_cents_per_lb"], RANGES["basis_cents_per_lb"]
FIELDS: dict[str, tuple[Field, ...]] = {
    "budget": (
        _cover("budget_cents_per_lb", "Budget price", "¢/lb, basis included", "blank: no budget", *_PRICES),
        _cover("basis_cents_per_lb", "Basis: your price over the board", "¢/lb", "or one a month, with commas",
               *_BASES, months=True),
        _cover("storage_cents_per_lb_month", "Storage", "¢/lb a month", "of a pound bought today", 0, 10),
        _cover("carry_rate", "Interest", "ratio a year, 0.05 = 5 %", "on a pound bought today", 0, 1),
    ),
    "thresholds": (
        _cover("risk_weight", "Weight of the tail, λ", "ratio", "expected cost given up to cut the dearest 5 %", 0, 10),
        _cover("buy_step_ratio", "BUY, not LADDER, from", "ratio of the need, 0.1 = 10 %", "bought at once", 0.0001, 1),
        _cover("review_sessions", "Decide again after", "trading sessions", "or when a tripwire is crossed", 1, 252,
               whole=True),
        _cover("lot_lb", "Lot", "lb", "one contract is 60,000", 1, 1e9),
    ),
    "scoring": (
        _whole("first_scored_year", "First scored year", "year", "what scores and intervals begin with", 1975, 2100),
        _whole("warm_up_years", "Warm-up", "years", "before it, in which all models speak unscored", 0, 30),
        _whole("early_evidence_years", "Early evidence", "years", "before it, in which cheap models speak", 0, 60),
        _whole("jobs", "Processes", "at once", "of the walk-forward", 1, 256),
    ),
}  # fmt: skip
Part = Literal["needs", "budget", "thresholds", "alerts", "scoring"]


class FormError(Exception):
    """What is wrong in a sent form, by input."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def default(field: Field) -> Any:
    """What holds where the file and the environment say nothing."""
    if field.place[0] == COVER:
        return CoverPolicy.__dataclass_fields__[field.name].default
    return Settings.model_fields[field.name].default


def is_given(place: Place, environment: Mapping[str, Any]) -> bool:
    """Whether the environment gives this setting, before which the file has no say."""
    top = environment.get(place[0])
    return place[-1] in top if len(place) > 1 and isinstance(top, Mapping) else top is not None


def edits_of(part: str, form: Mapping[str, str], first: date, environment: Mapping[str, Any]) -> dict[Place, Any]:
    """What a sent form says, by place in the file. Raises FormError for what cannot be read.

    first  the first of month 1
    """
    if part == "needs":
        found = _needs(form, first)
    elif part == "alerts":
        lines = [line.strip() for line in form.get("alert_recipients", "").splitlines()]
        found = {("alert_recipients",): [line for line in lines if line] or None}
    else:
        faults: dict[str, str] = {}
        found = {}
        for field in FIELDS[part]:
            try:
                found[field.place] = _value(field, form.get(field.name, ""))
            except ConfigError as error:
                faults[field.name] = str(error)
        if part == "thresholds":
            found[COVER, "rules"] = _rules(form, faults)
        if faults:
            raise FormError(faults)
    return {place: value for place, value in found.items() if not is_given(place, environment)}


def _value(field: Field, typed: str) -> Any:
    """A number, a list of numbers, or None for a blank."""
    if not typed.strip():
        return None
    parts = typed.split(",") if field.months else [typed]
    values = [_number(field.title, part, field.low, field.high, field.whole) for part in parts[:MOST_MONTHS]]
    return values if len(values) > 1 else values[0]


def _number(title: str, typed: str, low: float, high: float, whole: bool = False) -> int | float:
    """A number in range. Raises ConfigError with found and expected."""
    text = typed.strip()
    try:
        value = float(text) if text.isascii() and "_" not in text and len(text) <= NUMBER_CHARACTERS else None
    except ValueError:
        value = None
    if value is None or not low <= value <= high or (whole and value != int(value)):
        kind = "whole number" if whole else "number"
        raise ConfigError(
            f"{title}: found {text[:NUMBER_CHARACTERS]!r}, expected a {kind} from {low:,.12g} to {high:,.12g}"
        )
    return int(value) if value == int(value) else value


def _needs(form: Mapping[str, str], first: date) -> dict[Place, Any]:
    """Pounds by month and what is covered, judged as a buyer's own table is; the defaults where all is blank."""
    rows: list[dict[str, str]] = []
    last = max((place for place in range(MOST_MONTHS) for name in NEEDS if form.get(f"{name}_{place}", "").strip()),
               default=-1)  # fmt: skip
    for place in range(last + 1):
        cells = {name: form.get(f"{name}_{place}", "").strip() for name in NEEDS}
        kept = {name: cell for name, cell in cells.items() if cell}
        rows.append({"month": month_at(first, place)} | ({"need_lb": "0"} | kept))
    if not rows:
        return {(COVER, name): None for name in NEEDS}
    try:
        months = needs_of("needs", {"months": rows}).months
    except ConfigError as error:
        raise FormError({"needs": str(error)}) from error
    covered = [_short(row.covered_lb) for row in months]
    prices = [_short(row.covered_price_cents_per_lb or 0.0) for row in months]
    return {
        (COVER, "need_lb"): [_short(row.need_lb) for row in months],
        (COVER, "covered_lb"): covered if any(covered) else None,
        (COVER, "covered_price_cents_per_lb"): prices if any(covered) else None,
    }


def month_at(first: date, place: int) -> str:
    """Month number `place` from 0 on: 2026-01."""
    months = first.year * 12 + first.month - 1 + place
    return f"{months // 12}-{months % 12 + 1:02}"


def _rules(form: Mapping[str, str], faults: dict[str, str]) -> list[list[int | float]] | None:
    """Bounds on cover by distance; None, the defaults, where all is blank."""
    rules = []
    for place in range(RULES):
        typed = [form.get(f"rule_{part}_{place}", "").strip() for part in RULE_PARTS]
        if not any(typed):
            continue
        try:
            rules.append([_number(f"Bound {place + 1}, through month", typed[0], 1, MOST_MONTHS, whole=True),
                          _number(f"Bound {place + 1}, least cover", typed[1] or "0", 0, 1),
                          _number(f"Bound {place + 1}, most cover", typed[2] or "1", 0, 1)])  # fmt: skip
        except ConfigError as error:
            faults[f"rule_{place}"] = str(error)
    return rules or None


def _short(value: float) -> int | float:
    """Whole numbers without a point."""
    return int(value) if value == int(value) else value
