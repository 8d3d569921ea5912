-- curve: one row per cutoff; the front against the delivery month next to it, both closes of the same session.
-- Positive slope: later delivery costs more. Reads known.
SELECT
    as_of_date,
    CASE
        WHEN zl_close > 0 AND zl_second > 0
            THEN ln(zl_second / zl_close) * 365.25 / date_diff('day', contract_month, second_contract_month)
    END AS curve_slope_annualized_ratio,
    CASE
        WHEN second_contract_month > contract_month THEN zl_close - zl_second
        WHEN second_contract_month < contract_month THEN zl_second - zl_close
    END AS curve_carry_cents_per_lb,
    abs(date_diff('day', contract_month, second_contract_month)) AS curve_span_days
FROM known;
