-- staging.zl_realized_vol: one row per CBOT session of soybean oil. Unit: variance of log returns, ratio, a day;
-- volatilities annualised by 252 sessions. Reads staging.zl_prices_clean and raw.databento_futures_ohlcv_1h.
WITH bars AS (
    -- the session opens 17:00 Chicago the day before: seven hours later is the session's date
    SELECT
        CAST(timezone('America/Chicago', h.bar_start) + INTERVAL 7 HOUR AS DATE) AS observation_date,
        h.contract, h.bar_start, h.open, h.close
    FROM raw.databento_futures_ohlcv_1h AS h
    WHERE h.symbol = 'ZL' AND h.open BETWEEN 0.01 AND 1e4 AND h.close BETWEEN 0.01 AND 1e4
    QUALIFY row_number() OVER (
        PARTITION BY h.contract, h.bar_start ORDER BY h.available_at
    ) = 1
        AND h.available_at <= timezone('America/New_York', CAST(
            CAST(timezone('America/Chicago', h.bar_start) + INTERVAL 7 HOUR AS DATE) AS TIMESTAMP) + INTERVAL 17 HOUR)
),

front_bars AS (
    SELECT
        z.observation_date,
        b.bar_start,
        ln(b.close / coalesce(lag(b.close) OVER by_bar, b.open)) AS step,
        first_value(b.open) OVER by_bar AS session_open,
        b.close
    FROM staging.zl_prices_clean AS z
    INNER JOIN bars AS b ON b.observation_date = z.observation_date AND b.contract = z.contract
    WINDOW by_bar AS (PARTITION BY z.observation_date ORDER BY b.bar_start)
),

hourly AS (
    SELECT
        observation_date,
        count(*) AS bar_count,
        sum(step * step ORDER BY bar_start) AS variance_intraday,
        ln(arg_max(close, bar_start) / any_value(session_open)) AS return_intraday
    FROM front_bars
    GROUP BY observation_date
),

ranges AS (
    -- only where the bar is consistent: high and low enclose open and close
    SELECT
        observation_date,
        ln(high_cents_per_lb / low_cents_per_lb) AS high_low,
        ln(close_cents_per_lb / open_cents_per_lb) AS open_close
    FROM staging.zl_prices_clean
    WHERE low_cents_per_lb > 0 AND high_cents_per_lb < 1e4 AND open_cents_per_lb > 0
        AND high_cents_per_lb >= greatest(open_cents_per_lb, close_cents_per_lb)
        AND low_cents_per_lb <= least(open_cents_per_lb, close_cents_per_lb)
),

variances AS (
    SELECT
        z.*,
        CASE WHEN h.bar_count >= $min_bars THEN h.bar_count END AS bar_count,
        CASE WHEN h.bar_count >= $min_bars THEN h.variance_intraday END AS variance_intraday_ratio,
        CASE WHEN h.bar_count >= $min_bars THEN power(z.return_log - h.return_intraday, 2) END AS variance_overnight_ratio,
        power(r.high_low, 2) / (4 * ln(2)) AS variance_parkinson_ratio,
        0.5 * power(r.high_low, 2) - (2 * ln(2) - 1) * power(r.open_close, 2) AS variance_garman_klass_ratio,
        power(z.return_log - r.open_close, 2) AS variance_range_overnight
    FROM staging.zl_prices_clean AS z
    LEFT JOIN hourly AS h ON h.observation_date = z.observation_date
    LEFT JOIN ranges AS r ON r.observation_date = z.observation_date
)

SELECT
    bar_count,
    variance_intraday_ratio,
    variance_overnight_ratio,
    variance_intraday_ratio + variance_overnight_ratio AS variance_hourly_ratio,
    sqrt(252 * (variance_intraday_ratio + variance_overnight_ratio)) AS volatility_hourly_ratio,
    variance_parkinson_ratio,
    variance_garman_klass_ratio,
    coalesce(
        variance_intraday_ratio + variance_overnight_ratio,
        variance_garman_klass_ratio + variance_range_overnight,
        return_log * return_log
    ) AS variance_daily_ratio,
    CASE
        WHEN variance_intraday_ratio + variance_overnight_ratio IS NOT NULL THEN 'hourly'
        WHEN variance_garman_klass_ratio + variance_range_overnight IS NOT NULL THEN 'range'
        WHEN return_log IS NOT NULL THEN 'return'
    END AS variance_basis,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM variances
ORDER BY observation_date;
