-- volatility: one row per cutoff; annualised standard deviations (ratio a year, 252 sessions). Reads known.
WITH moves AS (
    SELECT
        *,
        zs_log_index - lag(zs_log_index) OVER (ORDER BY as_of_date) AS zs_return,
        coalesce(vix, fred_vixcls) AS vix_known
    FROM known
)

SELECT
    as_of_date,
    CASE WHEN count(zl_return) OVER last_21 >= 18 THEN sqrt(252) * stddev_samp(zl_return) OVER last_21 END
        AS volatility_realized_21_ratio,
    CASE WHEN count(zl_return) OVER last_63 >= 55 THEN sqrt(252) * stddev_samp(zl_return) OVER last_63 END
        AS volatility_realized_63_ratio,
    volatility_hourly_ratio AS volatility_realized_hourly_ratio,
    CASE WHEN count(variance_hourly_ratio) OVER last_5 >= 4 THEN sqrt(252 * avg(variance_hourly_ratio) OVER last_5) END
        AS volatility_hourly_5_ratio,
    CASE WHEN count(variance_hourly_ratio) OVER last_21 >= 18 THEN sqrt(252 * avg(variance_hourly_ratio) OVER last_21) END
        AS volatility_hourly_21_ratio,
    CASE
        WHEN count(variance_parkinson_ratio) OVER last_21 >= 18
            THEN sqrt(252 * avg(variance_parkinson_ratio) OVER last_21)
    END AS volatility_parkinson_21_ratio,
    CASE
        WHEN count(variance_garman_klass_ratio) OVER last_21 >= 18
            THEN sqrt(252 * avg(variance_garman_klass_ratio) OVER last_21)
    END AS volatility_garman_klass_21_ratio,
    CASE WHEN count(zs_return) OVER last_21 >= 18 THEN sqrt(252) * stddev_samp(zs_return) OVER last_21 END
        AS volatility_zs_21_ratio,
    vix_known AS volatility_vix_points,
    CASE
        WHEN vix_known IS NOT NULL AND count(vix_known) OVER last_252 >= 200
            THEN list_sum(
                list_transform(list(vix_known) OVER last_252, lambda x: CASE WHEN x <= vix_known THEN 1.0 ELSE 0.0 END)
            ) / count(vix_known) OVER last_252
    END AS volatility_vix_percentile_252_ratio
FROM moves
WINDOW
    last_5 AS (ORDER BY as_of_date ROWS 4 PRECEDING),
    last_21 AS (ORDER BY as_of_date ROWS 20 PRECEDING),
    last_63 AS (ORDER BY as_of_date ROWS 62 PRECEDING),
    last_252 AS (ORDER BY as_of_date ROWS 251 PRECEDING);
