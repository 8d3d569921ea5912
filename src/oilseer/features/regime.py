"""How unusual the market is: soybean oil's volatility against its own years, and the band of the VIX."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import rolling_std, rolling_zscore

LOOKBACK = 525

_regime = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="volatility",
    driver_group="TECHNICAL_REGIME", category="regime", source="exchange prices of ZL", unit="standard deviations",
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _regime("regime_volatility_zscore_ratio",
            formula="deviation of 21 returns against its mean and deviation over the 504 sessions before",
            why="Below 1 the market is calm, above 2 in crisis: the gate of the ensemble."),
    _regime("regime_vix_band_state", unit="0 complacent, 1 aware, 2 stress, 3 crisis",
            formula="VIX under 15, to 25, to 30, above",
            why="Signals mean other things in fearful markets.", driver_group="MACRO_RISK",
            reads=("staging.market_daily", "staging.fred_macro_panel"), max_age=timedelta(days=12),
            source="Cboe VIX, FRED's the next day where that is missing"),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    volatility = rolling_std(known["zl_return"], 21, 0.85)
    vix = np.where(np.isnan(known["vix"]), known["fred_vixcls"], known["vix"])
    band = (vix >= 15).astype(float) + (vix >= 25) + (vix > 30)
    return {
        "regime_volatility_zscore_ratio": rolling_zscore(volatility, 504, 0.5, own=False),
        "regime_vix_band_state": np.where(np.isnan(vix), np.nan, band),
    }
