-- cutoffs: one row per session after $after that soybean oil has a price of.
SELECT
    z.observation_date AS as_of_date,
    timezone('America/New_York', z.observation_date + INTERVAL 17 HOUR) AS cutoff,
    d.place
FROM staging.zl_prices_clean AS z
INNER JOIN calendar_days AS d ON d.day = z.observation_date
WHERE z.available_at <= timezone('America/New_York', z.observation_date + INTERVAL 17 HOUR)
    AND z.observation_date > $after
ORDER BY as_of_date;
