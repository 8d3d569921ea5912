-- staging.vix: one row per session and vintage. Unit: index points. Reads raw.cboe_vix.
SELECT close AS vix_points, observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.cboe_vix
WHERE close BETWEEN 5 AND 150
