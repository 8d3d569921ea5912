"""The core that every bucket inherits, and what each of the Big 8 adds to it: lists of features by name.

From them come features.core_macro_fx and the views features.bucket_*; the main predictor sees the whole matrix.
"""

CORE: tuple[str, ...] = (
    # currencies
    "fx_brl_us_rate_differential_percent",
    "fx_usdbrl_momentum_21_ratio", "fx_usdbrl_momentum_63_ratio", "fx_usdbrl_momentum_252_ratio",
    "fx_dxy_momentum_21_ratio", "fx_dxy_momentum_63_ratio", "fx_dxy_momentum_252_ratio",
    "fx_usdbrl_volatility_21_ratio", "fx_usdbrl_volatility_63_ratio",
    "fx_corr_zl_usdbrl_30_ratio", "fx_corr_zl_usdbrl_60_ratio", "fx_corr_zl_usdbrl_90_ratio",
    "fx_corr_zl_dxy_30_ratio", "fx_corr_zl_dxy_60_ratio", "fx_corr_zl_dxy_90_ratio",
    "spread_terms_of_trade_brl_cents_per_lb",
    # money, with the age of what is published weekly or monthly
    "fred_fedfunds_percent", "fred_dfedtaru_percent", "fred_dgs10_percent", "fred_dgs2_percent", "fred_dgs3mo_percent",
    "fred_t10y2y_percent", "fred_t10y3m_percent", "fred_nfci_points", "fred_stlfsi4_points", "volatility_vix_points",
    "fred_unrate_percent", "fred_cpiaucsl_change_12m_percent",
    "fred_fedfunds_age_sessions", "fred_nfci_age_sessions", "fred_stlfsi4_age_sessions", "fred_unrate_age_sessions",
    "fred_cpiaucsl_age_sessions",
    # price, volume, other markets
    "databento_zl_front_cents_per_lb", "databento_zl_volume_contracts", "databento_zl_open_interest_contracts",
    "spread_board_crush_usd_per_bu", "spread_oil_share_ratio", "spread_boho_usd_per_gal",
    "databento_hg_front_usd_per_lb", "fx_dxy_points",
    # soybean oil itself
    "tech_return_1_ratio", "tech_return_5_ratio", "tech_return_21_ratio", "tech_return_63_ratio",
    "volatility_realized_21_ratio", "volatility_realized_63_ratio", "tech_rsi_14_points",
    "tech_distance_sma_63_ratio", "tech_distance_sma_200_ratio", "season_year_sine_ratio", "season_year_cosine_ratio",
    "season_month_number", "season_to_delivery_days", "season_roll_flag",
)  # fmt: skip

