-- staging.market_hourly: one row per symbol and hour of the front contract, of the days since $since. Prices as quoted.
-- Reads raw.databento_futures_ohlcv_1h and staging.market_daily, which says which contract was the front; a session that
-- is still running has that of the one before.
WITH bars AS (
    -- the session opens 17:00 Chicago the day before: seven hours later is the session's date
    SELECT
        symbol, contract, bar_start, close, volume, available_at, availability, ingested_at, source, provenance_id,
        CAST(timezone('America/Chicago', bar_start) + INTERVAL 7 HOUR AS DATE) AS observation_date
    FROM raw.databento_futures_ohlcv_1h
    WHERE isfinite(close) AND bar_start >= $since
    QUALIFY row_number() OVER (PARTITION BY symbol, contract, bar_start ORDER BY available_at) = 1
)

SELECT
    b.symbol, b.bar_start, b.contract, b.close, CASE WHEN b.volume >= 0 THEN b.volume END AS volume,
    b.observation_date, b.available_at, b.availability, b.ingested_at, b.source, b.provenance_id
FROM bars AS b
ASOF INNER JOIN staging.market_daily AS d ON d.symbol = b.symbol AND d.observation_date <= b.observation_date
WHERE d.contract = b.contract
ORDER BY b.symbol, b.bar_start;
