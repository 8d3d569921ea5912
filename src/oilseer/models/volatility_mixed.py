"""Realized volatility from the log-linear variance model and from the average of GARCH, HAR and it.

Nine quantiles (ratio, annualised) as in `volatility`: the forecast at the last origin times the quantiles of its past
relative errors at the same horizon.
"""

from functools import partial

import numpy as np

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import VOLATILITY_SESSIONS, Window, realized_volatility
from oilseer.models.local import Answer, LocalModel
from oilseer.models.variance_ahead import learn
from oilseer.models.volatility import MIN_ERRORS, SESSIONS, expected_variance
from oilseer.quantiles import LEVELS

MODELS = {"Log-linear-RV": "Log-linear", "Average-RV": "Average"}


def _learn(variance_model: str, window: Window, seed: int) -> Answer:
    """Squared returns already known and the variance to come; errors of the last ten years, as in `volatility`."""
    ahead = learn(variance_model, window)
    rows = np.flatnonzero(np.isfinite(window.returns))[-SESSIONS:]
    returns = window.returns[rows]
    realized = realized_volatility(returns)
    if (realized == 0).any():
        raise ModelError(f"price stood still for {VOLATILITY_SESSIONS} sessions: realized volatility has no logarithm")

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        return np.stack([_quantiles(h) for h in horizons])

    def _quantiles(horizon: int) -> np.ndarray:
        first = max(horizon - VOLATILITY_SESSIONS, 0)
        to_come = ahead(first, horizon)[rows] / (horizon - first)
        forecast = np.sqrt(expected_variance(returns, np.repeat(to_come[:, None], horizon, axis=1), horizon))
        errors = np.log(realized[horizon:] / forecast[:-horizon])
        errors = errors[np.isfinite(errors)]
        if len(errors) < MIN_ERRORS:
            raise ModelError(f"{len(errors)} past errors over {horizon} sessions, {MIN_ERRORS} needed")
        return forecast[-1] * np.exp(np.quantile(errors, LEVELS))

    return answer


def make(name: str) -> LocalModel:
    """The volatility model called `name`. Raises ConfigError for an unknown one."""
    if name not in MODELS:
        raise ConfigError(f"no mixed volatility model {name!r}; there are {', '.join(MODELS)}")
    return LocalModel(name, partial(_learn, MODELS[name]))
