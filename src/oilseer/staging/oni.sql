-- staging.oni: one row per centre month and vintage. Unit: °C from the mean of its base period. Reads raw.noaa_oni.
SELECT anomaly_c, observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.noaa_oni
WHERE anomaly_c BETWEEN -6 AND 6
