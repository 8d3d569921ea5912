-- weather_points, part of the stations: one row per station, date and vintage of the regions that grow soybeans.
-- Reads raw.weather_noaa; a station that is not in reference/weather_stations.csv counts for the region it names.
SELECT
    coalesce(s.location, lower(w.region)) AS location,
    'station' AS kind,
    w.station_id AS point,
    CASE WHEN w.precipitation_mm BETWEEN 0 AND 2000 THEN w.precipitation_mm END AS precipitation_mm,
    CASE WHEN w.temperature_max_c BETWEEN -80 AND 65 THEN w.temperature_max_c END AS temperature_max_c,
    CASE WHEN w.temperature_min_c BETWEEN -80 AND 65 THEN w.temperature_min_c END AS temperature_min_c,
    CASE WHEN w.temperature_mean_c BETWEEN -80 AND 65 THEN w.temperature_mean_c END AS temperature_mean_c,
    w.observation_date, w.available_at, w.availability, w.ingested_at, w.source, w.provenance_id
FROM raw.weather_noaa AS w
LEFT JOIN weather_station_places AS s ON s.station_id = w.station_id
WHERE coalesce(s.location, lower(w.region)) IN (SELECT location FROM weather_places)
