"""The gate of the ensemble: CALM 0, STRESSED 1, CRISIS 2 by soybean oil's volatility, with hysteresis."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.recursive import hysteresis

CALM, STRESSED, CRISIS = 0, 1, 2
ENTER = (1.0, 2.0)  # standard deviations of volatility over its two years
LEAVE = (0.75, 1.75)  # a quarter below, so that a score that hovers at a bound does not flicker

FEATURES: tuple[Feature, ...] = (
    Feature(
        "regime_gate_state", "0 CALM, 1 STRESSED, 2 CRISIS",
        "regime_volatility_zscore_ratio above 1 and 2; left again below 0.75 and 1.75",
        "Models that do well in calm markets fail in a crisis, so the ensemble's weights follow the state.",
        reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), source="exchange prices of ZL",
        bucket="volatility", driver_group="TECHNICAL_REGIME", category="regime",
    ),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The gate's state (n,) from the score of the regime family, which `known` holds by now."""
    return {"regime_gate_state": hysteresis(known["regime_volatility_zscore_ratio"], ENTER, LEAVE)}
