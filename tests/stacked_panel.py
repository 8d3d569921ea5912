"""A panel of simulated forecasts whose faults are known, for tests of what learns from forecasts."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from oilseer.market import sessions
from oilseer.quantiles import HORIZONS, LEVELS
from oilseer.training.history import History
from oilseer.training.panel import Panel
from oilseer.training.specs import WALK_FORWARD

MODELS = ("B1", "GARCH-empirical-carry", "Drivers-ridge", "Drivers-trees", "AutoARIMA", "Naive")
DEVIATION = 0.07  # of the log change that the forecasts promise
START = date(1990, 1, 2)


def simulated_panel(
    n: int = 160, horizon: int = 21, seed: int = 0, wide: float = 1.0
) -> tuple[Panel, dict[str, np.ndarray]]:
    """Origins every 21 sessions of a random walk, and the regime's features (n,) by name.

    wide  how many times as far as promised outcomes lie where the volatility z-score is above 1 (every third origin)
    """
    rng = np.random.default_rng(seed)
    session = int(sessions.number(START)[0]) + 21 * np.arange(n)
    zscore = np.where(rng.random(n) < 1 / 3, 2.0, 0.0) + 0.1 * rng.standard_normal(n)
    moves = DEVIATION * rng.standard_normal(n) * np.where(zscore > 1, wide, 1.0)
    spot = 50 * np.exp(np.concatenate([[0.0], np.cumsum(moves)[:-1]]))
    reach = horizon // 21
    ends = np.arange(n) + reach
    outcome = np.where(ends < n, spot[np.minimum(ends, n - 1)], np.nan)
    middle = np.log(spot)[:, None] + 0.01 * rng.standard_normal((n, len(MODELS)))
    quantiles = np.exp(middle[:, :, None] + DEVIATION * np.sqrt(reach) * norm.ppf(LEVELS))
    origins = tuple(day.astype("datetime64[D]").astype(object) for day in sessions.sessions()[session])
    regimes = {"regime_volatility_zscore_ratio": zscore, "volatility_realized_21_ratio": rng.standard_normal(n)}
    return Panel(horizon, MODELS, origins, session, quantiles, outcome, spot), regimes


def base_rows(history: History, origins: Sequence[date], models: Sequence[str] = MODELS) -> pa.Table:
    """Forecasts of simulated members at all horizons, 1.5 % a session wide, as the walk-forward stores them."""
    rng = np.random.default_rng(4)
    parts = []
    for origin in origins:
        spot = history.settle[history.place(origin)]
        for model in models:
            shift = 0.01 * rng.standard_normal()
            for horizon in HORIZONS.values():
                values = spot * np.exp(shift + 0.015 * np.sqrt(horizon) * norm.ppf(LEVELS))
                parts += [
                    (model, "price", origin, horizon, level, value, "done", "run")
                    for level, value in zip(LEVELS, values, strict=True)
                ]
    return pa.table(dict(zip(WALK_FORWARD.column_names, zip(*parts, strict=True), strict=True)))
