-- staging.rin_prices: one row per D code, transfer week and vintage. Unit: USD per RIN. Reads raw.epa_rin_prices.
-- One week has RINs of several years, in two qualities: the price is that of the RIN year in which the week's Thursday
-- lies (the year before where none of it was traded yet), unverified (the longest history) before Q-RIN.
-- Each vintage chooses among all rows that were public at it, so a revised row changes only its own price.
WITH priced AS (
    SELECT
        *,
        year(observation_date + 3) - rin_year AS years_old,
        CASE qap WHEN 'Unverified' THEN 0 WHEN 'Q-RIN' THEN 1 ELSE 2 END AS quality
    FROM raw.epa_rin_prices
    WHERE d_code IN ('D3', 'D4', 'D5', 'D6') AND price_usd > 0 AND price_usd < 10
),

vintages AS (
    SELECT d_code, observation_date, available_at FROM priced GROUP BY ALL
),

known AS (
    SELECT v.available_at AS public_at, p.*
    FROM vintages AS v
    INNER JOIN priced AS p
        ON p.d_code = v.d_code AND p.observation_date = v.observation_date AND p.available_at <= v.available_at
    WHERE p.years_old IN (0, 1)
    QUALIFY row_number() OVER (
        PARTITION BY v.d_code, v.observation_date, v.available_at, p.transfer_year, p.rin_year, p.qap
        ORDER BY p.available_at DESC
    ) = 1
)

SELECT
    d_code,
    price_usd AS price_usd_per_rin,
    rin_year,
    qap,
    observation_date, public_at AS available_at, availability, ingested_at, source, provenance_id
FROM known
QUALIFY row_number() OVER (
    PARTITION BY d_code, observation_date, public_at
    ORDER BY years_old, quality, transfer_year = year(observation_date + 3) DESC, transfer_year, qap
) = 1
