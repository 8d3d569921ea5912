-- fx: one row per cutoff; the dollar against those who grow and buy soybeans. Log changes of what was known
-- at each cutoff, so a rate that is published late moves when it is published. Reads known.
WITH changes AS (
    SELECT
        *,
        ln(fx_usdbrl / lag(fx_usdbrl) OVER by_session) AS brl_change,
        ln(fx_dxy / lag(fx_dxy) OVER by_session) AS dxy_change
    FROM known
    WINDOW by_session AS (ORDER BY as_of_date)
)

SELECT
    as_of_date,
    fx_usdbrl AS fx_usdbrl_brl_per_usd,
    ln(fx_usdbrl / lag(fx_usdbrl, 21) OVER by_session) AS fx_usdbrl_momentum_21_ratio,
    ln(fx_usdbrl / lag(fx_usdbrl, 63) OVER by_session) AS fx_usdbrl_momentum_63_ratio,
    ln(fx_usdbrl / lag(fx_usdbrl, 252) OVER by_session) AS fx_usdbrl_momentum_252_ratio,
    CASE WHEN count(brl_change) OVER last_21 >= 18 THEN sqrt(252) * stddev_samp(brl_change) OVER last_21 END
        AS fx_usdbrl_volatility_21_ratio,
    CASE WHEN regr_count(brl_change, zl_return) OVER last_60 >= 45 THEN corr(brl_change, zl_return) OVER last_60 END
        AS fx_corr_zl_usdbrl_60_ratio,
    fx_dxy AS fx_dxy_points,
    ln(fx_dxy / lag(fx_dxy, 21) OVER by_session) AS fx_dxy_momentum_21_ratio,
    ln(fx_dxy / lag(fx_dxy, 63) OVER by_session) AS fx_dxy_momentum_63_ratio,
    CASE WHEN regr_count(dxy_change, zl_return) OVER last_60 >= 45 THEN corr(dxy_change, zl_return) OVER last_60 END
        AS fx_corr_zl_dxy_60_ratio,
    fx_usdcny AS fx_usdcny_cny_per_usd,
    ln(fx_usdcny / lag(fx_usdcny, 21) OVER by_session) AS fx_usdcny_momentum_21_ratio
FROM changes
WINDOW
    by_session AS (ORDER BY as_of_date),
    last_21 AS (ORDER BY as_of_date ROWS 20 PRECEDING),
    last_60 AS (ORDER BY as_of_date ROWS 59 PRECEDING);
