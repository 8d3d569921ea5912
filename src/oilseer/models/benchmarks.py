"""The benchmark ladder B0, B1, B2: what every score is shown beside.

Made from the settles, roll-adjusted returns and curve slope of a window; unit ¢/lb.
"""

import numpy as np

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.garch import fit_garch, simulate_log_changes
from oilseer.models.local import Answer, LocalModel, empirical_spread
from oilseer.quantiles import LEVELS

B0_STARTS = np.datetime64("2000-01-01")  # the product's base history; B0-long uses all that the window holds
GARCH_PATHS = 10_000
CURVE_SLOPE = "curve_slope_annualized_ratio"
CURVE_SPAN = "curve_span_days"
CALENDAR_DAYS = 365.25


def no_change(window: Window, seed: int) -> Answer:
    """B0: last settle × exp(quantiles of all past h-session log changes since 2000).

    The changes are shifted by their median, so that the median forecast is exactly the last settle
    ("no change"); the window expands, so does the sample. Changes overlap and keep their skew.
    """
    base = base_history(window)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        return window.settle[-1] * np.exp(np.stack([empirical_spread(base, h) for h in horizons]))

    return answer


def base_history(window: Window) -> Window:
    """The sessions since 2000, or all of them at an origin that has fewer than three years since then."""
    since = int((window.dates >= B0_STARTS).sum())
    return window.tail(since) if since >= 3 * TRADING_DAYS else window


def garch_simulation(window: Window, seed: int) -> Answer:
    """B1: GARCH(1,1) with Student's t and zero mean on roll-adjusted returns, 10,000 simulated paths.

    The median is the last settle: log prices have no drift and paths come in mirrored pairs. It sees the
    same sessions as B0; ten or five years of them score lower from 3 months on.
    """
    model = fit_garch(base_history(window).known_returns())

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        changes = simulate_log_changes(model, horizons, GARCH_PATHS, seed)
        return window.settle[-1] * np.exp(np.quantile(changes, LEVELS, axis=1).T)

    return answer


def futures_curve(window: Window, seed: int) -> Answer:
    """B2: the median follows the curve at the origin from the first contract to the second, then stays.

    Slope is log(second / first contract) per year, so h sessions ahead the median is settle × exp(slope × t),
    with t = h / 252 years, or the span between the two deliveries where that is shorter: two contracts say
    nothing of what lies beyond. The spread is that of B0. Raises ModelError where there is no second contract.
    """
    slope, span = window.feature(CURVE_SLOPE)[-1], window.feature(CURVE_SPAN)[-1] / CALENDAR_DAYS
    if not np.isfinite(slope) or not np.isfinite(span):
        raise ModelError(f"B2 at {window.dates[-1]}: no second contract at this origin, so no curve to follow")
    base = base_history(window)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        rows = [slope * min(h / TRADING_DAYS, span) + empirical_spread(base, h) for h in horizons]
        return window.settle[-1] * np.exp(np.stack(rows))

    return answer


LEARN = {"B0": no_change, "B1": garch_simulation, "B2": futures_curve}


def make(name: str) -> LocalModel:
    """The benchmark called `name`. Raises ConfigError for an unknown one."""
    if name not in LEARN:
        raise ConfigError(f"no benchmark {name!r}; there are {', '.join(LEARN)}")
    return LocalModel(name, LEARN[name])
