-- known_market: one row per cutoff and symbol: the newest session's price, the log index of held returns, and the
-- slope of the curve (log ratio a year, positive where later delivery costs more).
-- staging.market_daily holds rows that were public at their own session's cutoff only, so the order of
-- sessions is the order of publication. The index sums decimals: partitions share blocks of memory, so a sum of
-- floating numbers would differ in its last bit with the rows of other symbols. Before $since, the first session
-- that serves, only the sum is needed.
WITH before AS (
    SELECT m.symbol, sum(CAST(coalesce(m.return_log, 0) AS DECIMAL(18, 15))) AS log_index
    FROM staging.market_daily AS m
    INNER JOIN wanted_symbols AS w ON w.symbol = m.symbol
    WHERE m.observation_date < $since
    GROUP BY m.symbol
),

indexed AS (
    SELECT
        m.symbol,
        m.observation_date,
        coalesce(m.settle, m.close) AS price,
        CAST(
            coalesce(b.log_index, 0) + sum(CAST(coalesce(m.return_log, 0) AS DECIMAL(18, 15)))
                OVER (PARTITION BY m.symbol ORDER BY m.observation_date) AS DOUBLE
        ) AS log_index,
        CASE
            WHEN m.close > 0 AND m.second_close > 0
                THEN ln(m.second_close / m.close) * 365.25
                    / nullif(date_diff('day', m.contract_month, m.second_contract_month), 0)
        END AS slope
    FROM staging.market_daily AS m
    INNER JOIN wanted_symbols AS w ON w.symbol = m.symbol
    LEFT JOIN before AS b ON b.symbol = m.symbol
    WHERE m.observation_date >= $since
)

SELECT c.as_of_date, w.symbol, i.price, i.log_index, i.slope
FROM cutoffs AS c
CROSS JOIN wanted_symbols AS w
ASOF INNER JOIN indexed AS i ON i.symbol = w.symbol AND i.observation_date <= c.as_of_date
WHERE c.as_of_date - i.observation_date <= $max_age;
