-- staging.substitutes, part of Yahoo: daily crude palm oil, nearest expiry. Unit: USD per metric ton.
SELECT
    'palm' AS oil,
    'daily' AS frequency,
    close AS price_usd_per_mt,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.yahoo_prices_1d
WHERE symbol = 'CPO' AND close BETWEEN 50 AND 10000
