-- staging.crush_monthly, part of NOPA's members: one row per month and vintage. Units: million bushels, million lb.
SELECT
    'nopa' AS origin,
    crush_bu / 1e6 AS crush_mbu,
    NULL AS oil_produced_mlb,
    CASE WHEN oil_stocks_lb < 1e11 THEN oil_stocks_lb / 1e6 END AS oil_stocks_mlb,
    NULL AS oil_yield_lb_per_bu,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.nopa_crush
WHERE crush_bu > 0 AND crush_bu < 1e10
