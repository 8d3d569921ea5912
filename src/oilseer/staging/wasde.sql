-- staging.wasde: one row per balance, commodity, attribute, marketing year, report and vintage, in the unit published.
-- Reads raw.usda_wasde; what a report repeats of the month before is left out.
SELECT
    CASE WHEN table_kind = 'us' THEN 'us' ELSE lower(region) END AS balance,
    commodity,
    attribute,
    marketing_year,
    status,
    value,
    unit,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.usda_wasde
WHERE report_column <> 'previous_month'
    AND value BETWEEN -1000 AND 1e6
    AND (table_kind = 'us' AND region = 'United States'
        OR table_kind = 'world' AND region IN ('World', 'Brazil', 'Argentina', 'China'))
    AND commodity IN ('soybeans', 'soybean_oil', 'soybean_meal')
QUALIFY row_number() OVER (
    PARTITION BY table_kind, region, commodity, attribute, marketing_year, observation_date, available_at
    ORDER BY report_column
) = 1
