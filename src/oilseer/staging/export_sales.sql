-- staging.export_sales: one row per commodity, destination (all, china), week and vintage of the marketing year in
-- which the week lies (soybeans from September, oil and meal from October). Unit: thousand metric tons.
-- A vintage adds up the newest row of every country that was public at it. Reads raw.usda_export_sales.
WITH weeks AS (
    SELECT
        CASE commodity_code WHEN '801' THEN 'soybeans' WHEN '901' THEN 'soybean_meal' WHEN '902' THEN 'soybean_oil' END
            AS commodity,
        country_code, market_year,
        total_commitment_mt, accumulated_exports_mt, outstanding_sales_mt, net_sales_mt, weekly_exports_mt,
        observation_date, available_at, availability, ingested_at, source, provenance_id
    FROM raw.usda_export_sales
    WHERE commodity_code IN ('801', '901', '902')
        AND market_year = year(observation_date)
            + CASE WHEN month(observation_date) >= CASE commodity_code WHEN '801' THEN 9 ELSE 10 END THEN 1 ELSE 0 END
        AND total_commitment_mt BETWEEN 0 AND 3e8 AND abs(net_sales_mt) < 3e8
),

vintages AS (
    SELECT commodity, market_year, observation_date, available_at FROM weeks GROUP BY ALL
),

known AS (
    SELECT v.available_at AS public_at, w.* EXCLUDE (available_at)
    FROM vintages AS v
    INNER JOIN weeks AS w
        ON w.commodity = v.commodity AND w.market_year = v.market_year AND w.observation_date = v.observation_date
        AND w.available_at <= v.available_at
    QUALIFY row_number() OVER (
        PARTITION BY v.commodity, v.market_year, v.observation_date, v.available_at, w.country_code
        ORDER BY w.available_at DESC
    ) = 1
),

by_destination AS (
    SELECT 'all' AS destination, * FROM known
    UNION ALL
    SELECT 'china', * FROM known WHERE country_code = '5700'
)

SELECT
    commodity,
    destination,
    market_year,
    CAST(sum(CAST(total_commitment_mt AS DECIMAL(18, 3))) AS DOUBLE) / 1e3 AS commitments_kt,
    CAST(sum(CAST(accumulated_exports_mt AS DECIMAL(18, 3))) AS DOUBLE) / 1e3 AS exported_kt,
    CAST(sum(CAST(net_sales_mt AS DECIMAL(18, 3))) AS DOUBLE) / 1e3 AS net_sales_kt,
    observation_date, public_at AS available_at,
    max(availability) AS availability, max(ingested_at) AS ingested_at,
    min(source) AS source, min(provenance_id) AS provenance_id
FROM by_destination
GROUP BY commodity, destination, market_year, observation_date, public_at
