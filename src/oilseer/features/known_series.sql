-- known_series: one row per wanted series and instant that changed what is known of it: the newest date's value then.
-- A publication that revises an older date is no step: the newest date stands, then the preferred vendor,
-- then the newest vintage. So the last step at or before a cutoff is right, as the last published row itself is not.
WITH ordered AS (
    SELECT
        w.name, r.observation_date, r.available_at, r.value,
        date_diff('day', DATE '1900-01-01', r.observation_date) * 10 - r.rank AS precedence
    FROM releases AS r
    -- what describes a day before that is too old for every session asked for, and stands behind all later days
    INNER JOIN wanted_series AS w ON w.key = r.key AND r.observation_date >= w.since
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
    s.name,
    epoch_us(s.available_at) AS public,
    date_diff('day', DATE '1970-01-01', s.observation_date) AS day,
    d.place,
    s.value
FROM steps AS s
INNER JOIN calendar_days AS d ON d.day = s.observation_date
ORDER BY s.name, s.available_at;
