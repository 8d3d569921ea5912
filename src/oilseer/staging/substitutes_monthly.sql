-- staging.substitutes, part of the World Bank: monthly means of vegetable oils. Unit: USD per metric ton.
SELECT
    CASE code
        WHEN 'PALM_OIL' THEN 'palm' WHEN 'SUNFLOWER_OIL' THEN 'sunflower' WHEN 'RAPESEED_OIL' THEN 'rapeseed'
        WHEN 'SOYBEAN_OIL' THEN 'soybean'
    END AS oil,
    'monthly' AS frequency,
    value AS price_usd_per_mt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.worldbank_commodities
WHERE code IN ('PALM_OIL', 'SUNFLOWER_OIL', 'RAPESEED_OIL', 'SOYBEAN_OIL') AND unit = '$/mt'
    AND value BETWEEN 50 AND 10000
