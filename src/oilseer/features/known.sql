-- known: one row per cutoff: soybean oil's own session, other markets, and released series, as known then.
SELECT
    c.as_of_date,
    c.cutoff,
    c.place,
    z.price_cents_per_lb AS zl,
    z.return_log AS zl_return,
    CAST(sum(CAST(coalesce(z.return_log, 0) AS DECIMAL(18, 15))) OVER (ORDER BY c.as_of_date) AS DOUBLE) AS zl_log_index,
    z.is_roll,
    z.contract_month,
    z.second_contract_month,
    z.close_cents_per_lb AS zl_close,
    z.second_close_cents_per_lb AS zl_second,
    z.volume AS zl_volume,
    z.open_interest AS zl_open_interest,
    r.roll_place,
    v.variance_hourly_ratio,
    v.variance_parkinson_ratio,
    v.variance_garman_klass_ratio,
    v.volatility_hourly_ratio,
    m.* EXCLUDE (as_of_date),
    s.* EXCLUDE (as_of_date)
FROM cutoffs AS c
INNER JOIN staging.zl_prices_clean AS z ON z.observation_date = c.as_of_date
LEFT JOIN staging.zl_realized_vol AS v ON v.observation_date = c.as_of_date
LEFT JOIN contract_rolls AS r ON r.contract_month = z.contract_month
LEFT JOIN market_columns AS m ON m.as_of_date = c.as_of_date
LEFT JOIN series_columns AS s ON s.as_of_date = c.as_of_date
ORDER BY c.as_of_date;
