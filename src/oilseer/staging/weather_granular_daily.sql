-- staging.weather_granular_daily: one row per region or country, date and vintage. Units: mm and °C.
-- A region is the mean of its stations, the grid where they are silent. A country is the series delivered for all of it,
-- and where that is silent its regions weighted by their share of the crop, those present scaled to one.
-- A vintage is made of the newest rows that were public at it. Reads weather_points and weather_places.
WITH point_vintages AS (
    SELECT location, observation_date, available_at FROM weather_points GROUP BY ALL
),

known_points AS (
    SELECT v.available_at AS public_at, p.*
    FROM point_vintages AS v
    INNER JOIN weather_points AS p
        ON p.location = v.location AND p.observation_date = v.observation_date AND p.available_at <= v.available_at
    QUALIFY row_number() OVER (
        PARTITION BY v.location, v.observation_date, v.available_at, p.kind, p.point ORDER BY p.available_at DESC
    ) = 1
),

by_kind AS (
    SELECT
        location, kind, observation_date, public_at,
        avg(precipitation_mm ORDER BY point) AS precipitation_mm,
        avg(temperature_max_c ORDER BY point) AS temperature_max_c,
        avg(temperature_min_c ORDER BY point) AS temperature_min_c,
        avg(coalesce(temperature_mean_c, (temperature_max_c + temperature_min_c) / 2) ORDER BY point)
            AS temperature_mean_c,
        count(*) AS point_count,
        max(availability) AS availability, max(ingested_at) AS ingested_at,
        min(source) AS source, min(provenance_id) AS provenance_id
    FROM known_points
    GROUP BY location, kind, observation_date, public_at
),

by_region AS (
    SELECT
        location, observation_date, public_at,
        arg_max(precipitation_mm, kind) AS precipitation_mm,
        arg_max(temperature_max_c, kind) AS temperature_max_c,
        arg_max(temperature_min_c, kind) AS temperature_min_c,
        arg_max(temperature_mean_c, kind) AS temperature_mean_c,
        sum(point_count) AS point_count,
        max(availability) AS availability, max(ingested_at) AS ingested_at,
        min(source) AS source, min(provenance_id) AS provenance_id
    FROM by_kind
    GROUP BY location, observation_date, public_at
),

country_vintages AS (
    SELECT w.country, r.observation_date, r.public_at
    FROM by_region AS r
    INNER JOIN weather_places AS w ON w.location = r.location
    GROUP BY ALL
),

known_regions AS (
    SELECT
        v.country, v.public_at AS country_at, w.production_share,
        r.*
    FROM country_vintages AS v
    INNER JOIN weather_places AS w ON w.country = v.country
    INNER JOIN by_region AS r
        ON r.location = w.location AND r.observation_date = v.observation_date AND r.public_at <= v.public_at
    QUALIFY row_number() OVER (
        PARTITION BY v.country, v.observation_date, v.public_at, r.location ORDER BY r.public_at DESC
    ) = 1
),

weighted AS (
    SELECT
        country, observation_date, country_at,
        sum(production_share * precipitation_mm ORDER BY location)
            / sum(CASE WHEN precipitation_mm IS NOT NULL THEN production_share END ORDER BY location) AS precipitation_mm,
        sum(production_share * temperature_max_c ORDER BY location)
            / sum(CASE WHEN temperature_max_c IS NOT NULL THEN production_share END ORDER BY location) AS temperature_max_c,
        sum(production_share * temperature_min_c ORDER BY location)
            / sum(CASE WHEN temperature_min_c IS NOT NULL THEN production_share END ORDER BY location) AS temperature_min_c,
        sum(production_share * temperature_mean_c ORDER BY location)
            / sum(CASE WHEN temperature_mean_c IS NOT NULL THEN production_share END ORDER BY location)
            AS temperature_mean_c,
        any_value(precipitation_mm) FILTER (WHERE location = country) AS whole_precipitation_mm,
        any_value(temperature_max_c) FILTER (WHERE location = country) AS whole_max_c,
        any_value(temperature_min_c) FILTER (WHERE location = country) AS whole_min_c,
        any_value(temperature_mean_c) FILTER (WHERE location = country) AS whole_mean_c,
        sum(point_count) AS point_count,
        max(availability) AS availability, max(ingested_at) AS ingested_at,
        min(source) AS source, min(provenance_id) AS provenance_id
    FROM known_regions
    GROUP BY country, observation_date, country_at
)

SELECT
    location, point_count, precipitation_mm, temperature_max_c, temperature_min_c, temperature_mean_c,
    observation_date, public_at AS available_at, availability, ingested_at, source, provenance_id
FROM by_region
WHERE location NOT IN (SELECT country FROM weather_places)
UNION ALL BY NAME
SELECT
    country AS location, point_count,
    coalesce(whole_precipitation_mm, precipitation_mm) AS precipitation_mm,
    coalesce(whole_max_c, temperature_max_c) AS temperature_max_c,
    coalesce(whole_min_c, temperature_min_c) AS temperature_min_c,
    coalesce(whole_mean_c, temperature_mean_c) AS temperature_mean_c,
    observation_date, country_at AS available_at, availability, ingested_at, source, provenance_id
FROM weighted
