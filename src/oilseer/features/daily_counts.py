"""Counts and leaning of news as series of releases: one value a day, over the 7 and 30 days that end at it.

A day ends at 21:00 UTC, which is 17:00 New York at the latest. Days are made while an item of the last 30 days is
known, so a silent feed gives zeros for a month, and then nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

DAY_US, END_US = 86_400_000_000, 21 * 3_600_000_000
WEEK, MONTH = 7, 30
DECAY = 0.9  # of an item's weight a day


@dataclass(frozen=True, eq=False)
class Items:
    """News items, (n,): when public (µs since 1970), direction −1 to 1 (NaN where none), and trust 0 to 1."""

    public: np.ndarray
    direction: np.ndarray
    trust: np.ndarray


def counted(group: str, items: Items) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """(key, date, public, value) of the counts and of the leaning of one group of items, one row a day.

    count_7  items; ratio  items a day of the week over those of the month
    net_7, net_30      mean direction weighted by trust and 0.9 a day of age; NaN where no item has a direction
    """
    if not len(items.public):
        return
    own = (items.public - END_US + DAY_US - 1) // DAY_US  # the first day that ends at or after its publication
    days = np.unique((own[:, None] + np.arange(MONTH)).ravel())
    first, length = int(days[0]), int(days[-1] - days[0]) + 1
    shape = np.zeros(length + MONTH)
    count, weight, leaning = shape.copy(), shape.copy(), shape.copy()
    pointed = ~np.isnan(items.direction)
    np.add.at(count, own - first, 1.0)
    order = np.argsort(items.public, kind="stable")
    pointed_order = order[pointed[order]]
    np.add.at(weight, own[pointed_order] - first, items.trust[pointed_order])
    np.add.at(leaning, own[pointed_order] - first, (items.trust * items.direction)[pointed_order])
    rows = days - first
    week, month = _trailing(count, rows, WEEK, 1.0), _trailing(count, rows, MONTH, 1.0)
    values = {"count_7": week, "ratio": (week / WEEK) / (month / MONTH)}
    for name, width in (("net_7", WEEK), ("net_30", MONTH)):
        total = _trailing(weight, rows, width, DECAY)
        leant = _trailing(leaning, rows, width, DECAY)
        values[name] = np.where(total > 0, leant / np.where(total > 0, total, 1), np.nan)
    for name, column in values.items():
        yield f"news:{group}.{name}", days, days * DAY_US + END_US, column


def _trailing(values: np.ndarray, rows: np.ndarray, width: int, decay: float) -> np.ndarray:
    """Sum over the `width` days that end at each row, older ones times `decay` a day."""
    total = np.zeros(len(rows))
    for back in range(width):
        place = rows - back
        total += np.where(place >= 0, values[np.maximum(place, 0)], 0.0) * decay**back
    return total
