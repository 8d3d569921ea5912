"""Prices of soybean oil and its neighbours: levels of the front, and the momentum of copper and crude."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change

LOOKBACK = 21

_price = partial(
    Feature, reads=("staging.market_daily",), max_age=timedelta(days=7), category="core",
    source="exchange prices by Databento, a user's own history, or Yahoo before 2010",
)  # fmt: skip
_own = partial(
    _price,
    reads=("staging.zl_prices_clean",),
    max_age=timedelta(days=1),
    bucket="crush",
    driver_group="TECHNICAL_REGIME",
)

FEATURES: tuple[Feature, ...] = (
    _own("databento_zl_front_cents_per_lb", "¢/lb", "settlement of the ZL front, the close where none is given",
         "The price itself anchors value and the size of moves."),
    _own("databento_zl_volume_contracts", "contracts", "volume of the ZL front",
         "Thin sessions carry less information.", reliability=0.6),
    _own("databento_zl_open_interest_contracts", "contracts", "open interest of the ZL front",
         "Positions that must be closed feed later moves.", reliability=0.3),
    _price("databento_zs_front_cents_per_bu", "¢/bu", "settlement or close of the ZS front",
           "Soybeans are the raw material of the oil.", bucket="crush", driver_group="WEATHER_SUPPLY"),
    _price("databento_zm_front_usd_per_short_ton", "USD/short ton", "settlement or close of the ZM front",
           "Meal pays for part of the crush, so it moves how much oil is made.",
           bucket="crush", driver_group="WEATHER_SUPPLY"),
    _price("databento_hg_front_usd_per_lb", "USD/lb", "settlement or close of the HG front",
           "Copper follows Chinese demand.", bucket="china", driver_group="TRADE_TARIFF"),
    _price("databento_cl_front_usd_per_bbl", "USD/bbl", "settlement or close of the CL front",
           "Crude sets what vegetable oil is worth as fuel.", bucket="energy", driver_group="BIOFUEL_ENERGY"),
    _price("databento_ho_front_usd_per_gal", "USD/gal", "settlement or close of the HO front",
           "Heating oil is the price that biodiesel competes with.", bucket="biofuel", driver_group="BIOFUEL_ENERGY"),
    _price("databento_hg_momentum_21_ratio", "log ratio", "sum of HG returns over 21 sessions",
           "Copper's trend is an early sign of Chinese demand.", bucket="china", driver_group="TRADE_TARIFF"),
    _price("databento_cl_momentum_21_ratio", "log ratio", "sum of CL returns over 21 sessions",
           "A rising crude supports vegetable oil through biofuel.", bucket="energy", driver_group="BIOFUEL_ENERGY"),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`.

    Levels are unadjusted fronts; every return is of one held contract.
    """
    return {
        "databento_zl_front_cents_per_lb": known["zl"],
        "databento_zl_volume_contracts": known["zl_volume"],
        "databento_zl_open_interest_contracts": known["zl_open_interest"],
        "databento_zs_front_cents_per_bu": known["zs"],
        "databento_zm_front_usd_per_short_ton": known["zm"],
        "databento_hg_front_usd_per_lb": known["hg"],
        "databento_cl_front_usd_per_bbl": known["cl"],
        "databento_ho_front_usd_per_gal": known["ho"],
        "databento_hg_momentum_21_ratio": change(known["hg_log_index"], 21),
        "databento_cl_momentum_21_ratio": change(known["cl_log_index"], 21),
    }
