-- staging.rfs_volumes: one row per compliance year, category, stage and rule. Units: as in `unit`, billion
-- gallons of biomass-based diesel up to 2025, billion RINs of all else. Reads rfs_delivered (raw.epa_rfs_volumes where it is there) and rfs_shipped, the
-- final rules of reference/rfs_rules.csv; a rule that was delivered replaces the one shipped.
WITH both_origins AS (
    SELECT 0 AS rank, * FROM rfs_delivered
    UNION ALL BY NAME
    SELECT 1 AS rank, * FROM rfs_shipped
)

SELECT
    compliance_year,
    category,
    stage,
    volume,
    unit,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM both_origins
WHERE volume < 1000
QUALIFY rank = min(rank) OVER (PARTITION BY compliance_year, category, stage, observation_date)
