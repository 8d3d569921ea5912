-- regime: one row per cutoff; how unusual soybean oil's volatility is against its own two years. Unit: ratio. Reads known.
WITH spread_of_returns AS (
    SELECT
        as_of_date,
        CASE WHEN count(zl_return) OVER last_21 >= 18 THEN stddev_samp(zl_return) OVER last_21 END AS volatility,
        coalesce(vix, fred_vixcls) AS vix_known
    FROM known
    WINDOW last_21 AS (ORDER BY as_of_date ROWS 20 PRECEDING)
)

SELECT
    as_of_date,
    CASE
        WHEN count(volatility) OVER before_504 >= 252
            THEN (volatility - avg(volatility) OVER before_504) / nullif(stddev_samp(volatility) OVER before_504, 0)
    END AS regime_volatility_zscore_ratio,
    CASE
        WHEN count(volatility) OVER before_252 >= 200
            THEN (volatility - avg(volatility) OVER before_252) / nullif(stddev_samp(volatility) OVER before_252, 0)
    END AS regime_volatility_zscore_252_ratio,
    CASE
        WHEN vix_known < 15 THEN 0 WHEN vix_known < 25 THEN 1 WHEN vix_known <= 30 THEN 2 WHEN vix_known > 30 THEN 3
    END AS regime_vix_band_state
FROM spread_of_returns
WINDOW
    before_252 AS (ORDER BY as_of_date ROWS BETWEEN 252 PRECEDING AND 1 PRECEDING),
    before_504 AS (ORDER BY as_of_date ROWS BETWEEN 504 PRECEDING AND 1 PRECEDING);
