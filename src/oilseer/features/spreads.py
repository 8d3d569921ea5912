"""Margins of the soybean complex and of fuel, what soybean oil costs in reais and against palm, and two links."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

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
    _energy("signal_corr_cl_zl_60_ratio", "correlation", "correlation of CL and ZL returns, 60 sessions",
            "How far soybean oil trades as a fuel at present."),
)  # fmt: skip
