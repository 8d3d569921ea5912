"""Windows of the crop year: when soybeans fill and come in; known ahead by the calendar."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from oilseer.features.feature import Feature

# name, first and last month and day, what happens and why it matters.
# Usual dates of USDA (Agricultural Handbook 628), CONAB and the Buenos Aires exchange.
WINDOWS = (
    ("us_pod_fill", (7, 20), (9, 5), "American pods fill", "August weather makes the American crop."),
    ("us_harvest", (9, 15), (11, 10), "American soybeans come in", "Harvest presses prices and fills mills."),
    ("brazil_harvest", (1, 20), (4, 20), "Brazilian soybeans come in", "Brazil's ships displace American exports."),
    ("argentina_harvest", (3, 25), (6, 15), "Argentine soybeans come in", "Argentina exports the most oil."),
)  # fmt: skip

FEATURES: tuple[Feature, ...] = tuple(
    Feature(
        f"season_{name}_flag", "1 or 0", f"1 from {a:%d %B} to {b:%d %B}: {what}", why,
        reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), source="USDA, CONAB: usual dates",
        bucket="crush", driver_group="WEATHER_SUPPLY", category="season", reliability=1.0,
    )
    for name, first, last, what, why in WINDOWS
    for a, b in [(date(2001, *first), date(2001, *last))]
)  # fmt: skip
LOOKBACK = 0


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the sessions' dates."""
    days = known["as_of_date"].astype(np.int64)
    return {f"season_{name}_flag": within(days, first, last) for name, first, last, *_ in WINDOWS}


def within(days: np.ndarray, first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
    """1 where a day (since 1970-01-01) lies from `first` to `last` (month, day; over New Year too), else 0; (n,)."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    place = (months.astype(int) % 12 + 1) * 100 + (dates - months.astype("datetime64[D]")).astype(int) + 1
    low, high = first[0] * 100 + first[1], last[0] * 100 + last[1]
    inside = (place >= low) & (place <= high) if low <= high else (place >= low) | (place <= high)
    return inside.astype(float)
