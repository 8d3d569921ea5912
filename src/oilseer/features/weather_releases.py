"""Weather of each country as series of releases: sums, means, anomalies, heat, drought and growing degrees.

A day's value is the one first published, and a window holds the days that were public when its last day was; later
corrections change nothing. The climatology of a day is made of the same season in earlier years only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oilseer.reference.weather_locations import locations

OFFSETS = (-7, 0, 7)  # days from the same day of an earlier year: neighbours in between repeat the same rain
CLIMATE_YEARS, LEAST_YEARS = 30, 3
MIN_SHARE = 0.8  # of a window's days that must be known
GDD_BASE_C, HEAT_C, SEASON_DAYS = 10.0, 35.0, 180


@dataclass(frozen=True, eq=False)
class Daily:
    """One place by calendar day without gaps, (d,): values as first published (NaN where none), and when that was."""

    first: int  # day of row 0, days since 1970
    public: np.ndarray  # µs since 1970; the largest integer where the day is unknown
    rain: np.ndarray
    maximum: np.ndarray
    minimum: np.ndarray
    mean: np.ndarray


UNKNOWN = np.iinfo(np.int64).max


def daily(date: np.ndarray, public: np.ndarray, columns: dict[str, np.ndarray]) -> Daily:
    """Rows of one place in any order, (n,) each, made a calendar of days; of several vintages the first stands."""
    order = np.lexsort((public, date))
    date, public = date[order], public[order]
    keep = np.append(True, np.diff(date) > 0)
    day = date[keep] - date[0]
    length = int(day[-1]) + 1

    def spread(values: np.ndarray, empty: float) -> np.ndarray:
        out = np.full(length, empty, dtype=values.dtype)
        out[day] = values[keep]
        return out

    return Daily(
        int(date[0]), spread(public, UNKNOWN), *(spread(columns[name][order], np.nan) for name in
                                                 ("rain", "maximum", "minimum", "mean")),
    )  # fmt: skip


def measures(country: str, days: Daily, since: int) -> dict[str, np.ndarray]:
    """Measures of a country for the days from `since` on (days since 1970); (rows,), NaN: unknown."""
    every = np.arange(len(days.public))
    rows = every[max(since - days.first, 0) :]
    monthly, means = _window(days, days.rain, every, 30), _window(days, days.mean, every, 30, mean=True)
    quarterly = _window(days, days.rain, every, 90)
    past_quarters = _climate(days, quarterly, rows)
    middle = (days.maximum + days.minimum) / 2
    growing = np.maximum(np.where(np.isnan(middle), days.mean, middle) - GDD_BASE_C, 0)
    hot = np.where(np.isnan(days.maximum), np.nan, (days.maximum > HEAT_C).astype(float))
    return {
        "temperature_anomaly_30d_degrees_c": means[rows] - _mean(_climate(days, means, rows)),
        "precipitation_anomaly_30d_mm": monthly[rows] - _mean(_climate(days, monthly, rows)),
        "growing_degree_days": _since_planting(country, days, growing, rows),
        "heat_30d_days": _window(days, hot, rows, 30),
        "drought_90d_flag": _below_fifth(quarterly[rows], past_quarters),
        "spi_90d_ratio": _spi(quarterly[rows], past_quarters),
    }


def releases(rows: dict[str, Daily], since: int) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """(key, date, public, value) of every country and measure, for the days from `since` on that are known."""
    for country, days in rows.items():
        known = np.flatnonzero(days.public < UNKNOWN)
        known = known[known >= since - days.first]
        if not len(known):
            continue
        start = max(since - days.first, 0)
        for name, values in measures(country, days, since).items():
            yield f"weather:{country}.{name}", known + days.first, days.public[known], values[known - start]


def planting(country: str) -> tuple[int, int]:
    """Month and day on which planting begins in a country's largest region."""
    largest = next(location for location in locations().values() if location.country == country)
    return largest.planting_month, largest.planting_day


def _window(days: Daily, values: np.ndarray, rows: np.ndarray, width: int, mean: bool = False) -> np.ndarray:
    """Sum (or mean) of the `width` days that end at each row, of those public when the row's own day was.

    A sum over days of which some are unknown is scaled to the whole width; NaN below MIN_SHARE of them.
    """
    total, count = np.zeros(len(rows)), np.zeros(len(rows))
    for back in range(width):
        place = rows - back
        inside = place >= 0
        value = np.where(inside, values[np.maximum(place, 0)], np.nan)
        known = inside & ~np.isnan(value) & (days.public[np.maximum(place, 0)] <= days.public[rows])
        total += np.where(known, value, 0.0)
        count += known
    enough = (count >= MIN_SHARE * width) & (days.public[rows] < UNKNOWN)
    return np.where(enough, total / np.maximum(count, 1) * (1 if mean else width), np.nan)


