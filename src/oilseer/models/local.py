"""A local model: learned from one window, and answering for that window's origin only.

Most of the zoo is refitted at every origin; such a model is one function `learn(window, seed)`
which returns a function from horizons to quantiles (n_horizons, n_levels).
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from oilseer.errors import ModelError, ShapeError
from oilseer.models.base import Window, log_changes
from oilseer.quantiles import LEVELS, MEDIAN, QuantileForecast

Answer = Callable[[tuple[int, ...]], np.ndarray]
NUMERICAL_FAILURES = (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError)


@contextmanager
def refused_as(name: str, origin: np.datetime64) -> Iterator[None]:
    """Turn a numerical failure or a refused forecast into ModelError with model and origin."""
    try:
        yield
    except (ShapeError, *NUMERICAL_FAILURES) as error:
        raise ModelError(f"{name} at {origin}: {error} ({type(error).__name__}); no forecast is made") from error


@dataclass(frozen=True)
class LocalFit:
    """A model learned at `origin`; `answer` maps horizons to quantiles."""

    name: str
    origin: np.datetime64
    answer: Answer

    def predict(self, window: Window, horizons: Sequence[int]) -> QuantileForecast:
        """Quantiles at each horizon. Raises ModelError at another origin or for refused output."""
        if window.dates[-1] != self.origin:
            raise ModelError(f"{self.name} was fitted at {self.origin}, asked at {window.dates[-1]}: fit it there")
        with refused_as(self.name, self.origin):
            return QuantileForecast(tuple(horizons), self.answer(tuple(horizons)))


@dataclass(frozen=True)
class LocalModel:
    """A forecaster made of one function; see the module's first lines."""

    name: str
    learn: Callable[[Window, int], Answer]

    def fit(self, window: Window, seed: int) -> LocalFit:
        """Learn from `window` alone. Raises ModelError with the reason where it cannot."""
        with refused_as(self.name, window.dates[-1]), warnings.catch_warnings():
            # overflow inside a third-party optimiser's trial steps; what comes out is checked above
            warnings.simplefilter("ignore", RuntimeWarning)
            # statsforecast's ARIMA, when its search ends on lost precision rather than a zero gradient
            warnings.filterwarnings("ignore", "possible convergence problem", UserWarning)
            return LocalFit(self.name, window.dates[-1], self.learn(window, seed))


def empirical_spread(window: Window, horizon: int) -> np.ndarray:
    """Quantiles of all past log changes over `horizon` sessions, shifted to a median of zero; (n_levels,)."""
    offsets = np.quantile(log_changes(window, horizon), LEVELS)
    return offsets - offsets[MEDIAN]
