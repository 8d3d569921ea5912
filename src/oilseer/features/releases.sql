-- releases: one row per series, date and vintage of everything that is published later than it describes.
-- What describes a day before $since serves no session that is asked for.
-- A value derived from several dates is made per release from the vintages public at that release; most are made in
-- releases.py.
WITH fred AS (
    SELECT series_id, observation_date, available_at, value FROM staging.fred_macro_panel
),

year_changes AS (
    SELECT
        r.series_id, r.observation_date, r.available_at,
        100 * (r.value / nullif(b.value, 0) - 1) AS value
    FROM (
        SELECT *, CAST(observation_date - INTERVAL 1 YEAR AS DATE) AS base_date
        FROM fred
        WHERE series_id = 'CPIAUCSL' AND observation_date >= $since
    ) AS r
    ASOF INNER JOIN fred AS b
        ON b.series_id = r.series_id AND b.observation_date = r.base_date AND b.available_at <= r.available_at
)

SELECT 'fred:' || series_id AS key, 0 AS rank, observation_date, available_at, value
FROM fred
WHERE observation_date >= $since
UNION ALL
SELECT 'fred_change_12m:' || series_id, 0, observation_date, available_at, value FROM year_changes
UNION ALL
SELECT 'fx:' || pair, vendor_rank, observation_date, available_at, rate
FROM staging.fx_daily
WHERE observation_date >= $since
UNION ALL
SELECT key, 0, observation_date, available_at, value
FROM staging.released_series
WHERE observation_date >= $since;
