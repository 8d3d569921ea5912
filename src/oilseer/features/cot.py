"""Who holds futures of the soybean complex: trailing percentiles, managed money, and speculators against the trade.

Percentiles and changes are made per report from the vintages public at it. Beside the ZL columns of positioning.py.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, change, rank

WEEKS_52, WEEKS_260 = 364, 1820  # days
LEAST_52, LEAST_260 = 40, 130  # reports
MAX_AGE = timedelta(days=24)
NEIGHBOURS = {"ZS": "china", "ZM": "crush"}  # symbol: bucket
_cot = partial(
    Feature, reads=("staging.cot_positions",), max_age=MAX_AGE, bucket="crush", driver_group="POSITIONING",
    category="positioning", source="CFTC Commitments of Traders, futures only", update_frequency="weekly",
    publication_lag="Tuesday's positions on Friday 15:30", reliability=0.7,
)  # fmt: skip
_crowd = "Where nearly all have bought there is nobody left to buy."

CARRIED: tuple[Carried, ...] = (
    Carried("cot_rank_260w:ZL.noncommercial", _cot("cftc_zl_noncommercial_percentile_260w_ratio", "0 to 1",
            "share of the reports of five years in which speculators' net was no higher", _crowd)),
    Carried("cot:ZL.managed_money", _cot("cftc_zl_managed_money_net_ratio", "ratio of open interest",
            "managed money's long less short over open interest", "Funds alone, without hedging dealers.",
            reliability=0.3, missing="the disaggregated report: the source cftc_cot has not been loaded")),
    *(
        Carried(f"cot_rank_52w:{symbol}.noncommercial", _cot(
            f"cftc_{symbol.lower()}_noncommercial_percentile_52w_ratio", "0 to 1",
            f"share of the reports of 52 weeks in which speculators' net in {symbol} was no higher", _crowd,
            bucket=bucket))
        for symbol, bucket in NEIGHBOURS.items()
    ),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(f"cot_rank_52w:{symbol}.noncommercial", (f"cot:{symbol}.noncommercial",), rank(WEEKS_52, LEAST_52))
        for symbol in ("ZL", *NEIGHBOURS)
    ),
    Measure("cot_rank_260w:ZL.noncommercial", ("cot:ZL.noncommercial",), rank(WEEKS_260, LEAST_260)),
    Measure("cot_change:ZL.noncommercial", ("cot:ZL.noncommercial",), change(7, 3)),
)
SERIES = series_of(
    CARRIED,
    {f"cot:{symbol}.{group}": MAX_AGE.days for symbol in NEIGHBOURS for group in ("noncommercial", "commercial")},
    aged=tuple(f"cot:{symbol}.noncommercial" for symbol in NEIGHBOURS),
)
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    *(
        _cot(f"cftc_{symbol.lower()}_{name}", unit, formula, why, bucket=bucket)
        for symbol, bucket in NEIGHBOURS.items()
        for name, unit, formula, why in (
            ("divergence_ratio", "ratio of open interest",
             f"speculators' net less commercials' net in {symbol}, over open interest", "A wide gap precedes a turn."),
            ("age_sessions", "sessions", "sessions since the Tuesday that the report describes",
             "An old report says less."),
        )
    ),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    made = carry(CARRIED, known)
    for symbol in NEIGHBOURS:
        funds, trade = (known[column(f"cot:{symbol}.{group}")] for group in ("noncommercial", "commercial"))
        made[f"cftc_{symbol.lower()}_divergence_ratio"] = funds - trade
        made[f"cftc_{symbol.lower()}_age_sessions"] = known[f"{column(f'cot:{symbol}.noncommercial')}_age_sessions"]
    return made
