"""What the 2-year yield says of policy: its distance from the funds rate against its own three years."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import rank_share

LOOKBACK = 756
MIN_SHARE = 0.66
FEATURES: tuple[Feature, ...] = (
    Feature(
        "fred_pivot_proxy_ratio", "0 to 1", "share of the 756 sessions before with a 2-year yield less federal funds "
        "rate no lower; a rank, and no probability, for fed funds futures are not loaded",
        "Where two years of money cost less than a night's, the market sees cuts ahead.",
        reads=("staging.fred_macro_panel",), max_age=timedelta(days=100), source="FRED DGS2 and FEDFUNDS",
        bucket="fed", driver_group="MACRO_RISK", category="macro", publication_lag="one day; funds rate a month",
        reliability=0.6,
    ),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    return {"fred_pivot_proxy_ratio": rank_share(known["fred_fedfunds"] - known["fred_dgs2"], LOOKBACK, MIN_SHARE)}
