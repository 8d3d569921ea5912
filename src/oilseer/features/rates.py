"""Turns of American money: what policy has done, what credit costs, how tight money is; as published then."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change, rank_share

_fred = partial(
    Feature, reads=("staging.fred_macro_panel",), bucket="fed", driver_group="MACRO_RISK", category="macro",
    source="FRED, Federal Reserve Bank of St. Louis", max_age=timedelta(days=12), unit="percent",
    publication_lag="one business day",
)  # fmt: skip
_weekly = partial(
    _fred, max_age=timedelta(days=24), update_frequency="weekly", publication_lag="one to seven days", reliability=0.5
)

FEATURES: tuple[Feature, ...] = (
    _fred("fred_dfii10_percent", formula="10-year real yield", why="Dear real money makes holding stocks costly."),
    _fred("fred_bamlh0a0hym2_percent", formula="option-adjusted spread of high-yield bonds",
          why="Credit that tightens ends inventories.", reliability=0.4),
    _fred("fred_dfedtaru_change_21_percent", formula="target's upper bound less that known 21 sessions before",
          why="What the Federal Reserve did in the last month.", reliability=0.4),
    _fred("fred_dgs2_less_dfedtaru_percent", formula="2-year yield less the target's upper bound",
          why="Below zero the market sees cuts ahead, above it rises.", reliability=0.4),
    _fred("fred_pivot_probability_ratio", unit="0 to 1", formula="probability of a cut by fed funds futures",
          why="A turn of policy turns the dollar and all goods.",
          missing="fed funds futures (ZQ): no source is loaded"),
    _weekly("fred_nfci_percentile_252_ratio", unit="ratio",
            formula="share of the last 252 sessions with an NFCI no higher",
            why="How tight money is for its own year."),
    _weekly("fred_stlfsi4_percentile_252_ratio", unit="ratio",
            formula="share of the last 252 sessions with an STLFSI4 no higher",
            why="How stressed markets are for their own year."),
)  # fmt: skip
LOOKBACK = 252


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    two, target = known["fred_dgs2"], known["fred_dfedtaru"]
    return {
        "fred_dfii10_percent": known["fred_dfii10"],
        "fred_bamlh0a0hym2_percent": known["fred_bamlh0a0hym2"],
        "fred_dfedtaru_change_21_percent": change(target, 21),
        "fred_dgs2_less_dfedtaru_percent": two - target,
        "fred_pivot_probability_ratio": np.full(len(two), np.nan),
        "fred_nfci_percentile_252_ratio": rank_share(known["fred_nfci"], 252, 0.79, own=True),
        "fred_stlfsi4_percentile_252_ratio": rank_share(known["fred_stlfsi4"], 252, 0.79, own=True),
    }
