-- staging.policy_events: one row per feed and document or post, as first published.
-- A topic is named where the text names it. Reads raw.policy_events.
SELECT
    feed,
    item_id,
    kind,
    CASE
        WHEN regexp_matches(words, 'renewable fuel standard|biomass-based diesel|renewable volume') THEN 'rfs'
        WHEN regexp_matches(words, 'section 301|tariff|reciprocal|duties') THEN 'tariff'
        WHEN regexp_matches(words, '45z|clean fuel production|biodiesel|renewable diesel') THEN 'biofuel_credit'
        ELSE 'other'
    END AS topic,
    title,
    effective_on,
    comments_close_on,
    observation_date, available_at, availability, ingested_at, source, provenance_id
FROM (
    SELECT *, lower(title || ' ' || coalesce(summary, '')) AS words FROM raw.policy_events
)
QUALIFY row_number() OVER (PARTITION BY feed, item_id ORDER BY available_at, title) = 1
