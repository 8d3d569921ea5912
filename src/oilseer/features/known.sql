-- known: one row per cutoff: soybean oil's own session, other markets, and released series, as known then.
WITH own AS (
    -- over the whole history, whichever cutoffs are asked for; the sum is of decimals, so it has no rounding
    SELECT
        z.*,
        CAST(
            sum(CAST(coalesce(z.return_log, 0) AS DECIMAL(18, 15))) OVER (ORDER BY z.observation_date) AS DOUBLE
        ) AS zl_log_index
    FROM staging.zl_prices_clean AS z
    WHERE z.available_at <= timezone('America/New_York', z.observation_date + INTERVAL 17 HOUR)
)

SELECT
    c.as_of_date,
    c.cutoff,
    c.place,
    z.price_cents_per_lb AS zl,
    z.return_log AS zl_return,
    z.zl_log_index,
    z.is_roll,
    z.contract_month,
    z.second_contract_month,
    z.close_cents_per_lb AS zl_close,
    z.second_close_cents_per_lb AS zl_second,
    z.open_cents_per_lb AS zl_open,
    z.high_cents_per_lb AS zl_high,
    z.low_cents_per_lb AS zl_low,
    z.volume AS zl_volume,
    z.open_interest AS zl_open_interest,
    v.variance_hourly_ratio,
    v.variance_parkinson_ratio,
    v.variance_garman_klass_ratio,
    v.volatility_hourly_ratio,
    m.* EXCLUDE (as_of_date),
    s.* EXCLUDE (as_of_date)
FROM cutoffs AS c
INNER JOIN own AS z ON z.observation_date = c.as_of_date
LEFT JOIN staging.zl_realized_vol AS v ON v.observation_date = c.as_of_date
LEFT JOIN market_columns AS m ON m.as_of_date = c.as_of_date
LEFT JOIN series_columns AS s ON s.as_of_date = c.as_of_date
ORDER BY c.as_of_date;
