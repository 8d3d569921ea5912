"""The 31 statistical models by statsforecast, all declared in one table: what runs, and where its quantiles come from.

Made from the front prices of a window (the last 1,000 sessions are fitted, 500 by MFLES); one path of forecasts serves
all horizons. Quantiles are formed in log price, so they are positive and in ¢/lb.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri
from statsforecast import models as sf

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import Window, session_pairs
from oilseer.models.local import Answer, LocalModel, empirical_spread
from oilseer.quantiles import BANDS, LEVELS, MEDIAN

SESSIONS = 1000  # four years: enough for every model here, and none takes over 0.2 s
MIN_SESSIONS = 250
WEEK = 5  # sessions; the only season that four years hold often enough to estimate (200 cycles)
MONTH = 21
NOMINAL = [round(100 * share) for share in BANDS]

Scale = Literal["log", "price"]
Spread = Literal["native", "simulated", "past errors", "scaled"]


@dataclass(frozen=True)
class Statistical:
    """One of the 31.

    make     new statsforecast object
    spread   native: the model's own intervals. simulated: standard deviation of its simulated paths.
             past errors: errors of its own past states at the horizon. scaled: past changes of the
             price, widened by how much worse than no change its refits at past origins were
    scale    what it sees: log price, or price for the methods made for demand (they multiply)
    sessions how many of the last sessions are fitted
    season   sessions after which its forecast repeats (1 = flat), for past errors
    states   series (n,) -> states (n,), where statsforecast gives no fitted values or takes O(n²) for them
    """

    name: str
    make: Callable[[], Any]
    spread: Spread = "native"
    scale: Scale = "log"
    season: int = 1
    sessions: int = SESSIONS
    states: Callable[[np.ndarray], np.ndarray] | None = None


def _fitted_states(series: np.ndarray, make: Callable[[], Any], season: int = 1) -> np.ndarray:
    """State after each session: one-step fitted values, shifted back by one season; (n,)."""
    past = make().forecast(series, season, fitted=True)
    return np.concatenate([past["fitted"][season:], past["mean"]])


def _window_states(series: np.ndarray, window: int, season: int = 1) -> np.ndarray:
    """Mean of the last `window` values of the same season; (n,), NaN until there are as many."""
    states = np.full(len(series), np.nan)
    span = (window - 1) * season
    shifted = [series[span - i * season : len(series) - i * season] for i in range(window)]
    states[span:] = np.mean(shifted, axis=0)
    return states


_AUTO_MFLES = partial(
    sf.AutoMFLES, MONTH, WEEK, n_windows=1, metric="mae",
    config={"seasonal_period": [None, [WEEK]], "smoother": [True, False], "ma": [None]},
)  # fmt: skip
_AUTO_ARIMA = partial(sf.AutoARIMA, d=1, seasonal=False, allowdrift=False, max_p=3, max_q=3, approximation=True)
_TBATS = partial(sf.TBATS, WEEK, use_boxcox=False, use_trend=False)
# Prices are never zero, so these three reduce to SES with a weight searched in 0.1 … 0.3; on anything near a
# random walk the search ends at its upper bound, whose states are computed in one pass.
_BOUND = partial(_fitted_states, make=partial(sf.SimpleExponentialSmoothing, alpha=0.3))

MODELS: tuple[Statistical, ...] = (
    Statistical("Naive", sf.Naive),
    Statistical("SeasonalNaive", partial(sf.SeasonalNaive, WEEK)),
    Statistical(
        "SeasonalWindowAverage",
        partial(sf.SeasonalWindowAverage, WEEK, 4),
        "past errors",
        season=WEEK,
        states=partial(_window_states, window=4, season=WEEK),
    ),
    Statistical(
        "WindowAverage", partial(sf.WindowAverage, MONTH), "past errors", states=partial(_window_states, window=MONTH)
    ),
    Statistical("HistoricAverage", sf.HistoricAverage),
    Statistical("RandomWalkWithDrift", sf.RandomWalkWithDrift),
    Statistical("SES", partial(sf.SimpleExponentialSmoothing, alpha=0.3), "past errors"),
    Statistical("SESOptimized", sf.SimpleExponentialSmoothingOptimized, "past errors"),
    Statistical("SeasonalES", partial(sf.SeasonalExponentialSmoothing, WEEK, 0.3), "past errors", season=WEEK),
    Statistical(
        "SeasonalESOptimized", partial(sf.SeasonalExponentialSmoothingOptimized, WEEK), "past errors", season=WEEK
    ),
    Statistical("Holt", sf.Holt),
    Statistical("HoltWinters", partial(sf.HoltWinters, WEEK)),
    # Damped trend: the usual single choice where no search is wanted (Gardner & McKenzie 1985).
    Statistical("ETS", partial(sf.AutoETS, model="AAN", damped=True)),
    # Without season: with a week it picks the same model at ten times the time.
    Statistical("AutoETS", sf.AutoETS),
    # statsforecast gives the Theta family 200 sampled paths and takes their quantiles; 2,000 paths and
    # their standard deviation have a third of that noise.
    Statistical("Theta", sf.Theta, "simulated"),
    Statistical("OptimizedTheta", sf.OptimizedTheta, "simulated"),
    Statistical("DynamicTheta", sf.DynamicTheta, "simulated"),
    Statistical("DynamicOptimizedTheta", sf.DynamicOptimizedTheta, "simulated"),
    Statistical("AutoTheta", sf.AutoTheta, "simulated"),
    # (1,1,0): with a moving-average term the two roots nearly cancel on a price, and the fit wanders.
    Statistical("ARIMA", partial(sf.ARIMA, (1, 1, 0))),
    # One difference and no drift: a unit-root test and a mean of four years of price changes are mostly noise,
    # and cost 25 % of CRPS at 12 months. Orders to 3 and conditional sums of squares in the search save time.
    Statistical("AutoARIMA", _AUTO_ARIMA),
    # Its trend is carried by ETS(A,N,N); the default, AutoETS, picks trends that run away.
    Statistical("MSTL", partial(sf.MSTL, WEEK, trend_forecaster=sf.AutoETS(model="ANN"))),
    # Repeated medians cost O(n²); two years score better than four up to 6 months, and their refits are cheap.
    Statistical("MFLES", partial(sf.MFLES, WEEK), "scaled", sessions=500),
    Statistical("AutoMFLES", _AUTO_MFLES, "scaled", sessions=500),
    # Logs already, so no Box-Cox; no trend, because an undamped one runs away over 252 sessions.
    Statistical("TBATS", _TBATS),
    Statistical("CrostonClassic", sf.CrostonClassic, "past errors", "price"),
    Statistical("CrostonOptimized", sf.CrostonOptimized, "past errors", "price", states=_BOUND),
    Statistical("CrostonSBA", sf.CrostonSBA, "past errors", "price"),
    Statistical("ADIDA", sf.ADIDA, "past errors", "price", states=_BOUND),
    Statistical("IMAPA", sf.IMAPA, "past errors", "price", states=_BOUND),
    Statistical("TSB", partial(sf.TSB, 0.3, 0.3), "past errors", "price"),
)
TABLE: dict[str, Statistical] = {model.name: model for model in MODELS}


def make(name: str) -> LocalModel:
    """The statistical model called `name`. Raises ConfigError for an unknown one."""
    if name not in TABLE:
        raise ConfigError(f"no statistical model {name!r}; there are {', '.join(TABLE)}")
    return LocalModel(name, partial(_learn, TABLE[name]))


def _series(model: Statistical, window: Window) -> np.ndarray:
    """What the model sees, relative to the last settle: no result depends on the unit of price; (n,).

    Raises ModelError for less than a year, or a price that stood still all along.
    """
    if len(window.settle) < MIN_SESSIONS:
        raise ModelError(f"{model.name} needs {MIN_SESSIONS} sessions, found {len(window.settle)}: lengthen the window")
    if np.ptp(window.settle[-SESSIONS:]) == 0:
        raise ModelError(f"{model.name}: the price stood still for {SESSIONS} sessions, so no spread can be learned")
    ratio = window.settle / window.settle[-1]
    return np.log(ratio) if model.scale == "log" else ratio


def _learn(model: Statistical, window: Window, seed: int) -> Answer:
    """Fit to the last values; the returned function makes quantiles (n_horizons, n_levels)."""
    series = np.ascontiguousarray(_series(model, window)[-model.sessions :])
    fitted = model.make().fit(series)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        if model.spread == "native":
            return window.settle[-1] * np.exp(_native(fitted, horizons))
        centre = np.asarray(fitted.predict(max(horizons))["mean"], float)[np.array(horizons) - 1]
        centre = centre if model.scale == "log" else np.log(centre)
        if model.spread == "simulated":
            offsets = _simulated(fitted, horizons, seed)
        elif model.spread == "past errors":
            offsets = _past_errors(model, window, horizons)
        else:
            offsets = _scaled(model, window, horizons)
        return window.settle[-1] * np.exp(centre[:, None] + offsets)

    return answer


def _native(fitted: Any, horizons: tuple[int, ...]) -> np.ndarray:
    """Log quantiles from the model's mean and its 50, 80, 90 and 95 % intervals; (n_horizons, n_levels)."""
    forecast = fitted.predict(max(horizons), level=NOMINAL)
    rows = np.array(horizons) - 1
    quantiles = np.empty((len(rows), len(LEVELS)))
    quantiles[:, MEDIAN] = np.asarray(forecast["mean"])[rows]
    for nominal, (low, high) in zip(NOMINAL, BANDS.values(), strict=True):
        quantiles[:, LEVELS.index(low)] = np.asarray(forecast[f"lo-{nominal}"])[rows]
        quantiles[:, LEVELS.index(high)] = np.asarray(forecast[f"hi-{nominal}"])[rows]
    return quantiles


