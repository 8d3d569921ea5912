-- known_series: one row per cutoff and released series: the value of the newest date known then.
-- A publication that revises an older date is no step: the newest date stands, then the preferred vendor,
-- then the newest vintage. So an ordered join on available_at is right here, as it is not on the rows themselves.
WITH ordered AS (
    SELECT
        w.name, w.max_age_days, r.observation_date, r.available_at, r.value, r.rank,
        date_diff('day', DATE '1900-01-01', r.observation_date) * 10 - r.rank AS precedence
    FROM releases AS r
    INNER JOIN wanted_series AS w ON w.key = r.key
),

steps AS (
    SELECT name, observation_date, available_at, value
    FROM (
        SELECT
            *,
            max(precedence) OVER (
                PARTITION BY name ORDER BY available_at, precedence ROWS UNBOUNDED PRECEDING
            ) AS newest
        FROM ordered
    )
    WHERE precedence = newest
    QUALIFY row_number() OVER (PARTITION BY name, available_at ORDER BY precedence DESC) = 1
)

SELECT
    c.as_of_date,
    w.name,
    s.value,
    c.place - d.place AS age_sessions
FROM cutoffs AS c
CROSS JOIN wanted_series AS w
ASOF INNER JOIN steps AS s ON s.name = w.name AND s.available_at <= c.cutoff
INNER JOIN calendar_days AS d ON d.day = s.observation_date
WHERE c.as_of_date - s.observation_date <= w.max_age_days;
