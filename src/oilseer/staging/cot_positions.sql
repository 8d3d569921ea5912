-- staging.cot_positions: one row per symbol, report, trader group, report date and vintage. Unit: contracts.
-- Reads both reports of the CFTC. Rows without open interest or with a side missing stay in raw.
WITH codes(contract_code, symbol) AS (
    VALUES ('007601', 'ZL'), ('005602', 'ZS'), ('026603', 'ZM'), ('002602', 'ZC'), ('001602', 'ZW'),
        ('067651', 'CL'), ('022651', 'HO'), ('111659', 'RB'), ('023651', 'NG'), ('085692', 'HG')
),

sides AS (
    SELECT
        contract_code, 'legacy' AS report, unnest(['noncommercial', 'commercial']) AS trader_group,
        unnest([noncommercial_long, commercial_long]) AS long_contracts,
        unnest([noncommercial_short, commercial_short]) AS short_contracts,
        open_interest, observation_date, available_at, availability, ingested_at, source, provenance_id
    FROM raw.cftc_cot_legacy
    UNION ALL
    SELECT
        contract_code, 'disaggregated', unnest(['managed_money', 'producer']),
        unnest([managed_money_long, producer_long]),
        unnest([managed_money_short, producer_short]),
        open_interest, observation_date, available_at, availability, ingested_at, source, provenance_id
    FROM raw.cftc_cot_disaggregated
)

SELECT
    c.symbol,
    s.report,
    s.trader_group,
    s.long_contracts,
    s.short_contracts,
    s.open_interest AS open_interest_contracts,
    CAST(s.long_contracts - s.short_contracts AS DOUBLE) / s.open_interest AS net_share_ratio,
    s.observation_date, s.available_at, s.availability, s.ingested_at, s.source, s.provenance_id
FROM sides AS s
INNER JOIN codes AS c ON c.contract_code = s.contract_code
WHERE s.open_interest > 0 AND s.long_contracts BETWEEN 0 AND s.open_interest
    AND s.short_contracts BETWEEN 0 AND s.open_interest;
