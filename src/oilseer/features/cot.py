"""Who holds futures of the soybean complex and corn: trailing percentiles, extremes, and speculators against the trade.

Percentiles and changes are made per report from the vintages public at it. Beside the ZL columns of positioning.py.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, change, rank

SYMBOLS = ("ZL", "ZS", "ZM", "ZC")
GROUPS = {
    "noncommercial": "speculators of the legacy report",
    "commercial": "commercials of the legacy report",
    "managed_money": "managed money of the disaggregated report",
    "producer": "producers, merchants, processors and users of the disaggregated report",
}
WEEKS_52, WEEKS_260 = 364, 1820  # days
LEAST_52, LEAST_260 = 40, 130  # reports
EXTREME, APART, FRESH = 0.30, 0.10, 0.05  # of open interest
CROWDED, TOP, BOTTOM = 0.80, 0.90, 0.10  # of the trailing percentile
MAX_AGE = timedelta(days=24)
_BUCKET = {"ZL": "crush", "ZS": "china", "ZM": "crush", "ZC": "crush"}
_LEGACY = ("noncommercial", "commercial")
_DISAGGREGATED = "the disaggregated report: the source cftc_cot has not been loaded"


def _feature(
    symbol: str, name: str, unit: str, formula: str, why: str, reliability: float = 0.7, missing: str = ""
) -> Feature:
    return Feature(
        f"cftc_{symbol.lower()}_{name}", unit, formula, why, reads=("staging.cot_positions",), max_age=MAX_AGE,
        source="CFTC Commitments of Traders, futures only", bucket=_BUCKET[symbol], driver_group="POSITIONING",
        category="positioning", update_frequency="weekly", publication_lag="Tuesday's positions on Friday 15:30",
        reliability=reliability, missing=missing,
    )  # fmt: skip


def _group(symbol: str, group: str, who: str) -> tuple[Carried, ...]:
    """The carried features of one symbol and trader group."""
    key = f"cot:{symbol}.{group}"
    feature = partial(
        _feature,
        symbol,
        reliability=0.7 if group in _LEGACY else 0.3,
        missing="" if group in _LEGACY else _DISAGGREGATED,
    )
    crowd = "Where nearly all have bought there is nobody left to buy."
    net = Carried(key, feature(f"{group}_net_ratio", "ratio of open interest", f"long less short of {who}, over open "
                               "interest", "Who is on which side, and how far."))  # fmt: skip
    made = [
        net,
        Carried(f"cot_rank_260w:{symbol}.{group}", feature(
            f"{group}_percentile_260w_ratio", "0 to 1", f"share of the reports of five years no higher, {who}", crowd)),
        Carried(f"cot_change:{symbol}.{group}", feature(
            f"{group}_change_1w_ratio", "ratio of open interest", f"net less that of the week before, {who}",
            "Fresh buying or selling moves the price on.")),
        Carried(f"cot_rank_52w:{symbol}.{group}", feature(
            f"{group}_percentile_52w_ratio", "0 to 1", f"share of the reports of 52 weeks no higher, {who}", crowd)),
    ]  # fmt: skip
    if symbol == "ZL" and group == "noncommercial":
        return (made[1],)  # the others stand in positioning.py
    if symbol == "ZL" and group == "commercial":
        return tuple(made[1:])
    if symbol != "ZL" and group == "producer":
        return tuple(made[:1])
    return tuple(made)


CARRIED: tuple[Carried, ...] = tuple(
    each for symbol in SYMBOLS for group, who in GROUPS.items() for each in _group(symbol, group, who)
)
_NEEDED = {
    f"{kind}:{symbol}.{group}": MAX_AGE.days
    for symbol in SYMBOLS
    for group in ("noncommercial", "commercial")
    for kind in ("cot", "cot_rank_52w", "cot_change")
}
MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"{kind}:{symbol}.{group}", (f"cot:{symbol}.{group}",), make)
    for symbol in SYMBOLS
    for group in GROUPS
    for kind, make in (
        ("cot_rank_52w", rank(WEEKS_52, LEAST_52)),
        ("cot_rank_260w", rank(WEEKS_260, LEAST_260)),
        ("cot_change", change(7, 3)),
    )
    if f"{kind}:{symbol}.{group}" in {*_NEEDED, *(each.key for each in CARRIED)}
)
SERIES = series_of(CARRIED, _NEEDED, aged=tuple(f"cot:{symbol}.noncommercial" for symbol in SYMBOLS))


def _states(symbol: str) -> tuple[Feature, ...]:
    """The features of one symbol that are read off the shares."""
    feature = partial(_feature, symbol)
    made = (
        feature("extreme_state", "−1, 0 or 1", "1 where speculators are net short of 30 % of open interest or more, "
                "−1 where net long of it", "Extremes are left by buying back or selling out."),
        feature("smart_money_state", "−1, 0 or 1", "1 where commercials are net long and speculators net short, −1 in "
                "reverse", "The trade knows its own books."),
        feature("crowded_state", "−1 to 2", "percentile of 52 weeks: above 0.90 2, above 0.80 1, below 0.10 −1, else 0",
                "A crowded side breaks easily."),
        feature("divergence_flag", "1 or 0", "1 where speculators' and commercials' net shares are apart by more "
                "than 10 % of open interest", "A wide gap precedes a turn."),
        feature("fresh_state", "−1, 0 or 1", "1 where speculators added more than 5 % of open interest in a week, −1 "
                "where they shed it", "Large weekly shifts carry on for some days."),
    )  # fmt: skip
    if symbol == "ZL":
        return made
    return (
        *made,
        feature("divergence_ratio", "ratio of open interest", "speculators' net less commercials' net, over open "
                "interest", "A wide gap precedes a turn."),
        feature("age_sessions", "sessions", "sessions since the Tuesday that the report describes",
                "An old report says less."),
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    *(feature for symbol in SYMBOLS for feature in _states(symbol)),
)


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    made = carry(CARRIED, known)
    for symbol in SYMBOLS:
        funds, trade = (known[column(f"cot:{symbol}.{group}")] for group in ("noncommercial", "commercial"))
        place, step = (known[column(f"{kind}:{symbol}.noncommercial")] for kind in ("cot_rank_52w", "cot_change"))
        start = f"cftc_{symbol.lower()}_"
        found = {
            "extreme_state": _coded(funds, (funds <= -EXTREME).astype(float) - (funds >= EXTREME)),
            "smart_money_state": _coded(
                funds + trade, ((trade > 0) & (funds < 0)).astype(float) - ((trade < 0) & (funds > 0))
            ),
            "crowded_state": _coded(place, (place > CROWDED).astype(float) + (place > TOP) - (place < BOTTOM)),
            "divergence_flag": _coded(funds + trade, (np.abs(funds - trade) > APART).astype(float)),
            "fresh_state": _coded(step, (step > FRESH).astype(float) - (step < -FRESH)),
        }
        if symbol != "ZL":
            found["divergence_ratio"] = funds - trade
            found["age_sessions"] = known[f"{column(f'cot:{symbol}.noncommercial')}_age_sessions"]
        made |= {f"{start}{name}": values for name, values in found.items()}
    return made


def _coded(source: np.ndarray, state: np.ndarray) -> np.ndarray:
    """A state where its source is known, NaN elsewhere."""
    return np.where(np.isnan(source), np.nan, state)
