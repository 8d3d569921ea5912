"""Levels, horizons and the quantile forecast: the one shape in which every model speaks.

Prices are ¢/lb; a forecast holds nine quantiles at up to five horizons (trading sessions).
"""

from dataclasses import dataclass

import numpy as np

from oilseer.errors import ShapeError

LEVELS: tuple[float, ...] = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
MEDIAN = LEVELS.index(0.5)
HORIZONS: dict[str, int] = {"1w": 5, "1m": 21, "3m": 63, "6m": 126, "12m": 252}
HORIZON_LABELS: dict[int, str] = {sessions: label for label, sessions in HORIZONS.items()}
BANDS: dict[float, tuple[float, float]] = {
    0.5: (0.25, 0.75),
    0.8: (0.1, 0.9),
    0.9: (0.05, 0.95),
    0.95: (0.025, 0.975),
}
QUANTILE_COLUMNS: tuple[str, ...] = tuple(f"p{round(level * 1000):03d}" for level in LEVELS)


@dataclass(frozen=True)
class QuantileForecast:
    """Quantiles of one origin: `values` (n_horizons, n_levels) along `horizons` and LEVELS.

    Raises ShapeError for a wrong shape, a non-finite value, quantiles that cross, or a
    distribution with no width (a point dressed up as nine quantiles).
    """

    horizons: tuple[int, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.horizons), len(LEVELS))
        if self.values.shape != expected:
            raise ShapeError(f"forecast has shape {self.values.shape}, expected {expected}")
        if not np.isfinite(self.values).all():
            bad = [h for h, row in zip(self.horizons, self.values, strict=True) if not np.isfinite(row).all()]
            raise ShapeError(f"forecast holds non-finite values at horizons {bad}")
        if (np.diff(self.values, axis=1) < 0).any():
            bad = [h for h, row in zip(self.horizons, self.values, strict=True) if (np.diff(row) < 0).any()]
            raise ShapeError(f"forecast quantiles cross at horizons {bad}")
        width = self.values[:, -1] - self.values[:, 0]
        if (width <= 1e-9 * np.abs(self.values[:, MEDIAN])).any():
            bad = [h for h, w in zip(self.horizons, width, strict=True) if w <= 0 or not w]
            raise ShapeError(
                f"forecast has no width at horizons {bad or list(self.horizons)}: a point is not a forecast"
            )

    def at(self, horizon: int) -> np.ndarray:
        """Quantiles (n_levels,) of one horizon. Raises ShapeError for an unknown horizon."""
        if horizon not in self.horizons:
            raise ShapeError(f"horizon {horizon} is not in this forecast, which has {self.horizons}")
        return self.values[self.horizons.index(horizon)]


def price_at(quantiles: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Price at each probability, from nine price quantiles; (m,) in the unit of `quantiles`.

    Log price is linear in the normal score between levels and continues its outermost slope
    beyond them, so a lognormal forecast is reproduced exactly and tails never stop short.
    """
    from scipy.special import ndtri  # here, so that the brief and the command line start without SciPy

    score, nodes = ndtri(probability), ndtri(np.asarray(LEVELS))
    logs = np.log(quantiles)
    inner = np.interp(score, nodes, logs)
    low = logs[0] + (score - nodes[0]) * (logs[1] - logs[0]) / (nodes[1] - nodes[0])
    high = logs[-1] + (score - nodes[-1]) * (logs[-1] - logs[-2]) / (nodes[-1] - nodes[-2])
    return np.exp(np.where(score < nodes[0], low, np.where(score > nodes[-1], high, inner)))
