-- staging.china_imports: one row per commodity, origin, month and vintage of China's imports. Unit: million metric tons.
-- Reads raw.comtrade_imports; a month without a weight is left out.
SELECT
    CASE commodity_code WHEN '1201' THEN 'soybeans' WHEN '1507' THEN 'soybean_oil' END AS commodity,
    CASE partner_code WHEN '0' THEN 'world' WHEN '76' THEN 'brazil' WHEN '842' THEN 'us' WHEN '32' THEN 'argentina' END
        AS origin,
    net_weight_kg / 1e9 AS imports_mmt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.comtrade_imports
WHERE reporter_code = '156' AND frequency = 'monthly' AND commodity_code IN ('1201', '1507')
    AND partner_code IN ('0', '76', '842', '32') AND net_weight_kg BETWEEN 0 AND 5e10
