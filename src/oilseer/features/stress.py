"""The state of the market as a whole: master regime, crisis intensity, and the flags that overrule other signals.

Every state is made from what was known at the cutoff; the calendar of named regimes is drawn in hindsight and is
no feature.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features import correlations
from oilseer.features.feature import Feature
from oilseer.features.links import MARKETS
from oilseer.features.rolling import rank_share

TREND = 0.5  # standard deviations of a 63-session return that make a trend
HARVESTS = ("us_harvest", "brazil_harvest", "argentina_harvest")
VIX_FLOOR, VIX_CEILING = 15.0, 45.0  # points at which fear counts nothing and all
Z_CEILING, FALL_CEILING = 3.0, 0.30
_state = partial(
    Feature, reads=("staging.zl_prices_clean", "staging.market_daily"), max_age=timedelta(days=12),
    bucket="volatility", driver_group="TECHNICAL_REGIME", category="regime", source="exchange prices; Cboe VIX",
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _state("regime_master_state", "0 to 8",
           "3 · gate (0 CALM, 1 STRESSED, 2 CRISIS) + trend: 0 down, 1 none, 2 up by tech_trend_strength_63 over ±0.5",
           "What a signal means depends on whether the market is calm and which way it goes."),
    _state("regime_crisis_intensity_points", "0 to 100",
           "100 · mean of (VIX − 15)/30, volatility z-score/3, fall from the year's top/0.30, each cut to 0 to 1, "
           "over those that are known, two at least",
           "One figure for how far from normal the market is."),
    _state("regime_vix_override_flag", "1 or 0", "1 where the VIX is above 30",
           "In a panic correlations go to one and single signals mislead.", driver_group="MACRO_RISK"),
    _state("regime_harvest_override_flag", "1 or 0",
           "1 while soybeans come in in the United States, Brazil or Argentina, by " + ", ".join(HARVESTS),
           "Harvest pressure overrules technical signals.", driver_group="WEATHER_SUPPLY",
           source="USDA, CONAB: usual dates"),
    _state("volatility_correlation_mean_60_ratio", "0 to 1",
           "mean size of the 60-session correlations of ZL with the seven others, four at least",
           "When everything moves together there is one news only."),
    _state("regime_correlation_state", "0 loose, 1 usual, 2 tight",
           "share of the last 252 sessions with a mean correlation no higher: up to 0.2, between, from 0.8",
           "Tight markets punish diversified hedges."),
)  # fmt: skip
LOOKBACK = 252


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the features of earlier families."""
    gate, trend, vix = (
        known[name] for name in ("regime_gate_state", "tech_trend_strength_63_ratio", "volatility_vix_points")
    )
    together = _mean_link(known)
    tight = rank_share(together, 252, 0.79, own=True)
    harvest = np.max([known[f"season_{name}_flag"] for name in HARVESTS], axis=0)
    return {
        "regime_master_state": 3 * gate + _where(trend, 1.0 + (trend > TREND) - (trend < -TREND)),
        "regime_crisis_intensity_points": _intensity(
            vix, known["regime_volatility_zscore_ratio"], known["tech_drawdown_252_ratio"]
        ),
        "regime_vix_override_flag": _where(vix, (vix > 30).astype(float)),
        "regime_harvest_override_flag": harvest,
        "volatility_correlation_mean_60_ratio": together,
        "regime_correlation_state": _where(tight, (tight > 0.2).astype(float) + (tight >= 0.8)),
    }


def _intensity(vix: np.ndarray, score: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """Crisis intensity, 0 to 100; (n,), NaN where fewer than two of the three are known."""
    parts = np.clip([(vix - VIX_FLOOR) / (VIX_CEILING - VIX_FLOOR), score / Z_CEILING, -fall / FALL_CEILING], 0, 1)
    known = ~np.isnan(parts)
    given = np.where(known, parts, 0.0)
    count = known.sum(axis=0)
    return np.where(count >= 2, 100 * (given[0] + given[1] + given[2]) / np.maximum(count, 1), np.nan)


def _mean_link(known: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mean size of soybean oil's correlations over 60 sessions; (n,), NaN where fewer than four are known."""
    own = MARKETS[0]
    total, count = 0.0, 0.0
    for other in MARKETS[1:]:
        size = np.abs(known[correlations.name(own, other, 60)])
        count = count + ~np.isnan(size)
        total = total + np.where(np.isnan(size), 0.0, size)
    return np.where(count >= 4, total / np.maximum(count, 1), np.nan)


def _where(given: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values` where `given` is known, NaN elsewhere."""
    return np.where(np.isnan(given), np.nan, values)
