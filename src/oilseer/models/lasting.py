"""Models that are fitted now and then: what they offer, and what they see of a longer window."""

from datetime import datetime
from typing import Protocol

import numpy as np

from oilseer.errors import ModelError
from oilseer.models.base import Fitted, Window


class LastingFit(Fitted, Protocol):
    """A fitted model that forecasts at every origin from its own on, and can be kept as bytes.

    `predict` raises ModelError for a window that ends before the one it was fitted on.
    """

    def dump(self) -> bytes:
        """Everything that a forecast needs: `load` of it forecasts the same bytes."""


class LastingForecaster(Protocol):
    """A model that forecasts with its last fit until it is fitted anew."""

    name: str

    def fit(self, window: Window, seed: int) -> LastingFit:
        """Learn from `window` alone. Raises ModelError with the reason where it cannot."""

    def load(self, kept: bytes) -> LastingFit:
        """The fitted model that `dump` made bytes of. Raises ModelError for other bytes."""


def head(window: Window, sessions: int, cutoff: datetime) -> Window:
    """The first `sessions` rows of a window, as they were seen at `cutoff` of the last of them."""
    part = slice(0, sessions)
    return Window(
        cutoff, window.dates[part], window.session[part], window.settle[part],
        window.returns[part], window.features[part], window.names,
    )  # fmt: skip


def require_later(name: str, fitted: np.datetime64, asked: np.datetime64) -> None:
    """Raise ModelError where a model fitted at `fitted` is asked for an earlier origin: it would know its future."""
    if asked < fitted:
        raise ModelError(f"{name} was fitted at {fitted}, asked at {asked}: fit it there or earlier")