ADDITIONS: dict[str, tuple[str, ...]] = {
    "crush": (
        "databento_zs_front_cents_per_bu", "databento_zm_front_usd_per_short_ton", "databento_he_front_cents_per_lb",
        "databento_zc_front_cents_per_bu", "spread_hog_feed_usd_per_cwt", "spread_oil_share_change_21_ratio",
        "spread_board_crush_percentile_252_ratio", "spread_board_crush_change_21_ratio",
        "databento_zs_momentum_21_ratio", "curve_slope_annualized_ratio", "curve_slope_seasonal_ratio",
        "curve_zs_slope_annualized_ratio", "nopa_crush_mbu", "nopa_oil_stocks_mlb", "usda_nass_crush_mbu",
        "usda_nass_oil_stocks_season_percent", "usda_wasde_us_oil_stocks_to_use_percent",
        "usda_wasde_us_oil_ending_stocks_surprise_ratio", "cftc_zl_noncommercial_net_ratio",
        "cftc_zl_divergence_ratio", "weather_us_all_precipitation_anomaly_30d_mm", "weather_us_all_drought_90d_flag",
        "weather_br_all_precipitation_anomaly_30d_mm", "weather_ar_all_precipitation_anomaly_30d_mm",
        "weather_enso_oni_degrees_c",
    ),
    "china": (
        "signal_china_pulse_60_ratio", "signal_china_demand_ratio", "databento_hg_momentum_21_ratio",
        "fx_usdcny_momentum_21_ratio", "fx_corr_zl_usdcny_60_ratio", "usda_export_beans_pace_percent",
        "usda_export_beans_momentum_4w_ratio", "usda_export_china_share_percent", "usda_export_china_pace_percent",
        "usda_export_age_sessions", "comtrade_china_beans_season_percent", "comtrade_age_sessions",
        "usda_wasde_china_beans_imports_mmt", "news_china_net_7d_ratio", "news_trade_count_7d_number",
        "spread_soyoil_palm_ratio", "databento_cpo_momentum_21_ratio", "signal_corr_zl_cpo_60_ratio",
        "cftc_zs_noncommercial_percentile_52w_ratio",
    ),
    "fx": (
        "databento_6e_front_usd_per_eur", "databento_6j_front_usd_per_jpy", "databento_6m_front_usd_per_mxn",
        "fx_usdcny_momentum_21_ratio", "fx_usdmxn_momentum_21_ratio", "fx_corr_zl_usdcny_60_ratio",
        "fx_corr_zl_usdmxn_60_ratio", "fx_stress_ratio", "fx_stress_state", "signal_corr_zl_6l_60_ratio",
        "signal_corr_zl_dx_60_ratio", "signal_beta_zl_6l_60_ratio", "signal_beta_zl_dx_60_ratio",
    ),
    "fed": (
        "fred_dfedtaru_change_21_percent", "fred_dgs10_change_21_percent", "fred_t10y2y_change_63_percent",
        "fred_dgs2_less_dfedtaru_percent", "fred_pivot_probability_ratio", "fred_pivot_proxy_ratio",
        "fred_nfci_percentile_252_ratio", "fred_stlfsi4_percentile_252_ratio", "fred_dfii10_percent",
        "fred_bamlh0a0hym2_percent", "spread_zl_gold_oz_per_mt", "news_budget_speech_count_7d_number",
        "news_fed_net_7d_ratio",
    ),
    "tariff": (
        "news_tariff_net_7d_ratio", "news_tariff_velocity_ratio", "news_trade_count_7d_number",
        "news_china_mentions_7d_number", "scrc_trump_posts_velocity_ratio", "policy_section_301_flag",
        "policy_china_soybean_duty_percent", "policy_tariff_acts_90d_number", "policy_uncertainty_points",
        "fx_usdcny_momentum_21_ratio", "fx_usdmxn_momentum_21_ratio", "databento_6m_front_usd_per_mxn",
        "signal_china_pulse_60_ratio", "databento_hg_momentum_21_ratio",
    ),
    "biofuel": (
        "epa_rin_d3_usd_per_rin", "epa_rin_d4_usd_per_rin", "epa_rin_d5_usd_per_rin", "epa_rin_d6_usd_per_rin",
        "epa_rin_d4_momentum_4w_ratio", "epa_rin_d4_volatility_12w_ratio", "epa_rin_age_sessions",
        "spread_boho_zscore_252_ratio", "spread_boho_change_21_ratio", "databento_ho_front_usd_per_gal",
        "spread_biodiesel_margin_usd_per_gal", "eia_biodiesel_production_yoy_percent",
        "eia_biodiesel_production_momentum_3m_ratio", "eia_soyoil_feedstock_mlb", "eia_biofuels_age_sessions",
        "epa_rfs_biomass_based_diesel_billion_gal", "epa_rfs_biomass_based_diesel_growth_percent",
        "epa_rfs_total_billion_rins", "epa_rfs_age_sessions", "policy_rfs_proposal_open_flag",
        "news_rin_analysis_count_7d_number", "news_biofuel_net_7d_ratio", "signal_corr_zl_ho_60_ratio",
        "usda_wasde_us_oil_biofuel_use_mlb",
    ),
    "energy": (
        "databento_cl_front_usd_per_bbl", "databento_ho_front_usd_per_gal", "databento_rb_front_usd_per_gal",
        "spread_crack_321_usd_per_bbl", "spread_crack_532_usd_per_bbl", "spread_crack_gasoline_usd_per_bbl",
        "spread_crack_heating_oil_usd_per_bbl", "spread_ho_rb_usd_per_gal", "signal_corr_zl_cl_60_ratio",
        "signal_beta_zl_cl_60_ratio", "databento_cl_momentum_21_ratio", "spread_crack_321_change_21_ratio",
    ),
    "volatility": (
        "volatility_garman_klass_21_ratio", "volatility_garman_klass_63_ratio", "volatility_parkinson_21_ratio",
        "volatility_parkinson_63_ratio", "volatility_zs_21_ratio", "volatility_vix_term_ratio",
        "volatility_vix_percentile_252_ratio", "volatility_correlation_mean_60_ratio", "regime_correlation_state",
        "volatility_tail_252_ratio", "volatility_hourly_21_ratio", "volatility_realized_hourly_ratio",
        "regime_volatility_zscore_ratio", "regime_gate_state", "regime_master_state",
        "regime_crisis_intensity_points", "regime_vix_band_state", "regime_vix_override_flag",
        "regime_harvest_override_flag",
    ),
}  # fmt: skip

GROUPS: dict[str, str] = {
    "BIOFUEL_ENERGY": "what the oil is worth as fuel: crude, diesel, credits, mandates",
    "TRADE_TARIFF": "who may buy from whom: China, duties, measures and the currencies that show them",
    "WEATHER_SUPPLY": "how much is grown, crushed and stored",
    "PALM_SUBSTITUTION": "what the other oils cost",
    "MACRO_RISK": "money, the dollar and fear",
    "POSITIONING": "who holds the futures",
    "POLICY_REGULATION": "what governments rule on fuel, food and land",
    "TECHNICAL_REGIME": "the price's own past and the state of the market",
}
