-- staging.fx_daily: one row per pair, vendor, date and vintage. Unit: foreign currency per dollar (DXY: points).
-- A pair quoted the other way round (MXNUSD, EURUSD) is turned; a rate of zero or less, or beyond 1e6, stays in raw.
WITH turned AS (
    SELECT
        CASE WHEN pair LIKE '___USD' AND pair <> 'USDUSD' THEN 'USD' || left(pair, 3) ELSE pair END AS pair,
        pair AS quoted_pair,
        CASE WHEN pair LIKE '___USD' AND pair <> 'USDUSD' THEN 1 / rate ELSE rate END AS rate,
        vendor,
        CASE vendor WHEN 'barchart' THEN 1 WHEN 'yahoo' THEN 2 WHEN 'fred' THEN 3 ELSE 0 END AS vendor_rank,
        observation_date, available_at, availability, ingested_at, source, provenance_id
    FROM raw.fx_rates_1d
    WHERE rate > 1e-6 AND rate < 1e6
)

SELECT *
FROM turned
QUALIFY row_number() OVER (
    PARTITION BY pair, vendor, observation_date, available_at ORDER BY quoted_pair DESC
) = 1;
