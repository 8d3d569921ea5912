-- prices: one row per cutoff; what soybean oil and its neighbours cost and moved. Units stand in the names.
-- Levels are unadjusted fronts; every return is of one held contract. Reads known.
SELECT
    as_of_date,
    zl AS databento_zl_front_cents_per_lb,
    zl_volume AS databento_zl_volume_contracts,
    zl_open_interest AS databento_zl_open_interest_contracts,
    zs AS databento_zs_front_cents_per_bu,
    zm AS databento_zm_front_usd_per_short_ton,
    hg AS databento_hg_front_usd_per_lb,
    cl AS databento_cl_front_usd_per_bbl,
    ho AS databento_ho_front_usd_per_gal,
    hg_log_index - lag(hg_log_index, 21) OVER by_session AS databento_hg_momentum_21_ratio,
    cl_log_index - lag(cl_log_index, 21) OVER by_session AS databento_cl_momentum_21_ratio
FROM known
WINDOW by_session AS (ORDER BY as_of_date);
