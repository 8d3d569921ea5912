-- staging.market_daily: one row per symbol and session. Levels are the unadjusted front, in the
-- symbol's own quotation; return_log is that of one contract held from the session before.
-- Reads market_fronts and market_quotes (both on time by construction), raw.futures_rolls, raw.yahoo_prices_1d,
-- raw.cboe_vix.
WITH front_sessions AS (
    -- previous_date is null after ten days without a session: a return over a hole is none
    SELECT
        *,
        lag(contract_key) OVER by_day AS previous_key,
        CASE
            WHEN observation_date - lag(observation_date) OVER by_day <= 10 THEN lag(observation_date) OVER by_day
        END AS previous_date
    FROM market_fronts
    WINDOW by_day AS (PARTITION BY symbol_id ORDER BY observation_date)
),

second_points AS (
    -- the curve's other point: the next delivery month, or where none is quoted the one before
    SELECT
        f.symbol_id,
        f.observation_date,
        arg_min(
            {'month': q.contract_month, 'close': q.close},
            CASE WHEN q.contract_key > f.contract_key THEN 0 ELSE 10000 END + abs(q.contract_key - f.contract_key)
        ) AS point
    FROM market_fronts AS f
    INNER JOIN market_quotes AS q ON q.symbol_id = f.symbol_id AND q.observation_date = f.observation_date
    WHERE q.close > 0
        AND q.contract_key <> f.contract_key
        AND q.contract_key <= f.contract_key + 36
        AND q.contract_month > q.observation_date - 10
        AND f.contract_month IS NOT NULL
    GROUP BY ALL
),

roll_ratios AS (
    SELECT s.symbol_id, r.observation_date, r.to_contract, arg_max(r.ratio, r.available_at) AS ratio
    FROM raw.futures_rolls AS r
    INNER JOIN clock AS c ON c.day = r.observation_date AND r.available_at <= c.cutoff
    INNER JOIN market_symbols AS s ON s.symbol = r.symbol
    WHERE r.ratio BETWEEN 0.2 AND 5
    GROUP BY ALL
),

nearest_raw AS (
    SELECT
        s.symbol_id, s.may_be_negative, r.open, r.high, r.low, r.close, r.volume, 1 AS rank,
        r.observation_date, r.available_at, r.availability, r.ingested_at, r.source, r.provenance_id
    FROM raw.yahoo_prices_1d AS r
    INNER JOIN market_symbols AS s ON s.symbol = r.symbol
    UNION ALL
    SELECT
        s.symbol_id, false, NULL, NULL, NULL, r.close, NULL, 0,
        r.observation_date, r.available_at, r.availability, r.ingested_at, r.source, r.provenance_id
    FROM raw.cboe_vix AS r
    INNER JOIN market_symbols AS s ON s.symbol = 'VIX'
),

nearest_quotes AS (
    SELECT r.symbol_id, r.observation_date, r.close, r.available_at, r.rank
    FROM nearest_raw AS r
    INNER JOIN clock AS c ON c.day = r.observation_date AND r.available_at <= c.cutoff
    WHERE abs(r.close) < 1e7 AND (r.close > 0 OR r.may_be_negative)
    QUALIFY row_number() OVER (
        PARTITION BY r.symbol_id, r.observation_date ORDER BY r.rank, r.available_at DESC
    ) = 1
),

nearest_returns AS (
    SELECT
        *,
        CASE
            WHEN close > 0 AND lag(close) OVER by_day > 0
                AND observation_date - lag(observation_date) OVER by_day <= 10
                THEN ln(close / lag(close) OVER by_day)
        END AS return_log
    FROM nearest_quotes
    WINDOW by_day AS (PARTITION BY symbol_id ORDER BY observation_date)
),

