-- clock: one row per calendar day: the instant after which nothing of it may be used.
SELECT
    CAST(t.day AS DATE) AS day,
    timezone('America/New_York', t.day + INTERVAL 17 HOUR) AS cutoff
FROM generate_series(TIMESTAMP '1960-01-01', TIMESTAMP '2035-12-31', INTERVAL 1 DAY) AS t(day);
