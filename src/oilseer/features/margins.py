"""More margins: of refiners and of hog feeding, how they move, and China's demand by the prices it shows in."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.links import SOURCE
from oilseer.features.spreads import change_over_sigma

# CME's lean hog, corn and meal crush: 7 contracts of hogs (40,000 lb) to 3 of corn (5,000 bu) to 1 of meal (100 t)
HOGS_CWT, CORN_BU, MEAL_SHORT_TON = 7 * 400, 3 * 5_000, 1 * 100

_spread = partial(
    Feature, reads=("staging.zl_prices_clean", "staging.market_daily"), max_age=timedelta(days=7), category="spread",
    source=SOURCE,
)  # fmt: skip
_energy = partial(_spread, bucket="energy", driver_group="BIOFUEL_ENERGY")
_crush = partial(_spread, bucket="crush", driver_group="WEATHER_SUPPLY")
_china = partial(_spread, bucket="china", driver_group="TRADE_TARIFF")

FEATURES: tuple[Feature, ...] = (
    _energy("spread_crack_gasoline_usd_per_bbl", "USD/bbl", "42·RB − CL", "Refiners' margin on gasoline."),
    _energy("spread_crack_532_usd_per_bbl", "USD/bbl", "(126·RB + 84·HO)/5 − CL",
            "Refiners' margin on a gasoline-heavy slate."),
    _energy("spread_crack_321_change_21_ratio", "standard deviations",
            "21-session change of the 3-2-1 crack over the deviation of such changes",
            "Margins that widen pull feedstock prices up; the crack crosses zero and has no percent."),
    _crush("spread_hog_feed_usd_per_cwt", "USD/cwt",
           "HE − (15,000·ZC/100 + 100·ZM) / 2,800, CME's hog crush of 7 : 3 : 1 contracts",
           "Hogs that pay are fed more meal, and more meal means more oil."),
    _crush("spread_board_crush_change_21_ratio", "standard deviations",
           "21-session change of the board crush over the deviation of such changes",
           "Margins that open make mills run."),
    _china("signal_china_demand_ratio", "standard deviations",
           "mean of 21-session moves of HG, ZS and the yuan (less USDCNY), each over its year's deviation",
           "Copper, beans and the yuan rise together when China buys.",
           reads=("staging.market_daily", "staging.fx_daily")),
)  # fmt: skip
LOOKBACK = 273


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known` and the spreads made before."""
    zm, zc, he, cl, ho, rb = (known[name] for name in ("zm", "zc", "he", "cl", "ho", "rb"))
    yuan = np.where(known["fx_usdcny"] > 0, known["fx_usdcny"], np.nan)
    demand = [change_over_sigma(level, 21) for level in (known["hg_log_index"], known["zs_log_index"], -np.log(yuan))]
    return {
        "spread_crack_gasoline_usd_per_bbl": 42 * rb - cl,
        "spread_crack_532_usd_per_bbl": (126 * rb + 84 * ho) / 5 - cl,
        "spread_crack_321_change_21_ratio": change_over_sigma((84 * rb + 42 * ho) / 3 - cl, 21),
        "spread_hog_feed_usd_per_cwt": he - (CORN_BU * zc / 100 + MEAL_SHORT_TON * zm) / HOGS_CWT,
        "spread_board_crush_change_21_ratio": change_over_sigma(known["spread_board_crush_usd_per_bu"], 21),
        "signal_china_demand_ratio": (demand[0] + demand[1] + demand[2]) / 3,
    }
