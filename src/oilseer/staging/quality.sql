-- ops.data_quality_zl_daily: one row per period (a year, or all) and check of the ZL series.
-- Reads staging.zl_prices_clean, staging.market_daily, raw. Only counts; repairs nothing.
WITH days AS (
    SELECT
        z.*,
        s.place - lag(s.place) OVER by_day - 1 AS gap_sessions,
        abs(z.return_log - avg(z.return_log) OVER year_before) / nullif(stddev_samp(z.return_log) OVER year_before, 0) AS z_score
    FROM staging.zl_prices_clean AS z
    INNER JOIN market_sessions AS s ON s.day = z.observation_date
    WINDOW
        by_day AS (ORDER BY z.observation_date),
        year_before AS (ORDER BY z.observation_date ROWS BETWEEN 252 PRECEDING AND 1 PRECEDING)
),

labelled AS (
    SELECT CAST(year(observation_date) AS VARCHAR) AS period, * FROM days
    UNION ALL
    SELECT 'all', * FROM days
),

left_out AS (
    SELECT m.observation_date, 'non_session_rows' AS name
    FROM staging.market_daily AS m
    ANTI JOIN market_sessions AS s ON s.day = m.observation_date
    WHERE m.symbol = 'ZL'
    UNION ALL
    SELECT r.observation_date, 'late_rows'
    FROM (
        SELECT observation_date, available_at FROM raw.databento_futures_ohlcv_1d WHERE symbol = 'ZL'
        UNION ALL
        SELECT observation_date, available_at FROM raw.user_futures_contracts_1d WHERE symbol = 'ZL'
    ) AS r
    INNER JOIN clock AS c ON c.day = r.observation_date AND r.available_at > c.cutoff
),

counted AS (
    SELECT
        period,
        count(*) AS sessions,
        max(coalesce(gap_sessions, 0)) AS longest_gap_sessions,
        sum(greatest(coalesce(gap_sessions, 0), 0)) AS missing_sessions,
        avg(CASE WHEN z_score > 3 THEN 1.0 ELSE 0.0 END) AS outlier_ratio,
        avg(CASE WHEN return_log IS NULL THEN 1.0 ELSE 0.0 END) AS null_ratio,
        avg(CASE WHEN is_stuck THEN 1.0 ELSE 0.0 END) AS stuck_ratio,
        sum(CASE WHEN is_out_of_range THEN 1 ELSE 0 END) AS out_of_range,
        sum(CASE WHEN is_jump THEN 1 ELSE 0 END) AS jumps
    FROM labelled
    GROUP BY period
),

measured AS (
    SELECT period, 'sessions' AS name, CAST(sessions AS DOUBLE) AS value, NULL AS warn_above, NULL AS fail_above FROM counted
    UNION ALL SELECT period, 'longest_gap_sessions', longest_gap_sessions, 1, 5 FROM counted
    UNION ALL SELECT period, 'missing_sessions', missing_sessions, NULL, NULL FROM counted
    UNION ALL SELECT period, 'outlier_ratio', outlier_ratio, 0.02, 0.05 FROM counted
    UNION ALL SELECT period, 'null_return_ratio', null_ratio, 0.01, 0.05 FROM counted
    UNION ALL SELECT period, 'stuck_ratio', stuck_ratio, 0.01, 0.05 FROM counted
    UNION ALL SELECT period, 'filled_values', 0, 0, 0 FROM counted
    UNION ALL SELECT period, 'out_of_range', out_of_range, 0, 0 FROM counted
    UNION ALL SELECT period, 'jumps_over_30_percent', jumps, 0, NULL FROM counted
    UNION ALL
    SELECT p.period, k.name, (SELECT count(*) FROM left_out AS l
        WHERE l.name = k.name AND (p.period = 'all' OR p.period = CAST(year(l.observation_date) AS VARCHAR))), 0, NULL
    FROM counted AS p
    CROSS JOIN (VALUES ('non_session_rows'), ('late_rows')) AS k(name)
)

SELECT
    period,
    name AS check_name,
    value,
    CAST(warn_above AS DOUBLE) AS warn_above,
    CAST(fail_above AS DOUBLE) AS fail_above,
    CASE WHEN value > fail_above THEN 'fail' WHEN value > warn_above THEN 'warn' ELSE 'pass' END AS status
FROM measured
ORDER BY period, check_name;
