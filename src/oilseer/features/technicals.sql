-- technicals: one row per cutoff; soybean oil against its own past. Unit: ratio (log returns, distances).
-- Averages run over the return index, so a roll moves none of them; only value looks at the price paid. Reads known.
WITH levels AS (
    SELECT *, exp(zl_log_index) AS held FROM known
)

SELECT
    as_of_date,
    zl_return AS tech_return_1_ratio,
    zl_log_index - lag(zl_log_index, 5) OVER by_session AS tech_return_5_ratio,
    zl_log_index - lag(zl_log_index, 21) OVER by_session AS tech_return_21_ratio,
    zl_log_index - lag(zl_log_index, 63) OVER by_session AS tech_return_63_ratio,
    zl_log_index - lag(zl_log_index, 252) OVER by_session AS tech_momentum_252_ratio,
    CASE WHEN count(*) OVER last_63 = 63 THEN held / avg(held) OVER last_63 - 1 END AS tech_distance_sma_63_ratio,
    CASE WHEN count(*) OVER last_200 = 200 THEN held / avg(held) OVER last_200 - 1 END AS tech_distance_sma_200_ratio,
    CASE
        WHEN count(*) OVER last_20 = 20
            THEN (held - avg(held) OVER last_20) / nullif(4 * stddev_pop(held) OVER last_20, 0) + 0.5
    END AS tech_bollinger_b_ratio,
    CASE
        WHEN count(*) OVER last_20 = 20 THEN 4 * stddev_pop(held) OVER last_20 / avg(held) OVER last_20
    END AS tech_bollinger_width_ratio,
    CASE
        WHEN zl_volume > 0 AND count(zl_volume) OVER last_21 >= 15
            THEN ln(zl_volume / nullif(avg(CASE WHEN zl_volume > 0 THEN zl_volume END) OVER last_21, 0))
    END AS tech_volume_surprise_21_ratio,
    CASE WHEN count(*) OVER last_1260 >= 756 THEN ln(avg(zl) OVER last_1260 / zl) END AS tech_value_1260_ratio
FROM levels
WINDOW
    by_session AS (ORDER BY as_of_date),
    last_20 AS (ORDER BY as_of_date ROWS 19 PRECEDING),
    last_21 AS (ORDER BY as_of_date ROWS 20 PRECEDING),
    last_63 AS (ORDER BY as_of_date ROWS 62 PRECEDING),
    last_200 AS (ORDER BY as_of_date ROWS 199 PRECEDING),
    last_1260 AS (ORDER BY as_of_date ROWS 1259 PRECEDING);
