-- staging.fred_macro_panel: one row per series, date and vintage, in the series' own unit. All vintages stay.
-- A value outside its series' range is left out here and stays in raw.
SELECT
    series_id,
    value,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM raw.fred_economic
WHERE abs(value) < 1e9 AND (series_id NOT IN ('VIXCLS', 'VXVCLS') OR value BETWEEN 0 AND 150);
