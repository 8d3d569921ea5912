-- staging.biofuels: one row per item, month and vintage, United States. Units: million lb of feedstock, million gallons.
-- Reads raw.eia_biofuels; a barrel holds 42 gallons.
WITH items AS (
    SELECT
        CASE
            WHEN process = 'YIFBP' AND product = 'EPOOBDSO' AND unit = 'MMLB' THEN 'soybean_oil_feedstock_mlb'
            WHEN process = 'YIFBP' AND product = 'EPOOBDCNO' AND unit = 'MMLB' THEN 'corn_oil_feedstock_mlb'
            WHEN process IN ('YNP', 'YOP') AND product = 'EPOORDB' AND unit = 'MBBL' THEN 'biodiesel_production_mgal'
            WHEN process IN ('YNP', 'YOP') AND product = 'EPOORDO' AND unit = 'MBBL' THEN 'renewable_diesel_production_mgal'
        END AS item,
        CASE unit WHEN 'MBBL' THEN value * 42 / 1e3 ELSE value END AS value,
        process,
        observation_date, available_at, availability, ingested_at, source, provenance_id
    FROM raw.eia_biofuels
    WHERE area = 'NUS' AND value BETWEEN 0 AND 1e6
)

SELECT * EXCLUDE (process)
FROM items
WHERE item IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY item, observation_date, available_at ORDER BY process) = 1
