"""The coming events in words: single ones by day, the weekly reports in a line each, and what has no day yet."""

from datetime import date

from oilseer.dashboard.words import MONTHS, day

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def single(events: dict) -> list[tuple[str, str]]:
    """Day and words of every event that does not come weekly."""
    found = [(short_day(row["date"]), words(row)) for row in events["rows"] if row["often"] != "weekly"]
    return found or [("", f"No report, meeting or deadline that comes less than weekly to {day(events['to'])}")]


def weekly(events: dict) -> list[tuple[str, str]]:
    """Name and days of the weekly reports; a day out of turn is marked by its weekday."""
    days: dict[str, list[str]] = {}
    for row in events["rows"]:
        if row["often"] == "weekly":
            there = date.fromisoformat(row["date"])
            out_of_turn = f" ({WEEKDAYS[there.weekday()]})" if row["moved"] else ""
            days.setdefault(row["name"], []).append(f"{there.day} {MONTHS[there.month - 1]}{out_of_turn}")
    return [(name, _shared_month(found)) for name, found in days.items()]


def undated(events: dict) -> list[str]:
    """Announced series whose next days are not known."""
    return [
        f"{row['name']}: no day known after {day(row['known_to'])}"
        if row["known_to"]
        else f"{row['name']}: no day known"
        for row in events["without_a_date"]
    ]


def words(row: dict) -> str:
    """Supply and demand (WASDE), 12:00."""
    of = date.fromisoformat(row["describes"]) if row["describes"] else None
    about = f" of {MONTHS[of.month - 1]} {of.year}" if of else f": {row['detail']}" if row["detail"] else ""
    mark = ", a deadline that is often missed" if row["kind"] == "deadline" else ""
    return f"{row['name']}{about}{', ' + row['time_new_york'] if row['time_new_york'] else ''}{mark}"


def _shared_month(days: list[str]) -> str:
    """3, 10 and 17 Jul: a month's name once, after its last day."""
    shown = []
    for place, text in enumerate(days):
        number_of_day, month, *rest = text.split(" ", 2)
        last = place + 1 == len(days) or days[place + 1].split(" ", 2)[1] != month
        shown.append(" ".join([number_of_day, *([month] if last else []), *rest]))
    return ", ".join(shown)


def short_day(value: str) -> str:
    """Fri 11 Jul."""
    there = date.fromisoformat(value)
    return f"{WEEKDAYS[there.weekday()]} {there.day} {MONTHS[there.month - 1]}"
