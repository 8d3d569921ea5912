-- season: one row per cutoff; where the session stands in the year and in the life of its contract.
-- The calendar is known ahead, so nothing here waits for a publication. Reads known.
SELECT
    as_of_date,
    sin(2 * pi() * dayofyear(as_of_date) / 365.25) AS season_year_sine_ratio,
    cos(2 * pi() * dayofyear(as_of_date) / 365.25) AS season_year_cosine_ratio,
    month(as_of_date) AS season_month_number,
    roll_place - place AS season_to_roll_sessions,
    date_diff('day', as_of_date, contract_month) AS season_to_delivery_days,
    CASE WHEN is_roll THEN 1 ELSE 0 END AS season_roll_flag
FROM known;
