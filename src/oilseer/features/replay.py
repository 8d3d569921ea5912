"""Measures over several dates of a released series, made release by release from the vintages public at each.

A measure follows the news: whenever a value appears or is revised, it is made anew for the newest date known then.
So a revision of an old date reaches the measure when it is published, and never before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Made = Callable[..., float]  # dates (k,) days since 1970, values (k,) of each input, NaN where unknown then → a number


@dataclass(frozen=True)
class Measure:
    """A derived series: its key, the keys it is made of, and how; dates are those that all inputs have by then."""

    key: str
    of: tuple[str, ...]
    make: Made


@dataclass(frozen=True, eq=False)
class Releases:
    """Rows of one key in order of publication: date (days since 1970), public (µs since 1970), value; (n,) each."""

    date: np.ndarray
    public: np.ndarray
    value: np.ndarray


def replayed(measure: Measure, released: dict[str, Releases], first: int) -> Iterator[tuple[int, int, float]]:
    """(date, public, value) of `measure` at each instant that changes an input, but for what no cutoff asks for.

    Value is NaN where the measure cannot be made. An input without rows gives nothing.
    first  µs since 1970, the earliest cutoff: of the instants up to it only the last is made
    """
    inputs = [released.get(key) for key in measure.of]
    if any(rows is None for rows in inputs):
        return
    dates = np.unique(np.concatenate([rows.date for rows in inputs]))
    values = np.full((len(inputs), len(dates)), np.nan)
    places = [np.searchsorted(dates, rows.date) for rows in inputs]
    public = np.concatenate([rows.public for rows in inputs])
    column = np.repeat(np.arange(len(inputs)), [len(rows.date) for rows in inputs])
    place, value = np.concatenate(places), np.concatenate([rows.value for rows in inputs])
    order = np.lexsort((place, public))
    public = public[order]
    rows = list(zip(column[order].tolist(), place[order].tolist(), value[order].tolist(), strict=True))
    ends = np.append(np.flatnonzero(np.diff(public)), len(public) - 1)
    followed = np.append(public[ends[1:]], first + 1)  # until when each instant is the last
    newest, start = -1, 0
    for end, until in zip(ends.tolist(), followed.tolist(), strict=True):
        for i, at_date, number in rows[start : end + 1]:
            values[i, at_date] = number
        for _, at_date, _ in rows[start : end + 1]:
            if at_date > newest and not np.isnan(values[:, at_date]).any():
                newest = at_date
        start = end + 1
        if newest >= 0 and until > first:
            yield (
                int(dates[newest]),
                int(public[end]),
                float(measure.make(dates[: newest + 1], *values[:, : newest + 1])),
            )


def at(dates: np.ndarray, values: np.ndarray, day: float, tolerance: int) -> float:
    """The value dated nearest to `day` within `tolerance` days, the earlier of two as near; NaN where there is none."""
    first, last = np.searchsorted(dates, [day - tolerance, day + tolerance + 0.5])
    best, found = np.inf, np.nan
    for i in range(first, last):
        if abs(dates[i] - day) < best and not np.isnan(values[i]):
            best, found = abs(dates[i] - day), float(values[i])
    return found


def change(days: int, tolerance: int) -> Made:
    """Value less that `days` before."""
    return lambda dates, values: values[-1] - at(dates[:-1], values[:-1], dates[-1] - days, tolerance)


def log_change(days: int, tolerance: int) -> Made:
    """Log of the value over that `days` before; NaN where either is not positive."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        before = at(dates[:-1], values[:-1], dates[-1] - days, tolerance)
        return float(np.log(values[-1] / before)) if values[-1] > 0 and before > 0 else np.nan

    return make


def percent_change(days: int, tolerance: int) -> Made:
    """Change in percent of the value `days` before; NaN where that is not positive."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        before = at(dates[:-1], values[:-1], dates[-1] - days, tolerance)
        return 100 * (values[-1] / before - 1) if before > 0 else np.nan

    return make


def rank(days: int, least: int) -> Made:
    """Share of the values of the `days` before that are no higher than the newest; NaN below `least` of them."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        start = np.searchsorted(dates, dates[-1] - days)
        earlier = values[start:-1]
        earlier = earlier[~np.isnan(earlier)]
        return float((earlier <= values[-1]).mean()) if len(earlier) >= least else np.nan

    return make


def zscore(days: int, least: int) -> Made:
    """Value less the mean of those of the `days` before, over their deviation (n − 1); NaN below `least` of them."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        start = np.searchsorted(dates, dates[-1] - days)
        earlier = values[start:-1]
        earlier = earlier[~np.isnan(earlier)]
        spread = earlier.std(ddof=1) if len(earlier) >= max(least, 2) else 0.0
        return float((values[-1] - earlier.mean()) / spread) if spread > 0 else np.nan

    return make


def surprise(count: int, least: int) -> Made:
    """Newest value less the mean of the `count` before, over their deviation: what the trailing trend did not say."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        earlier = values[:-1][~np.isnan(values[:-1])][-count:]
        spread = earlier.std(ddof=1) if len(earlier) >= least else 0.0
        return float((values[-1] - earlier.mean()) / spread) if spread > 0 else np.nan

    return make


def against_season(years: int, least: int, tolerance: int) -> Made:
    """Percent above the mean of the same date in the `years` years before; NaN below `least` of them."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        found = [at(dates, values, dates[-1] - 365.25 * back, tolerance) for back in range(1, years + 1)]
        known = [value for value in found if not np.isnan(value)]
        mean = sum(known) / len(known) if len(known) >= least else np.nan
        return 100 * (values[-1] / mean - 1) if mean > 0 else np.nan

    return make


def weekly_volatility(weeks: int, least: int) -> Made:
    """Deviation of the last `weeks` weekly log changes, times √52; gaps of more than 10 days give no change."""

    def make(dates: np.ndarray, values: np.ndarray) -> float:
        keep = ~np.isnan(values) & (values > 0)
        days, logs = dates[keep][-weeks - 1 :], np.log(values[keep][-weeks - 1 :])
        steps = np.diff(logs)[np.diff(days) <= 10]
        return float(steps.std(ddof=1) * np.sqrt(52)) if len(steps) >= least else np.nan

    return make


def combined(make: Callable[[float, float], float]) -> Made:
    """A function of the newest values of two inputs of one date."""
    return lambda dates, first, second: make(first[-1], second[-1])


def of_combined(combine: Callable[[np.ndarray, np.ndarray], np.ndarray], make: Made) -> Made:
    """A measure over the dates of a combination of two inputs."""
    return lambda dates, first, second: make(dates, combine(first, second))


def ratio(first: Sequence[float], second: Sequence[float]) -> np.ndarray:
    """First over second, elementwise; NaN where the second is not positive."""
    second = np.asarray(second, dtype=float)
    return np.asarray(first) / np.where(second > 0, second, np.nan)
