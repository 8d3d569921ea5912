"""What a model sees and what it answers: Window in, QuantileForecast out.

A price model forecasts the front price in ¢/lb; a volatility model the annualised standard
deviation (ratio, 0.25 = 25 %) of the 21 daily returns that end `horizon` sessions ahead.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from oilseer.errors import ModelError, ShapeError
from oilseer.quantiles import QuantileForecast

TRADING_DAYS = 252
VOLATILITY_SESSIONS = 21


@dataclass(frozen=True)
class Window:
    """Everything that may be known at `cutoff`; n sessions, the last one is the origin.

    cutoff    17:00 New York of the origin, UTC
    dates     (n,) datetime64[D], increasing
    session   (n,) int, number of the session on the exchange calendar: a missing day leaves a step of 2
    settle    (n,) front price, ¢/lb, unadjusted: what a buyer pays
    returns   (n,) log return of the held contract (roll-adjusted); NaN where unknown, always at [0]
    features  (n, k) along `names`; NaN where unknown

    Raises ShapeError for wrong shapes, unsorted dates, or a price that is not positive and finite.
    """

    cutoff: datetime
    dates: np.ndarray
    session: np.ndarray
    settle: np.ndarray
    returns: np.ndarray
    features: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.settle)
        shapes = (len(self.dates), len(self.session), len(self.returns), len(self.features))
        if set(shapes) != {n} or self.features.shape[1:] != (len(self.names),):
            raise ShapeError(f"window of {n} settles has lengths {shapes}, features {self.features.shape}")
        if n < 2 or not (np.diff(self.session) > 0).all():
            raise ShapeError("window needs two or more sessions in increasing order")
        if not (np.isfinite(self.settle).all() and (self.settle > 0).all()):
            raise ShapeError("window holds a price that is not positive and finite")

    def feature(self, name: str) -> np.ndarray:
        """One feature column (n,). Raises ModelError where the window lacks it."""
        if name not in self.names:
            raise ModelError(f"window has no feature {name!r}; it has {len(self.names)}: rebuild the features")
        return self.features[:, self.names.index(name)]

    def known_returns(self) -> np.ndarray:
        """Roll-adjusted log returns without the unknown ones; (≤ n − 1,)."""
        return self.returns[np.isfinite(self.returns)]

    def select(self, names: Sequence[str]) -> "Window":
        """The same window with only the features `names`, in that order. Raises ModelError."""
        columns = np.column_stack([self.feature(name) for name in names]) if names else np.empty((len(self.settle), 0))
        return Window(self.cutoff, self.dates, self.session, self.settle, self.returns, columns, tuple(names))

    def tail(self, sessions: int) -> "Window":
        """The last `sessions` rows, or all where there are fewer."""
        part = slice(max(0, len(self.settle) - sessions), None)
        return Window(
            self.cutoff, self.dates[part], self.session[part], self.settle[part],
            self.returns[part], self.features[part], self.names,
        )  # fmt: skip

    def digest(self) -> str:
        """Hash of everything a model can see, to know finished work again; hex."""
        digest = hashlib.sha256(self.cutoff.isoformat().encode() + "\n".join(self.names).encode())
        for array in (self.dates.astype("datetime64[D]").astype(np.int64), self.settle, self.returns, self.features):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


class Fitted(Protocol):
    """A fitted model; immutable."""

    def predict(self, window: Window, horizons: Sequence[int]) -> QuantileForecast:
        """Quantiles at each horizon (sessions ahead of the window's last one)."""


class Forecaster(Protocol):
    """A model before fitting; `fit` returns a new object, so nothing is ever "not fitted"."""

    name: str

    def fit(self, window: Window, seed: int) -> Fitted:
        """Learn from `window` alone. Raises ModelError with the reason where it cannot."""


def seed_of(model: str, cutoff: datetime) -> int:
    """Seed from (model, origin), so that order and parallelism change nothing."""
    return int.from_bytes(hashlib.sha256(f"{model}|{cutoff.isoformat()}".encode()).digest()[:4], "big")


def session_pairs(window: Window, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (start, end) of past rows that lie exactly `horizon` sessions apart; two (m,).

    Raises ModelError where the window holds fewer than 30 of them.
    """
    wanted = window.session + horizon
    end = np.searchsorted(window.session, wanted)
    start = np.flatnonzero(end < len(wanted))
    start = start[window.session[end[start]] == wanted[start]]
    if len(start) < 30:
        raise ModelError(f"{len(start)} past changes over {horizon} sessions, 30 needed: the window is too short")
    return start, end[start]


def log_changes(window: Window, horizon: int) -> np.ndarray:
    """Past log changes of the front price over exactly `horizon` sessions; (m,).

    Raises ModelError where the window holds fewer than 30 of them.
    """
    start, end = session_pairs(window, horizon)
    return np.log(window.settle[end] / window.settle[start])


def realized_volatility(returns: np.ndarray, sessions: int = VOLATILITY_SESSIONS) -> np.ndarray:
    """Annualised sample standard deviation of the last `sessions` daily log returns; (n,), ratio.

    Entry t covers returns t − sessions + 1 to t; NaN where one of them is missing or unknown.
    """
    result = np.full(len(returns), np.nan)
    if len(returns) >= sessions:
        spans = np.lib.stride_tricks.sliding_window_view(returns, sessions)
        result[sessions - 1 :] = spans.std(axis=1, ddof=1) * np.sqrt(TRADING_DAYS)
    return result
