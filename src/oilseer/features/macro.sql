-- macro: one row per cutoff; rates, prices and stress as published by then. Units stand in the names. Reads known.
SELECT
    as_of_date,
    fred_dgs10 AS fred_dgs10_percent,
    fred_dgs2 AS fred_dgs2_percent,
    fred_dgs3mo AS fred_dgs3mo_percent,
    fred_t10y2y AS fred_t10y2y_percent,
    fred_t10y3m AS fred_t10y3m_percent,
    fred_dgs10 - lag(fred_dgs10, 21) OVER by_session AS fred_dgs10_change_21_percent,
    fred_t10y2y - lag(fred_t10y2y, 63) OVER by_session AS fred_t10y2y_change_63_percent,
    fred_dfedtaru AS fred_dfedtaru_percent,
    fred_fedfunds AS fred_fedfunds_percent,
    fred_fedfunds_age_sessions AS fred_fedfunds_age_sessions,
    fred_nfci AS fred_nfci_points,
    fred_nfci_age_sessions AS fred_nfci_age_sessions,
    fred_stlfsi4 AS fred_stlfsi4_points,
    fred_stlfsi4_age_sessions AS fred_stlfsi4_age_sessions,
    fred_unrate AS fred_unrate_percent,
    fred_unrate_age_sessions AS fred_unrate_age_sessions,
    fred_cpi_change_12m AS fred_cpiaucsl_change_12m_percent,
    fred_cpi_change_12m_age_sessions AS fred_cpiaucsl_age_sessions,
    fred_dtwexbgs AS fred_dtwexbgs_points
FROM known
WINDOW by_session AS (ORDER BY as_of_date);
