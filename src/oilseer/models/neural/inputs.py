"""What a network sees of a window, and the forecast that it starts from; arrays over sessions, oldest first.

A network learns how outcomes differ from carry in units of GARCH volatility: what is left then looks alike in
calm and in wild years.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.models.base import TRADING_DAYS, Window, realized_volatility
from oilseer.models.density import horizon_variance, roll_yield
from oilseer.models.garch import Garch, fit_garch
from oilseer.models.predictors import PREDICTORS
from oilseer.models.volatility import har_components
from oilseer.quantiles import HORIZONS

SESSIONS = tuple(HORIZONS.values())
SIGNED = tuple(predictor.name for predictor in PREDICTORS)  # not from the zoo: its next entry would refit all of these
CLIP = 3.0  # standard deviations: beyond, an input says no more
DECIMALS = 6  # so that the last bit of a price changes no byte of what is learned
STARTING = 75  # returns whose mean square stands for the variance before the first one


@dataclass(frozen=True)
class Inputs:
    """n sessions as a network sees them.

    channels   (n, k) along `names`, unscaled, NaN where unknown; the first is the series that is forecast
    centre     (n, 5) log change of the front that is expected without a network, along HORIZONS
    deviation  (n, 5) standard deviation (ratio) in which outcomes around the centre are measured
    """

    names: tuple[str, ...]
    channels: np.ndarray
    centre: np.ndarray
    deviation: np.ndarray


Parameters = dict[str, float]  # what a fold learned before its network did
GARCH = ("omega", "shock", "memory", "degrees")


def learn_variance(window: Window) -> Parameters:
    """GARCH(1,1) of all known returns of the fold. Raises ModelError as `fit_garch` does."""
    found = fit_garch(window.known_returns())
    return {name: float(getattr(found, name)) for name in GARCH}


def filtered(parameters: Parameters, window: Window) -> Garch:
    """GARCH with the fold's parameters and its variance at each session of a window, later ones too.

    A session without a return keeps the variance of the one before.
    """
    from scipy.signal import lfilter

    known = np.isfinite(window.returns)
    squared = (window.returns[known] * 100) ** 2
    omega, shock, memory, degrees = (parameters[name] for name in GARCH)
    variance, _ = lfilter([1.0], [1.0, -memory], omega + shock * squared, zi=[memory * squared[:STARTING].mean()])
    place = np.maximum(np.cumsum(known) - 1, 0)
    return Garch("GARCH", omega, shock, 0.0, memory, degrees, variance[place])


def deviations(parameters: Parameters, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """GARCH standard deviation (ratio) of each session's return as expected before it (n,), and of HORIZONS (n, 5)."""
    today = filtered(parameters, window)
    before = np.concatenate([today.next_variance[:1], today.next_variance[:-1]])
    ahead = np.column_stack([horizon_variance(today, horizon) for horizon in SESSIONS])
    return np.sqrt(before) / 100, np.sqrt(ahead) / 100


def log_realized(window: Window) -> np.ndarray:
    """Log realized volatility of the month up to each session; (n,), NaN where unknown or none."""
    realized = realized_volatility(window.returns)
    return np.log(np.where(realized > 0, realized, np.nan))


def read_plain(window: Window, parameters: Parameters) -> Inputs:
    """Returns over their GARCH volatility, log realized volatility of the month, and the signed predictors."""
    before, ahead = deviations(parameters, window)
    columns = {"return": window.returns / before, "realized_21": log_realized(window)}
    columns |= {name: window.feature(name) for name in SIGNED}
    carried = roll_yield(window)[:, None] * np.array(SESSIONS) / TRADING_DAYS
    return Inputs(tuple(columns), np.column_stack(list(columns.values())), np.nan_to_num(carried), ahead)


def read_garch(window: Window, parameters: Parameters) -> Inputs:
    """Besides, the GARCH variance path: log standard deviation a session expected over each horizon."""
    plain = read_plain(window, parameters)
    path = np.log(plain.deviation / np.sqrt(SESSIONS))
    return _with(plain, tuple(f"garch_{horizon}" for horizon in SESSIONS), path)


def read_har(window: Window, parameters: Parameters) -> Inputs:
    """Besides, the terms of a HAR model: log realized volatility of the last day, week and month."""
    terms = har_components(window.returns**2 * TRADING_DAYS)
    return _with(read_plain(window, parameters), ("har_day", "har_week", "har_month"), terms)


def _with(inputs: Inputs, names: tuple[str, ...], channels: np.ndarray) -> Inputs:
    return Inputs(
        (*inputs.names, *names), np.column_stack([inputs.channels, channels]), inputs.centre, inputs.deviation
    )


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each channel in the part of a fold that is learned from; (k,)."""

    mean: np.ndarray
    deviation: np.ndarray

    def apply(self, channels: np.ndarray) -> np.ndarray:
        """Channels (…, k) in standard deviations, clipped; 0 where unknown or never known before; float32."""
        scores = (channels - self.mean) / self.deviation
        return np.round(np.nan_to_num(np.clip(scores, -CLIP, CLIP)), DECIMALS).astype(np.float32)


def learn_scaling(channels: np.ndarray) -> Scaling:
    """Scaling of channels (n, k); one that never moved, or was never known, is 0 everywhere."""
    known = np.isfinite(channels)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, channels, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, channels - mean, 0) ** 2).sum(axis=0) / count)
    return Scaling(mean, np.where(spread > 1e-12, spread, np.inf))
