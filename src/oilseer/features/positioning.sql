-- positioning: one row per cutoff; the last Commitments of Traders published by then. Unit: ratio of open interest.
-- Percentile and change are made per report in releases.sql, from vintages public at that report. Reads known.
SELECT
    as_of_date,
    cot_noncommercial AS cftc_zl_noncommercial_net_ratio,
    cot_commercial AS cftc_zl_commercial_net_ratio,
    cot_noncommercial - cot_commercial AS cftc_zl_divergence_ratio,
    cot_percentile_52w AS cftc_zl_noncommercial_percentile_52w_ratio,
    cot_change_1w AS cftc_zl_noncommercial_change_1w_ratio,
    cot_noncommercial_age_sessions AS cftc_zl_age_sessions
FROM known;
