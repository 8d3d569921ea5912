"""Margins of the soybean complex and of fuel, what soybean oil costs in reais and against palm, and two links."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change, rank_share, rolling_corr, rolling_std, rolling_zscore

LOOKBACK = 273

_spread = partial(
    Feature, reads=("staging.zl_prices_clean", "staging.market_daily"), max_age=timedelta(days=7), category="spread",
    source="exchange prices by Databento, a user's own history, or Yahoo before 2010",
)  # fmt: skip
_crush = partial(_spread, bucket="crush", driver_group="WEATHER_SUPPLY")
_biofuel = partial(_spread, bucket="biofuel", driver_group="BIOFUEL_ENERGY")
_energy = partial(_spread, bucket="energy", driver_group="BIOFUEL_ENERGY")

FEATURES: tuple[Feature, ...] = (
    _crush("spread_board_crush_usd_per_bu", "USD/bu", "0.022·ZM + 0.11·ZL − ZS/100",
           "A wide crush margin makes mills run and more oil come to market."),
    _crush("spread_board_crush_percentile_252_ratio", "ratio", "share of the last 252 sessions with a crush no wider",
           "How wide the margin is for its own year."),
    _crush("spread_oil_share_ratio", "ratio", "0.11·ZL / (0.11·ZL + 0.022·ZM)",
           "Whether oil or meal pays for the crush: a high share invites substitution."),
    _crush("spread_oil_share_change_21_ratio", "ratio", "oil share less that of 21 sessions before",
           "Oil gaining on meal shows demand for fuel rather than for feed."),
    _biofuel("spread_boho_usd_per_gal", "USD/gal", "7.5·ZL/100 − HO",
             "What soybean oil costs above the fuel that it replaces."),
    _biofuel("spread_boho_zscore_252_ratio", "standard deviations",
             "BOHO less its mean over its deviation, 252 sessions",
             "An unusually dear feedstock stops biodiesel plants."),
    _energy("spread_crack_321_usd_per_bbl", "USD/bbl", "(84·RB + 42·HO)/3 − CL",
            "Refiners' margin: demand for fuel against crude."),
    _energy("spread_crack_heating_oil_usd_per_bbl", "USD/bbl", "42·HO − CL",
            "Scarcity of distillate lifts the value of biodiesel."),
    _energy("spread_ho_rb_usd_per_gal", "USD/gal", "HO − RB", "Distillate against gasoline: diesel's own tightness."),
    _spread("spread_terms_of_trade_brl_cents_per_lb", "Brazilian ¢/lb", "ZL / 6L, null where 6L is not positive",
            "A high price in reais makes Brazilian farmers and crushers sell.", bucket="fx", driver_group="MACRO_RISK"),
    _spread("spread_soyoil_palm_ratio", "ratio", "22.0462·ZL / palm in USD/t, futures from 2020",
            "Palm is the nearest substitute.", bucket="china", driver_group="PALM_SUBSTITUTION", reliability=0.5),
    _spread("signal_china_pulse_60_ratio", "correlation", "correlation of HG and ZS returns, 60 sessions",
            "When copper and soybeans move together, China drives both.", bucket="china", driver_group="TRADE_TARIFF"),
    _biofuel("spread_boho_change_21_ratio", "standard deviations",
             "21-session change of BOHO over the deviation of such changes",
             "Feedstock gaining on fuel stops plants; the spread crosses zero and has no percent."),
    _spread("spread_zl_gold_oz_per_mt", "oz of gold per metric ton", "22.0462·ZL / GC",
            "What soybean oil costs in money that nobody prints.", bucket="fed", driver_group="MACRO_RISK"),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`: unadjusted fronts, and returns that leave rolls out.

    A bushel gives 11 lb of oil and 44 lb (0.022 short ton) of meal; a gallon of biodiesel takes 7.5 lb of oil.
    """
    zl, zs, zm, cl, ho, rb = (known[name] for name in ("zl", "zs", "zm", "cl", "ho", "rb"))
    oil, meal = 0.11 * zl, 0.022 * zm
    crush = meal + oil - zs / 100
    share = oil / np.where(oil + meal != 0, oil + meal, np.nan)
    boho = 7.5 * zl / 100 - ho
    brl, palm, gold = (np.where(known[name] > 0, known[name], np.nan) for name in ("brl", "cpo", "gc"))
    copper, beans = change(known["hg_log_index"], 1), change(known["zs_log_index"], 1)
    return {
        "spread_board_crush_usd_per_bu": crush,
        "spread_board_crush_percentile_252_ratio": rank_share(crush, 252, 0.79, own=True),
        "spread_oil_share_ratio": share,
        "spread_oil_share_change_21_ratio": change(share, 21),
        "spread_boho_usd_per_gal": boho,
        "spread_boho_zscore_252_ratio": rolling_zscore(boho, 252, 0.79),
        "spread_boho_change_21_ratio": change_over_sigma(boho, 21),
        "spread_crack_321_usd_per_bbl": (84 * rb + 42 * ho) / 3 - cl,
        "spread_crack_heating_oil_usd_per_bbl": 42 * ho - cl,
        "spread_ho_rb_usd_per_gal": ho - rb,
        "spread_terms_of_trade_brl_cents_per_lb": zl / brl,
        "spread_soyoil_palm_ratio": 22.0462 * zl / palm,
        "signal_china_pulse_60_ratio": rolling_corr(copper, beans, 60, 0.75),
        "spread_zl_gold_oz_per_mt": 22.0462 * zl / gold,
    }


def change_over_sigma(spread: np.ndarray, sessions: int) -> np.ndarray:
    """Change of a spread over `sessions` in trailing standard deviations of such changes (252); (n,).

    A spread that crosses zero has no percent change.
    """
    moved = change(spread, sessions)
    sigma = rolling_std(moved, 252, 0.79)
    return moved / np.where(sigma > 0, sigma, np.nan)
