-- spreads: one row per cutoff; margins of the soybean complex and of fuel, from unadjusted fronts.
-- Units stand in the names; weights are those of a bushel: 11 lb of oil, 44 lb of meal. Reads known.
WITH margins AS (
    SELECT
        *,
        0.022 * zm + 0.11 * zl - zs / 100 AS board_crush,
        0.11 * zl / nullif(0.11 * zl + 0.022 * zm, 0) AS oil_share,
        7.5 * zl / 100 - ho AS boho,
        (84 * rb + 42 * ho) / 3 - cl AS crack_321,
        zs_log_index - lag(zs_log_index) OVER by_session AS zs_return,
        hg_log_index - lag(hg_log_index) OVER by_session AS hg_return,
        cl_log_index - lag(cl_log_index) OVER by_session AS cl_return
    FROM known
    WINDOW by_session AS (ORDER BY as_of_date)
)

SELECT
    as_of_date,
    board_crush AS spread_board_crush_usd_per_bu,
    CASE
        WHEN board_crush IS NOT NULL AND count(board_crush) OVER last_252 >= 200
            THEN list_sum(
                list_transform(list(board_crush) OVER last_252, lambda x: CASE WHEN x <= board_crush THEN 1.0 ELSE 0.0 END)
            ) / count(board_crush) OVER last_252
    END AS spread_board_crush_percentile_252_ratio,
    oil_share AS spread_oil_share_ratio,
    oil_share - lag(oil_share, 21) OVER by_session AS spread_oil_share_change_21_ratio,
    boho AS spread_boho_usd_per_gal,
    CASE
        WHEN count(boho) OVER last_252 >= 200
            THEN (boho - avg(boho) OVER last_252) / nullif(stddev_samp(boho) OVER last_252, 0)
    END AS spread_boho_zscore_252_ratio,
    crack_321 AS spread_crack_321_usd_per_bbl,
    42 * ho - cl AS spread_crack_heating_oil_usd_per_bbl,
    ho - rb AS spread_ho_rb_usd_per_gal,
    CASE WHEN brl > 0 THEN zl / brl END AS spread_terms_of_trade_brl_cents_per_lb,
    CASE WHEN cpo > 0 THEN 22.0462 * zl / cpo END AS spread_soyoil_palm_ratio,
    CASE WHEN regr_count(hg_return, zs_return) OVER last_60 >= 45 THEN corr(hg_return, zs_return) OVER last_60 END
        AS signal_china_pulse_60_ratio,
    CASE WHEN regr_count(cl_return, zl_return) OVER last_60 >= 45 THEN corr(cl_return, zl_return) OVER last_60 END
        AS signal_corr_cl_zl_60_ratio
FROM margins
WINDOW
    by_session AS (ORDER BY as_of_date),
    last_60 AS (ORDER BY as_of_date ROWS 59 PRECEDING),
    last_252 AS (ORDER BY as_of_date ROWS 251 PRECEDING);
