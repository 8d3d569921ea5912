"""What one column of the matrix has been: latest value and age, statistics, and how much of each year is empty."""

import numpy as np

LEVELS = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
PARTS = 144  # stretches of a chart: two to a character of a terminal


def latest(dates: np.ndarray, values: np.ndarray) -> dict:
    """The newest value, its session, and its age: since the session at which it came to be what it is.

    A weekly or monthly value is carried from its release, so its age counts from there. All None without a value.

    dates   (n,)  sessions in order, datetime64[D]
    values  (n,)  NaN where unknown
    """
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        return dict.fromkeys(("value", "value_date", "age_sessions", "age_days"))
    last = known[-1]
    other = known[values[known] != values[last]]
    first = known[np.searchsorted(known, other[-1], side="right")] if other.size else known[0]
    return {
        "value": float(values[last]),
        "value_date": str(dates[last]),
        "age_sessions": int(len(dates) - 1 - first),
        "age_days": int((dates[-1] - dates[first]).astype(int)),
    }


def statistics(values: np.ndarray) -> dict | None:
    """Count, mean, standard deviation (n − 1), extremes and quantiles of the known values; None without one.

    values  (n,)  NaN where unknown
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    quantiles = np.quantile(known, list(LEVELS.values()))
    return {
        "known": int(known.size),
        "mean": float(known.mean()),
        "standard_deviation": float(known.std(ddof=1)) if known.size > 1 else None,
        "min": float(known.min()),
        **{name: float(value) for name, value in zip(LEVELS, quantiles, strict=True)},
        "max": float(known.max()),
    }


def null_by_year(dates: np.ndarray, values: np.ndarray) -> dict[int, float]:
    """Share of each year's sessions without a value, from the year of the first value on; empty without one.

    dates   (n,)  sessions in order, datetime64[D]
    values  (n,)  NaN where unknown
    """
    missing = np.isnan(values)
    if missing.all():
        return {}
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    start = np.argmin(missing)
    found, place = np.unique(years[start:], return_inverse=True)
    shares = np.bincount(place, missing[start:]) / np.bincount(place)
    return {int(year): float(share) for year, share in zip(found, shares, strict=True)}


def chart(dates: np.ndarray, values: np.ndarray) -> dict | None:
    """First, least, greatest and last value of each of PARTS equal stretches since the first value; None without one.

    A stretch without a value is None. Charts draw stretches, not points, so that no spike is lost however narrow
    they are.

    dates   (n,)  sessions in order, datetime64[D]
    values  (n,)  NaN where unknown
    """
    missing = np.isnan(values)
    if missing.all():
        return None
    start = int(np.argmin(missing))
    parts = []
    for part in np.array_split(values[start:], min(PARTS, len(values) - start)):
        known = part[~np.isnan(part)]
        parts.append([float(x) for x in (known[0], known.min(), known.max(), known[-1])] if known.size else None)
    return {"from": str(dates[start]), "to": str(dates[-1]), "parts": parts}
