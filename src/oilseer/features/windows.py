"""Windows of the crop year: when soybeans and palm are sown, fill and come in; known ahead by the calendar."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature

# name, first and last month and day, what happens and why it matters.
# Usual dates of USDA (Agricultural Handbook 628), CONAB and the Buenos Aires exchange.
WINDOWS = (
    ("us_planting", (4, 20), (6, 15), "American soybeans are sown", "Late sowing costs yield and sets a premium."),
    ("us_pod_fill", (7, 20), (9, 5), "American pods fill", "August weather makes the American crop."),
    ("us_harvest", (9, 15), (11, 10), "American soybeans come in", "Harvest presses prices and fills mills."),
    ("brazil_planting", (9, 15), (12, 10), "Brazilian soybeans are sown", "Late rains delay the next year's exports."),
    ("brazil_pod_fill", (12, 15), (2, 15), "Brazilian pods fill", "Dry summers cut the largest crop."),
    ("brazil_harvest", (1, 20), (4, 20), "Brazilian soybeans come in", "Brazil's ships displace American exports."),
    ("argentina_harvest", (3, 25), (6, 15), "Argentine soybeans come in", "Argentina exports the most oil."),
    ("palm_peak", (7, 1), (10, 31), "palm oil output is at its peak", "Palm's stocks build and press all oils."),
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    *(
        Feature(
            f"season_{name}_flag", "1 or 0", f"1 from {a:%d %B} to {b:%d %B}: {what}", why,
            reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), source="USDA, CONAB: usual dates",
            bucket="crush", driver_group="PALM_SUBSTITUTION" if name == "palm_peak" else "WEATHER_SUPPLY",
            category="season", reliability=1.0,
        )
        for name, first, last, what, why in WINDOWS
        for a, b in [(np.datetime64(f"2001-{first[0]:02d}-{first[1]:02d}").item(),
                      np.datetime64(f"2001-{last[0]:02d}-{last[1]:02d}").item())]
    ),
    Feature(
        "season_weekday_number", "1 Monday to 5 Friday", "weekday of the session",
        "Reports come on fixed weekdays, and weekends bring weather.",
        reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), source="calendar", bucket="volatility",
        driver_group="TECHNICAL_REGIME", category="season", reliability=1.0,
    ),
)  # fmt: skip
LOOKBACK = 0


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the sessions' dates."""
    days = known["as_of_date"].astype(np.int64)
    found = {f"season_{name}_flag": within(days, first, last) for name, first, last, *_ in WINDOWS}
    return found | {"season_weekday_number": ((days + 3) % 7 + 1).astype(float)}  # 1970-01-01 was a Thursday


def within(days: np.ndarray, first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
    """1 where a day (since 1970-01-01) lies from `first` to `last` (month, day; over New Year too), else 0; (n,)."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    place = (months.astype(int) % 12 + 1) * 100 + (dates - months.astype("datetime64[D]")).astype(int) + 1
    low, high = first[0] * 100 + first[1], last[0] * 100 + last[1]
    inside = (place >= low) & (place <= high) if low <= high else (place >= low) | (place <= high)
    return inside.astype(float)
