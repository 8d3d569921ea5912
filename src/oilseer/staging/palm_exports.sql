-- staging.palm_exports: one row per product, month and vintage of Malaysia's exports of oil palm products. Unit: kt.
-- Reads raw.mpob_palm; its values in ringgit stay there.
SELECT
    replace(series, 'exports_', '') AS product,
    value / 1000 AS exports_kt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.mpob_palm
WHERE unit = 't' AND starts_with(series, 'exports_') AND value BETWEEN 0 AND 1e7
