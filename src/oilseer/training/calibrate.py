"""Adaptive conformal calibration: the spread around the median follows the coverage of the past.

One factor a horizon, moved after each outcome that has become known, in the order of their arrival.
"""

import numpy as np

from oilseer.quantiles import BANDS, LEVELS, MEDIAN

STEP = 0.005  # half a percent an outcome: slow, as coverage before it was within two points of nominal
BOUND = 0.35  # the factor stays within exp(±0.35), so a run of bad luck cannot blow a band up
_BANDS = [(LEVELS.index(low), LEVELS.index(high), nominal) for nominal, (low, high) in BANDS.items() if nominal >= 0.8]


def width_factor(quantiles: np.ndarray, outcome: np.ndarray, lag: int) -> float:
    """Factor on the log spread for the next forecast, from past uncalibrated ones in order of arrival.

    quantiles  (n, n_levels) past forecasts before calibration;  outcome (n,) known
    lag        how many consecutive outcomes share sessions: each is worth 1 / lag of a fresh one

    Each outcome outside a band widens it by step·nominal, each inside narrows it by step·(1 − nominal), with
    step = STEP / lag: coverage is driven to nominal whatever the distribution.
    Source: adaptive conformal inference, Gibbs & Candès (2021), in log width.
    """
    log_factor = 0.0
    for row, truth in zip(quantiles, outcome, strict=True):
        spread = scaled(row, float(np.exp(log_factor)))
        miss = [float(not spread[low] <= truth <= spread[high]) - (1 - nominal) for low, high, nominal in _BANDS]
        log_factor = float(np.clip(log_factor + STEP / lag * np.mean(miss), -BOUND, BOUND))
    return float(np.exp(log_factor))


def scaled(quantiles: np.ndarray, factor: float) -> np.ndarray:
    """Quantiles (…, n_levels) with their log distance from the median times `factor`; never crosses."""
    logs = np.log(quantiles)
    middle = logs[..., [MEDIAN]]
    return np.exp(middle + factor * (logs - middle))
