"""Who holds soybean oil futures: the CFTC's legacy report, as of Tuesday, public on Friday."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature

LOOKBACK = 0

_cot = partial(
    Feature, reads=("staging.cot_positions",), max_age=timedelta(days=24), bucket="crush", driver_group="POSITIONING",
    category="positioning", source="CFTC Commitments of Traders, legacy, futures only", update_frequency="weekly",
    publication_lag="three days: Friday 15:30 New York for Tuesday, later after holidays", reliability=0.8,
)  # fmt: skip

FEATURES: tuple[Feature, ...] = (
    _cot("cftc_zl_noncommercial_net_ratio", "ratio", "speculators' long less short over open interest",
         "Beyond 30 % either way the speculators' side is crowded."),
    _cot("cftc_zl_commercial_net_ratio", "ratio", "commercials' long less short over open interest",
         "Those who handle the oil know the cash market."),
    _cot("cftc_zl_divergence_ratio", "ratio", "speculators' net less commercials' net",
         "Wide divergence marks a market that one side must leave."),
    _cot("cftc_zl_noncommercial_percentile_52w_ratio", "ratio", "share of the 52 weeks before with a net no higher",
         "Above 0.9 tops and below 0.1 bottoms are near."),
    _cot("cftc_zl_noncommercial_change_1w_ratio", "ratio", "net less that of the report before",
         "Fresh buying or selling of funds moves the price on."),
    _cot("cftc_zl_age_sessions", "sessions", "sessions since the Tuesday that the report describes",
         "An old report says less."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`.

    Percentile and change are made per report in releases.sql, from vintages public at that report.
    """
    return {
        "cftc_zl_noncommercial_net_ratio": known["cot_noncommercial"],
        "cftc_zl_commercial_net_ratio": known["cot_commercial"],
        "cftc_zl_divergence_ratio": known["cot_noncommercial"] - known["cot_commercial"],
        "cftc_zl_noncommercial_percentile_52w_ratio": known["cot_percentile_52w"],
        "cftc_zl_noncommercial_change_1w_ratio": known["cot_change_1w"],
        "cftc_zl_age_sessions": known["cot_noncommercial_age_sessions"],
    }