held_returns AS (
    -- of one contract, at best from one vendor at both ends; null where an end is unknown or not positive
    SELECT
        f.*,
        coalesce(
            CASE WHEN f.settle > 0 AND p.settle > 0 THEN ln(f.settle / p.settle) END,
            CASE WHEN f.exchange_close > 0 AND p.exchange_close > 0 THEN ln(f.exchange_close / p.exchange_close) END,
            CASE WHEN f.user_close > 0 AND p.user_close > 0 THEN ln(f.user_close / p.user_close) END,
            CASE WHEN f.close > 0 AND p.close > 0 THEN ln(f.close / p.close) END
        ) AS same_contract,
        CASE
            WHEN f.contract_key <> f.previous_key AND f.close > 0 AND o.close > 0 AND r.ratio > 0
                THEN ln(f.close / o.close) - ln(r.ratio)
        END AS by_ratio,
        CASE WHEN f.previous_date IS NULL THEN y.return_log END AS nearest,
        coalesce(f.contract_key <> f.previous_key, false) AS is_roll
    FROM front_sessions AS f
    LEFT JOIN market_quotes AS p
        ON p.symbol_id = f.symbol_id AND p.observation_date = f.previous_date AND p.contract_key = f.contract_key
    LEFT JOIN market_fronts AS o
        ON o.symbol_id = f.symbol_id AND o.observation_date = f.previous_date
    LEFT JOIN roll_ratios AS r
        ON r.symbol_id = f.symbol_id AND r.observation_date = f.observation_date AND r.to_contract = f.contract
    LEFT JOIN nearest_returns AS y ON y.symbol_id = f.symbol_id AND y.observation_date = f.observation_date
),

contract_rows AS (
    SELECT
        n.symbol,
        coalesce(
            h.contract,
            n.symbol || substr('FGHJKMNQUVXZ', month(h.contract_month), 1)
            || right(CAST(year(h.contract_month) AS VARCHAR), 2)
        ) AS contract,
        h.contract_month, e.open, e.high, e.low, h.close, h.settle,
        h.volume, h.open_interest, h.is_roll,
        coalesce(h.same_contract, h.by_ratio, h.nearest) AS return_log,
        CASE
            WHEN h.same_contract IS NOT NULL THEN 'same_contract'
            WHEN h.by_ratio IS NOT NULL THEN 'roll_ratio'
            WHEN h.nearest IS NOT NULL THEN 'unadjusted'
        END AS return_basis,
        s.point.month AS second_contract_month,
        s.point.close AS second_close,
        CASE WHEN h.is_exchange THEN 'exchange' ELSE 'user' END AS basis,
        h.observation_date, h.available_at,
        coalesce(e.availability, u.availability) AS availability,
        coalesce(e.ingested_at, u.ingested_at) AS ingested_at,
        coalesce(e.source, u.source) AS source,
        coalesce(e.provenance_id, u.provenance_id) AS provenance_id
    FROM held_returns AS h
    INNER JOIN market_symbols AS n ON n.symbol_id = h.symbol_id
    LEFT JOIN second_points AS s ON s.symbol_id = h.symbol_id AND s.observation_date = h.observation_date
    LEFT JOIN raw.databento_futures_ohlcv_1d AS e
        ON e.symbol = n.symbol AND e.observation_date = h.observation_date
        AND e.contract = h.contract AND e.available_at = h.available_at
    LEFT JOIN raw.user_futures_contracts_1d AS u
        ON u.symbol = n.symbol AND u.observation_date = h.observation_date
        AND u.contract_month = h.contract_month AND u.available_at = h.available_at
),

nearest_rows AS (
    -- a vendor's nearest expiry serves only where no contract was seen for ten days: its contract is unknown
    SELECT y.*
    FROM nearest_returns AS y
    ASOF LEFT JOIN market_fronts AS f ON f.symbol_id = y.symbol_id AND f.observation_date <= y.observation_date
    WHERE f.observation_date IS NULL OR y.observation_date - f.observation_date > 10
),

nearest_full AS (
    SELECT
        n.symbol, NULL AS contract, NULL AS contract_month, r.open, r.high, r.low, y.close, NULL AS settle,
        CASE WHEN r.volume >= 0 THEN r.volume END AS volume,
        NULL AS open_interest, false AS is_roll, y.return_log,
        CASE WHEN y.return_log IS NOT NULL THEN 'unadjusted' END AS return_basis,
        NULL AS second_contract_month, NULL AS second_close, 'nearest' AS basis,
        y.observation_date, y.available_at, r.availability, r.ingested_at, r.source, r.provenance_id
    FROM nearest_rows AS y
    INNER JOIN market_symbols AS n ON n.symbol_id = y.symbol_id
    INNER JOIN nearest_raw AS r
        ON r.symbol_id = y.symbol_id AND r.observation_date = y.observation_date
        AND r.available_at = y.available_at AND r.rank = y.rank
)

SELECT * FROM contract_rows
UNION ALL BY NAME
SELECT * FROM nearest_full;