def _simulated(fitted: Any, horizons: tuple[int, ...], seed: int) -> np.ndarray:
    """Normal log offsets with the standard deviation of 2,000 simulated paths; (n_horizons, n_levels)."""
    paths = fitted.simulate(max(horizons), n_paths=2000, seed=seed)
    return np.outer(np.std(paths, axis=0)[np.array(horizons) - 1], ndtri(LEVELS))


def _past_errors(model: Statistical, window: Window, horizons: tuple[int, ...]) -> np.ndarray:
    """Quantiles of log(settle h sessions later / past forecast), shifted to median zero; (n_horizons, n_levels).

    Every past session gives a forecast: for t + h it is the newest state of that season known at t.
    All of the window is used. The shift keeps the model's own median.
    """
    series = _series(model, window)
    states = model.states(series) if model.states else _fitted_states(series, model.make, model.season)
    states = states if model.scale == "log" else np.log(states)
    offsets = []
    for h in horizons:
        start, end = session_pairs(window, h)
        newest = start + h - model.season * int(np.ceil(h / model.season))
        errors = np.log(window.settle[end] / window.settle[-1]) - np.where(newest >= 0, states[newest], np.nan)
        quantiles = np.quantile(errors[np.isfinite(errors)], LEVELS)
        offsets.append(quantiles - quantiles[MEDIAN])
    return np.stack(offsets)


SUB_ORIGINS, STRIDE = 8, 84


def _scaled(model: Statistical, window: Window, horizons: tuple[int, ...]) -> np.ndarray:
    """Past changes × how much larger than no change's its errors were at up to 8 past origins; (n_horizons, n_levels).

    Eight refits cannot show a 2.5 % tail, but they show how much wider than the price's own changes
    the errors are; the ratio of root mean squares is never taken below one.
    """
    series = _series(model, window)
    ends = [len(series) - STRIDE * (i + 1) for i in range(SUB_ORIGINS)]
    ends = [end for end in ends if end >= model.sessions // 2]
    paths = {
        end: model.make().fit(series[max(0, end - model.sessions) : end]).predict(max(horizons))["mean"] for end in ends
    }
    offsets = []
    for h in horizons:
        seen = [end for end in ends if end + h <= len(series)]
        own = np.array([series[end + h - 1] - paths[end][h - 1] for end in seen])
        still = np.array([series[end + h - 1] - series[end - 1] for end in seen])
        ratio = np.sqrt((own @ own) / (still @ still)) if len(seen) >= 3 else 1.0
        offsets.append(empirical_spread(window, h) * max(ratio, 1.0))
    return np.stack(offsets)
