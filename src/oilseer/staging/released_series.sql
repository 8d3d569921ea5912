-- staging.released_series: one row per key, date and vintage of everything that is published later than it describes:
-- one long panel, so that every reader picks the newest date known, then its newest vintage, by one rule.
-- Reads the typed staging tables; units as in them, shares in percent.
WITH reports AS (
    SELECT observation_date, available_at AS public_at FROM staging.wasde GROUP BY ALL
),

report_rows AS (
    -- every report as it stood at each of its vintages
    SELECT r.public_at, w.*
    FROM reports AS r
    INNER JOIN staging.wasde AS w ON w.observation_date = r.observation_date AND w.available_at <= r.public_at
    QUALIFY row_number() OVER (
        PARTITION BY r.public_at, w.observation_date, w.balance, w.commodity, w.attribute, w.marketing_year
        ORDER BY w.available_at DESC
    ) = 1
),

stocks_to_use AS (
    -- of the United States against all use; elsewhere against use at home, for exports are another's imports
    SELECT
        s.* REPLACE (
            'stocks_to_use' AS attribute,
            'percent' AS unit,
            100 * s.value / nullif(CASE WHEN s.balance = 'us' THEN u.value ELSE d.value END, 0) AS value
        )
    FROM report_rows AS s
    LEFT JOIN report_rows AS u
        ON u.public_at = s.public_at AND u.observation_date = s.observation_date AND u.balance = s.balance
        AND u.commodity = s.commodity AND u.marketing_year = s.marketing_year AND u.attribute = 'use_total'
    LEFT JOIN report_rows AS d
        ON d.public_at = s.public_at AND d.observation_date = s.observation_date AND d.balance = s.balance
        AND d.commodity = s.commodity AND d.marketing_year = s.marketing_year AND d.attribute = 'domestic_use'
    WHERE s.attribute = 'ending_stocks'
),

balances AS (
    SELECT * FROM report_rows
    UNION ALL BY NAME
    SELECT * FROM stocks_to_use WHERE value IS NOT NULL
),

newest_years AS (
    SELECT public_at, observation_date, balance, commodity, max(marketing_year) AS marketing_year
    FROM report_rows
    GROUP BY ALL
),

reports_before AS (
    SELECT
        r.public_at, r.observation_date,
        max({'day': p.observation_date, 'at': p.public_at}) AS before
    FROM reports AS r
    INNER JOIN reports AS p ON p.observation_date < r.observation_date AND p.public_at <= r.public_at
    GROUP BY ALL
),

revisions AS (
    -- of the marketing year that was the newest one in the report before
    SELECT
        n.* REPLACE (
            CASE WHEN n.attribute = 'stocks_to_use' THEN n.value - o.value ELSE 100 * (n.value / nullif(o.value, 0) - 1) END
                AS value
        )
    FROM reports_before AS b
    INNER JOIN newest_years AS y ON y.public_at = b.before.at AND y.observation_date = b.before.day
    INNER JOIN balances AS n
        ON n.public_at = b.public_at AND n.observation_date = b.observation_date AND n.balance = y.balance
        AND n.commodity = y.commodity AND n.marketing_year = y.marketing_year
    INNER JOIN balances AS o
        ON o.public_at = b.before.at AND o.observation_date = b.before.day AND o.balance = y.balance
        AND o.commodity = y.commodity AND o.marketing_year = y.marketing_year AND o.attribute = n.attribute
)

SELECT
    'wasde:' || balance || '.' || commodity || '.' || attribute AS key, unit, value,
    observation_date, public_at AS available_at, availability, ingested_at, source, provenance_id
FROM balances
SEMI JOIN newest_years AS y
    ON y.public_at = balances.public_at AND y.observation_date = balances.observation_date
    AND y.balance = balances.balance AND y.commodity = balances.commodity
    AND y.marketing_year = balances.marketing_year
UNION ALL
SELECT
    'wasde_revision:' || balance || '.' || commodity || '.' || attribute, 'percent', value,
    observation_date, public_at, availability, ingested_at, source, provenance_id
FROM revisions
WHERE value IS NOT NULL
UNION ALL
SELECT
    'wasde:report_day', 'days since 1970-01-01', date_diff('day', DATE '1970-01-01', observation_date),
    observation_date, available_at, max(availability), max(ingested_at), min(source), min(provenance_id)
FROM staging.wasde
GROUP BY observation_date, available_at
UNION ALL
SELECT
    'cot:' || symbol || '.' || trader_group, 'ratio', net_share_ratio,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.cot_positions
WHERE report = CASE WHEN trader_group IN ('noncommercial', 'commercial') THEN 'legacy' ELSE 'disaggregated' END
UNION ALL
SELECT
    'rin:' || d_code, 'USD/RIN', price_usd_per_rin,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.rin_prices
UNION ALL
SELECT
    'oil_price:' || oil, 'USD/t', price_usd_per_mt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.substitutes
WHERE frequency = 'monthly'
UNION ALL
SELECT
    'crush:' || origin || '.' || item, '', value,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM (
    SELECT
        * EXCLUDE (crush_mbu, oil_produced_mlb, oil_stocks_mlb, oil_yield_lb_per_bu),
        unnest(['crush_mbu', 'oil_produced_mlb', 'oil_stocks_mlb', 'oil_yield_lb_per_bu']) AS item,
        unnest([crush_mbu, oil_produced_mlb, oil_stocks_mlb, oil_yield_lb_per_bu]) AS value
    FROM staging.crush_monthly
)
WHERE value IS NOT NULL
UNION ALL
SELECT
    'export:' || commodity || '.' || destination || '.' || item, 'kt', value,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM (
    SELECT
        * EXCLUDE (commitments_kt, exported_kt, net_sales_kt),
        unnest(['commitments', 'exported', 'net_sales']) AS item,
        unnest([commitments_kt, exported_kt, net_sales_kt]) AS value
    FROM staging.export_sales
)
WHERE value IS NOT NULL
UNION ALL
SELECT
    'biofuel:' || item, '', value,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.biofuels
UNION ALL
SELECT
    'crop:' || stage, 'percent', share_percent,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.crop_progress
UNION ALL
SELECT
    'china:' || commodity || '.' || origin, 'million t', imports_mmt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.china_imports
UNION ALL
SELECT
    'oni:anomaly', '°C', anomaly_c, observation_date, available_at, availability, ingested_at, source, provenance_id
FROM staging.oni
