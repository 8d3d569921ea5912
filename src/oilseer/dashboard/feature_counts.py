"""How many features there are by family and by bucket of the Big 8, and how many have no value, and why."""

from collections import Counter
from collections.abc import Callable


def counts(rows: list[dict], key: str) -> list[tuple[str, int, int, int]]:
    """Name, features, those that never had a value, and those without one at the last session, in the rows' order.

    rows  as `feature_answers.everything` gives them
    key   family or bucket
    """
    every = Counter(row[key] for row in rows)
    never = _count(rows, key, lambda row: row["available_from"] is None)
    today = _count(rows, key, lambda row: row["missing_because"] is not None)
    return [(name, every[name], never[name], today[name]) for name in every]


def reasons(rows: list[dict]) -> list[tuple[str, list[str]]]:
    """Why features have no value at the last session, and which; the most frequent reason first."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["missing_because"]:
            found.setdefault(row["missing_because"], []).append(row["name"])
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _count(rows: list[dict], key: str, chosen: Callable[[dict], bool]) -> Counter:
    return Counter(row[key] for row in rows if chosen(row))
