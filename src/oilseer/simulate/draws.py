"""Random draws and clock helpers of the simulated market; every draw is a stream of its own.

A stream hangs on (seed, name) alone and runs forward in time, so a later end only adds draws: the
rows up to an earlier end stay the same to the byte.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, time

import numpy as np
from scipy.signal import lfilter

from oilseer.errors import ConfigError
from oilseer.market import sessions

TRADING_DAYS = 252
LAST_END = date(2034, 6, 30)  # the exchange calendar must still hold the expiries of the contracts listed then


@dataclass(frozen=True, eq=False)
class Span:
    """The n simulated sessions: their days, and the number of the first on the exchange calendar."""

    seed: int
    days: np.ndarray
    first: int
    null: bool

    @property
    def n(self) -> int:
        """Number of sessions."""
        return len(self.days)

    def normal(self, name: str, *shape: int) -> np.ndarray:
        """Standard normal draws of stream `name`; (n,) unless `shape` says otherwise, time first."""
        return _stream(self.seed, name).standard_normal(shape or (self.n,))

    def student(self, name: str, freedom: float, n: int | None = None) -> np.ndarray:
        """Student-t draws scaled to variance 1; `freedom` above 2."""
        draws = _stream(self.seed, name).standard_t(freedom, n or self.n)
        return draws * np.sqrt((freedom - 2) / freedom)

    def uniform(self, name: str, *shape: int) -> np.ndarray:
        """Uniform draws on [0, 1)."""
        return _stream(self.seed, name).random(shape or (self.n,))


def span(seed: int, start: date, end: date, null: bool) -> Span:
    """The sessions from `start` to `end`, both included. Raises ConfigError where they are too few or too late."""
    calendar = sessions.sessions()
    first, after = np.searchsorted(calendar, np.array([start, end], dtype="datetime64[D]") + np.array([0, 1]))
    if after - first < 30 or end > LAST_END:
        raise ConfigError(
            f"a simulated market from {start} to {end} has {after - first} sessions; "
            f"at least 30 and an end by {LAST_END} are expected"
        )
    return Span(seed, calendar[first:after], int(first), null)


def _stream(seed: int, name: str) -> np.random.Generator:
    word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, word])))


def ar1(shocks: np.ndarray, persistence: float, start: float = 0.0) -> np.ndarray:
    """y[t] = persistence · y[t-1] + shocks[t] from y[-1] = start; (n,)."""
    return lfilter([1.0], [1.0, -persistence], shocks, zi=np.array([persistence * start]))[0]


def steady(shocks: np.ndarray, persistence: float) -> np.ndarray:
    """A first-order autoregression with variance 1 at every time, from unit-variance shocks; (n,)."""
    scaled = shocks * np.sqrt(1 - persistence**2)
    return ar1(np.concatenate([shocks[:1], scaled[1:]]), persistence)


def before(values: np.ndarray, lag: int) -> np.ndarray:
    """values[t - lag], and the first value where there is none; (n,)."""
    return np.concatenate([np.repeat(values[:1], min(lag, len(values))), values[:-lag]])[: len(values)]


def instants(days: np.ndarray, at: time) -> np.ndarray:
    """UTC instants (datetime64[us]) of New York clock time `at` on `days`; same shape."""
    import pandas as pd

    unique, place = np.unique(np.asarray(days, dtype="datetime64[D]"), return_inverse=True)
    clock = pd.DatetimeIndex(unique.astype("datetime64[ns]")) + pd.Timedelta(hours=at.hour, minutes=at.minute)
    utc = clock.tz_localize(str(sessions.NEW_YORK)).tz_convert("UTC").tz_localize(None)
    return utc.values.astype("datetime64[us]")[place.reshape(-1)]


def day_of_year(days: np.ndarray) -> np.ndarray:
    """Days since 1 January, 0 to 365, as floats."""
    return (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(float)


def month_of(days: np.ndarray) -> np.ndarray:
    """Month, 1 to 12."""
    return days.astype("datetime64[M]").astype(int) % 12 + 1


def weekday(days: np.ndarray) -> np.ndarray:
    """Day of the week, Monday is 0."""
    return (days.astype("datetime64[D]").astype(int) + 3) % 7


def days_of_week(span: Span, day: int) -> np.ndarray:
    """All calendar days of the span that fall on weekday `day`, sessions or not."""
    return np.arange(span.days[0] + (day - weekday(span.days[0])) % 7, span.days[-1] + 1, 7)


def wave(day: np.ndarray, peak: float) -> np.ndarray:
    """A yearly cosine with its top on day-of-year `peak`."""
    return np.cos(2 * np.pi * (day - peak) / 365.25)


def known_at(values: np.ndarray, public: np.ndarray, cutoffs: np.ndarray, missing: float = 0.0) -> np.ndarray:
    """The last of `values` public by each cutoff; `public` increasing; `missing` before the first; (n,)."""
    place = np.searchsorted(public, cutoffs, side="right") - 1
    return np.where(place >= 0, values[np.maximum(place, 0)], missing)


def months_of(span: Span) -> tuple[np.ndarray, np.ndarray]:
    """First days of the months of the span, and the place of each month's first session."""
    months, begin = np.unique(span.days.astype("datetime64[M]"), return_index=True)
    return months.astype("datetime64[D]"), begin


def monthly_mean(values: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Mean of each month's sessions."""
    counts = np.diff(np.append(begin, len(values)))
    return np.add.reduceat(values, begin) / counts
