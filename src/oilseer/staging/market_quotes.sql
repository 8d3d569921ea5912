-- market_quotes: one row per symbol, session and contract, as first known: only vintages that were
-- public at the session's own cutoff count, so a later correction, be it a recorded one or a later import's
-- (see warehouse/vintages.py), never rewrites what was decided on.
-- Where both the exchange's vendor and a user's history have a contract, the vendor's price stands.
-- contract_key is the delivery month as a number, or a hash of the vendor's name where the month is unknown.
WITH exchange_quotes AS (
    SELECT
        s.symbol_id, r.observation_date, r.contract, date_trunc('month', r.contract_month) AS contract_month,
        CASE
            WHEN r.contract_month IS NULL THEN CAST(hash(r.contract) // 16 AS BIGINT)
            ELSE 12 * year(r.contract_month) + month(r.contract_month)
        END AS contract_key,
        r.close, r.settle, r.volume, r.open_interest, r.available_at
    FROM raw.databento_futures_ohlcv_1d AS r
    INNER JOIN clock AS c ON c.day = r.observation_date AND r.available_at <= c.cutoff
    INNER JOIN market_symbols AS s ON s.symbol = r.symbol
    WHERE abs(r.close) < 1e7 AND (r.close > 0 OR s.may_be_negative)
    QUALIFY row_number() OVER (PARTITION BY symbol_id, r.observation_date, contract_key ORDER BY r.available_at DESC) = 1
),

user_quotes AS (
    SELECT
        s.symbol_id, r.observation_date, date_trunc('month', r.contract_month) AS contract_month,
        12 * year(r.contract_month) + month(r.contract_month) AS contract_key,
        r.close, r.volume, r.open_interest, r.available_at
    FROM raw.user_futures_contracts_1d AS r
    INNER JOIN clock AS c ON c.day = r.observation_date AND r.available_at <= c.cutoff
    INNER JOIN market_symbols AS s ON s.symbol = r.symbol
    WHERE abs(r.close) < 1e7 AND (r.close > 0 OR s.may_be_negative)
    QUALIFY row_number() OVER (PARTITION BY symbol_id, r.observation_date, contract_key ORDER BY r.available_at DESC) = 1
)

SELECT
    symbol_id,
    observation_date,
    contract_key,
    e.contract,
    CAST(coalesce(e.contract_month, u.contract_month) AS DATE) AS contract_month,
    coalesce(e.close, u.close) AS close,
    CASE WHEN e.settle > 0 AND e.settle < 1e7 THEN e.settle END AS settle,
    e.close AS exchange_close,
    u.close AS user_close,
    CASE WHEN coalesce(e.volume, u.volume) >= 0 THEN coalesce(e.volume, u.volume) END AS volume,
    CASE WHEN coalesce(e.open_interest, u.open_interest) >= 0 THEN coalesce(e.open_interest, u.open_interest) END
        AS open_interest,
    e.close IS NOT NULL AS is_exchange,
    coalesce(e.available_at, u.available_at) AS available_at
FROM exchange_quotes AS e
FULL OUTER JOIN user_quotes AS u USING (symbol_id, observation_date, contract_key)
ORDER BY symbol_id, observation_date, contract_key;
