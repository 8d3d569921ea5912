-- staging.crop_progress: one row per statistic, week and vintage of the nation's soybeans. Unit: percent of the area.
-- Reads raw.usda_crop_progress.
SELECT
    lower(replace(replace(statistic, 'PCT ', ''), ' ', '_')) AS stage,
    value AS share_percent,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.usda_crop_progress
WHERE state = 'US TOTAL' AND commodity = 'SOYBEANS' AND statistic LIKE 'PCT %' AND value BETWEEN 0 AND 100
