"""Numbers, dates and horizons as a buyer reads them: true minus signs, units apart, days by name."""

import math
from datetime import date

HORIZON_WORDS = {"1w": "1 week", "1m": "1 month", "3m": "3 months", "6m": "6 months", "12m": "12 months"}
POLICY_WORDS = {
    "plan": "this plan",
    "ladder": "ladder by rule of thumb",
    "full_cover": "full cover at once",
    "trend": "ratable, sooner in a rise",
    "forecast_tilt": "ratable, moved by the forecast",
    "spot": "nothing bought ahead",
    "ratable": "ratable buying (the reference)",
    "foresight": "perfect foresight (the ceiling)",
}
NOTHING = "–"
SIMULATED_MARK = "SIMULATED: a made-up market for trying Oilseer; no number here is a real price"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number(value: float | None, digits: int = 2, signed: bool = False) -> str:
    """A number with thousands separated, or a dash where there is none."""
    if value is None:
        return NOTHING
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if not text.strip("+-0.,"):  # no negative or positive zero
        text = text.lstrip("+-")
    return text.replace("-", "−")


def percent(ratio: float | None, digits: int = 1, signed: bool = False) -> str:
    """A ratio in percent: 0.017 is 1.7 %."""
    return NOTHING if ratio is None else f"{number(100 * ratio, digits, signed)} %"


def dollars(value: float | None, signed: bool = False) -> str:
    """Whole dollars, sign before the mark: −$1,200."""
    if value is None:
        return NOTHING
    sign = "−" if value <= -0.5 else "+" if signed and value >= 0.5 else ""
    return f"{sign}${abs(value):,.0f}"


def pounds(value: float | None) -> str:
    """Whole pounds."""
    return NOTHING if value is None else f"{number(value, 0)} lb"


def day(value: str | date | None) -> str:
    """8 Jul 2025, whatever the machine's language."""
    if value is None:
        return NOTHING
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def horizon(label: str) -> str:
    """1 month for 1m."""
    return HORIZON_WORDS.get(label, label)


def policy(name: str) -> str:
    """What a replayed policy does."""
    return POLICY_WORDS.get(name, name)


def counted(count: int, what: str) -> str:
    """1 day, 12 days."""
    return f"{number(count, 0)} {what}{'' if count == 1 else 's'}"


def listed(items: list[str]) -> str:
    """a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else NOTHING


def short(value: float | None) -> str:
    """A number of any size in four significant digits, no zeros at its end, thousands separated, or a dash."""
    if value is None:
        return NOTHING
    if abs(value) >= 1000:
        return number(value, 0)
    digits = 3 if value == 0 else max(3 - math.floor(math.log10(abs(value))), 0)
    if digits > 9:
        return f"{value:.2e}".replace("-", "−")
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text
