-- staging.crush_monthly, part of NASS: one row per month and vintage. Units: million bushels, million lb, lb/bu.
-- A bushel of soybeans weighs 60 lb, a short ton 2,000 lb.
SELECT
    'nass' AS origin,
    crush_short_tons * 2000 / 60 / 1e6 AS crush_mbu,
    oil_produced_klb / 1e3 AS oil_produced_mlb,
    CASE WHEN oil_stocks_klb < 1e8 THEN oil_stocks_klb / 1e3 END AS oil_stocks_mlb,
    CASE
        WHEN oil_produced_klb * 60 / (crush_short_tons * 2.0) BETWEEN 8 AND 15
            THEN oil_produced_klb * 60 / (crush_short_tons * 2.0)
    END AS oil_yield_lb_per_bu,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.usda_nass_crush
WHERE crush_short_tons > 0 AND crush_short_tons < 1e8 AND oil_produced_klb < 1e8
