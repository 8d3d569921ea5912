-- staging.zl_prices_clean: one row per CBOT session of soybean oil. Unit: ¢/lb.
-- Reads staging.market_daily; a row on a day that is no session is left out and counted in ops.data_quality_zl_daily.
WITH sessions_only AS (
    SELECT m.*, coalesce(m.settle, m.close) AS price
    FROM staging.market_daily AS m
    INNER JOIN market_sessions AS s ON s.day = m.observation_date
    WHERE m.symbol = 'ZL'
)

SELECT
    price AS price_cents_per_lb,
    CASE WHEN settle IS NULL THEN 'close' ELSE 'settle' END AS price_kind,
    open AS open_cents_per_lb,
    high AS high_cents_per_lb,
    low AS low_cents_per_lb,
    close AS close_cents_per_lb,
    return_log,
    return_basis,
    is_roll,
    contract,
    contract_month,
    second_contract_month,
    second_close AS second_close_cents_per_lb,
    volume,
    open_interest,
    basis,
    price NOT BETWEEN 2 AND 200 AS is_out_of_range,
    coalesce(abs(return_log) > ln(1.3), false) AS is_jump,
    coalesce(
        price = lag(price, 1) OVER by_day AND price = lag(price, 2) OVER by_day AND price = lag(price, 3) OVER by_day,
        false
    ) AS is_stuck,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM sessions_only
WINDOW by_day AS (ORDER BY observation_date)
ORDER BY observation_date;