def _climate(days: Daily, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The measure at the same time of the year in each earlier year; (years, offsets, rows), NaN where unknown.

    Those windows end 358 days before the row or earlier, and were public when the row's own day was.
    """
    years = min(CLIMATE_YEARS, len(values) // 365 + 1)
    past = np.full((years, len(OFFSETS), len(rows)), np.nan)
    for year in range(1, years + 1):
        for i, offset in enumerate(OFFSETS):
            place = rows - round(365.25 * year) + offset
            inside = place >= 0
            if not inside.any():
                continue
            source = np.maximum(place, 0)
            public = inside & (days.public[source] <= days.public[rows])
            past[year - 1, i] = np.where(public, values[source], np.nan)
    return past


def _years(past: np.ndarray) -> np.ndarray:
    """Number of earlier years with any value; (rows,)."""
    return (~np.isnan(past)).any(axis=1).sum(axis=0)


def _mean(past: np.ndarray) -> np.ndarray:
    """Mean over earlier years; (rows,), NaN below LEAST_YEARS of them."""
    count = (~np.isnan(past)).sum(axis=(0, 1))
    total = np.where(np.isnan(past), 0.0, past).sum(axis=(0, 1))
    return np.where(_years(past) >= LEAST_YEARS, total / np.maximum(count, 1), np.nan)


def _below_fifth(now: np.ndarray, past: np.ndarray) -> np.ndarray:
    """1 where less rain fell than in the driest fifth of earlier years, else 0; NaN where unknown."""
    count = (~np.isnan(past)).sum(axis=(0, 1))
    lower = (past < now).sum(axis=(0, 1))
    known = (_years(past) >= LEAST_YEARS) & ~np.isnan(now)
    return np.where(known, (lower < 0.2 * count).astype(float), np.nan)


def _spi(now: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Standardized precipitation: the cube root of the sum against that of earlier years, ±3 at the most.

    Cube roots of gamma variables are close to normal (Wilson & Hilferty 1931), so no gamma law is fitted to few years.
    """
    roots = np.cbrt(past)
    count = (~np.isnan(roots)).sum(axis=(0, 1))
    kept = np.where(np.isnan(roots), 0.0, roots)
    mean = kept.sum(axis=(0, 1)) / np.maximum(count, 1)
    squares = np.where(np.isnan(roots), 0.0, (roots - mean) ** 2).sum(axis=(0, 1))
    spread = np.sqrt(squares / np.maximum(count - 1, 1))
    known = (_years(past) >= LEAST_YEARS) & (spread > 0)
    return np.clip(np.where(known, (np.cbrt(now) - mean) / np.where(spread > 0, spread, 1), np.nan), -3, 3)


def _since_planting(country: str, days: Daily, growing: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Growing degree days since the last planting date, for SEASON_DAYS at the most; then the season's sum stands.

    Unknown days count as the season's mean so far; NaN where planting lies before the first day, or most are unknown.
    """
    month, day = planting(country)
    dates = np.datetime64("1970-01-01") + (days.first + rows)
    this_year = dates.astype("datetime64[Y]")
    planted = (this_year.astype("datetime64[M]") + (month - 1)).astype("datetime64[D]") + (day - 1)
    before = ((this_year - 1).astype("datetime64[M]") + (month - 1)).astype("datetime64[D]") + (day - 1)
    begun = np.where(dates >= planted, planted, before)
    first = (begun - np.datetime64("1970-01-01")).astype(int) - days.first
    out = np.full(len(rows), np.nan)
    for row, start in zip(range(len(rows)), first.tolist(), strict=True):
        if start < 0 or days.public[rows[row]] == UNKNOWN:
            continue
        stop = min(int(rows[row]) + 1, start + SEASON_DAYS)
        seen = ~np.isnan(growing[start:stop]) & (days.public[start:stop] <= days.public[rows[row]])
        if seen.sum() >= MIN_SHARE * (stop - start):
            out[row] = growing[start:stop][seen].sum() / seen.sum() * (stop - start)
    return out
