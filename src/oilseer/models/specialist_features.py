"""What the AutoGluon models read: features of one bucket of the Big 8 each, the main one a few of every bucket.

Declared beforehand, so that no outcome chose them; ratios and percentiles rather than levels that drift.
"""

from oilseer.models.predictors import FURTHER, PREDICTORS

# every specialist sees them: season, trend, how much oil swings
SHARED = (
    "season_year_sine_ratio", "season_year_cosine_ratio", "tech_return_63_ratio", "volatility_realized_63_ratio",
)  # fmt: skip
BUCKETS: dict[str, tuple[str, ...]] = {
    "crush": (
        "spread_board_crush_percentile_252_ratio", "spread_board_crush_change_21_ratio", "spread_oil_share_ratio",
        "spread_oil_share_change_21_ratio", "curve_slope_annualized_ratio", "curve_slope_seasonal_ratio",
        "curve_roll_yield_63_ratio", "signal_corr_zl_zm_60_ratio", "databento_zs_momentum_21_ratio",
        "cftc_zl_noncommercial_percentile_52w_ratio", "cftc_zl_noncommercial_change_1w_ratio",
        "cftc_zl_commercial_net_ratio", "cftc_zm_noncommercial_percentile_52w_ratio",
        "usda_wasde_us_oil_stocks_to_use_percent", "usda_wasde_us_oil_ending_stocks_revision_percent",
        "usda_wasde_us_beans_stocks_to_use_percent", "usda_wasde_us_beans_ending_stocks_revision_percent",
        "usda_wasde_world_oil_stocks_to_use_percent", "weather_enso_oni_degrees_c",
        "weather_us_all_precipitation_anomaly_30d_mm",
    ),
    "china": (
        "signal_china_demand_ratio", "signal_china_pulse_60_ratio", "databento_hg_momentum_21_ratio",
        "databento_hg_front_usd_per_lb", "cftc_zs_noncommercial_percentile_52w_ratio", "cftc_zs_divergence_ratio",
        "databento_cpo_momentum_21_ratio", "spread_soyoil_palm_ratio", "usda_export_china_pace_percent",
        "comtrade_china_beans_season_percent",
    ),
    "fx": (
        "fx_dxy_momentum_21_ratio", "fx_dxy_momentum_63_ratio", "fx_dxy_momentum_252_ratio",
        "fx_usdbrl_momentum_21_ratio", "fx_usdbrl_momentum_63_ratio", "fx_usdbrl_momentum_252_ratio",
        "fx_usdbrl_volatility_63_ratio", "fx_usdcny_momentum_21_ratio", "fx_usdmxn_momentum_21_ratio",
        "fx_stress_ratio", "fx_corr_zl_dxy_60_ratio", "fx_corr_zl_usdbrl_60_ratio", "signal_beta_zl_dx_60_ratio",
    ),
    "fed": (
        "fred_pivot_proxy_ratio", "fred_cpiaucsl_change_12m_percent", "fred_dgs10_percent",
        "fred_dgs10_change_21_percent", "fred_dgs2_percent", "fred_dgs3mo_percent", "fred_fedfunds_percent",
        "fred_t10y2y_percent", "fred_t10y2y_change_63_percent", "fred_t10y3m_percent", "fred_dfii10_percent",
        "fred_unrate_percent", "spread_zl_gold_oz_per_mt",
    ),
    "tariff": (
        "policy_china_soybean_duty_percent", "policy_section_301_flag", "policy_tariff_acts_90d_number",
        "policy_uncertainty_points", "news_china_mentions_7d_number", "news_tariff_velocity_ratio",
    ),
    "biofuel": (
        "epa_rin_d4_momentum_4w_ratio", "epa_rin_d4_usd_per_rin", "epa_rin_d4_volatility_12w_ratio",
        "epa_rin_d6_usd_per_rin", "epa_rfs_biomass_based_diesel_growth_percent", "spread_boho_zscore_252_ratio",
        "spread_boho_change_21_ratio", "spread_boho_usd_per_gal", "spread_biodiesel_margin_usd_per_gal",
        "spread_palm_soyoil_zscore_60m_ratio", "spread_rapeseed_soyoil_usd_per_mt",
        "spread_sunflower_soyoil_usd_per_mt", "policy_rfs_proposal_open_flag", "season_to_rfs_deadline_days",
    ),
    "energy": (
        "databento_cl_momentum_21_ratio", "databento_cl_front_usd_per_bbl", "spread_crack_321_usd_per_bbl",
        "spread_crack_321_change_21_ratio", "spread_crack_heating_oil_usd_per_bbl", "spread_ho_rb_usd_per_gal",
        "signal_corr_zl_cl_60_ratio", "signal_corr_zl_cl_252_ratio", "signal_corr_zl_ho_60_ratio",
        "signal_beta_zl_cl_60_ratio", "signal_beta_zl_ho_60_ratio", "signal_corr_cl_ho_60_ratio",
    ),
    "volatility": (
        "volatility_realized_5_ratio", "volatility_realized_21_ratio", "volatility_realized_126_ratio",
        "volatility_tail_252_ratio", "volatility_vix_points", "volatility_vix_percentile_252_ratio",
        "volatility_correlation_mean_60_ratio", "regime_volatility_zscore_ratio", "tech_momentum_252_ratio",
        "tech_value_1260_ratio", "tech_trend_strength_63_ratio", "tech_drawdown_252_ratio",
        "tech_distance_sma_63_ratio", "tech_distance_sma_200_ratio", "tech_bollinger_b_ratio", "tech_rsi_14_points",
        "tech_amihud_21_ratio",
    ),
}  # fmt: skip
MAIN = (
    *(predictor.name for predictor in PREDICTORS), *FURTHER,
    "policy_china_soybean_duty_percent", "policy_tariff_acts_90d_number", "signal_china_pulse_60_ratio",
    "fred_pivot_proxy_ratio", "spread_crack_321_change_21_ratio", "epa_rin_d4_volatility_12w_ratio",
)  # fmt: skip
PREFIX = "AutoGluon-"
READS: dict[str, tuple[str, ...]] = {
    f"{PREFIX}main": MAIN,
    **{f"{PREFIX}{bucket}": (*SHARED, *names) for bucket, names in BUCKETS.items()},
}
