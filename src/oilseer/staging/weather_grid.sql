-- weather_points, part of the grid: one row per location, date and vintage. Reads raw.weather_open_meteo.
SELECT
    location,
    'grid' AS kind,
    location AS point,
    CASE WHEN precipitation_mm BETWEEN 0 AND 2000 THEN precipitation_mm END AS precipitation_mm,
    CASE WHEN temperature_max_c BETWEEN -80 AND 65 THEN temperature_max_c END AS temperature_max_c,
    CASE WHEN temperature_min_c BETWEEN -80 AND 65 THEN temperature_min_c END AS temperature_min_c,
    CASE WHEN temperature_mean_c BETWEEN -80 AND 65 THEN temperature_mean_c END AS temperature_mean_c,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.weather_open_meteo
WHERE location IN (SELECT location FROM weather_places)
