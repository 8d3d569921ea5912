-- releases: one row per series, date and vintage of everything that is published later than it describes.
-- A value derived from several dates is made per release from the vintages public at that release.
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
        WHERE series_id = 'CPIAUCSL'
    ) AS r
    ASOF INNER JOIN fred AS b
        ON b.series_id = r.series_id AND b.observation_date = r.base_date AND b.available_at <= r.available_at
),

reports AS (
    SELECT trader_group, observation_date, available_at, net_share_ratio
    FROM staging.cot_positions
    WHERE symbol = 'ZL' AND report = 'legacy'
),

earlier_reports AS (
    -- each release beside the reports of the 52 weeks before, in the vintage public at that release
    SELECT
        r.trader_group, r.observation_date, r.available_at, r.net_share_ratio,
        e.observation_date AS earlier_date, e.net_share_ratio AS earlier_share
    FROM reports AS r
    INNER JOIN reports AS e
        ON e.trader_group = r.trader_group
        AND e.observation_date < r.observation_date AND e.observation_date >= r.observation_date - 364
        AND e.available_at <= r.available_at
    QUALIFY row_number() OVER (
        PARTITION BY r.trader_group, r.observation_date, r.available_at, e.observation_date
        ORDER BY e.available_at DESC
    ) = 1
),

positions AS (
    SELECT
        trader_group, observation_date, available_at,
        CASE WHEN count(*) >= 40 THEN avg(CASE WHEN earlier_share <= net_share_ratio THEN 1.0 ELSE 0.0 END) END AS percentile,
        any_value(net_share_ratio) - arg_max(earlier_share, earlier_date)
            FILTER (WHERE earlier_date >= observation_date - 10) AS change
    FROM earlier_reports
    GROUP BY ALL
)

SELECT 'fred:' || series_id AS key, 0 AS rank, observation_date, available_at, value FROM fred
UNION ALL
SELECT 'fred_change_12m:' || series_id, 0, observation_date, available_at, value FROM year_changes
UNION ALL
SELECT 'fx:' || pair, vendor_rank, observation_date, available_at, rate FROM staging.fx_daily
UNION ALL
SELECT 'cot:' || trader_group, 0, observation_date, available_at, net_share_ratio FROM reports
UNION ALL
SELECT 'cot_percentile_52w:' || trader_group, 0, observation_date, available_at, percentile FROM positions
UNION ALL
SELECT 'cot_change_1w:' || trader_group, 0, observation_date, available_at, change FROM positions;
