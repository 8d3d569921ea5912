-- policy_events_groups: one row per document of the Federal Register on a topic that is counted. Reads staging.policy_events.
SELECT 'policy.' || topic AS news_group, epoch_us(available_at) AS public, CAST(NULL AS DOUBLE) AS direction, 0.95 AS trust
FROM staging.policy_events
WHERE feed = 'federal_register' AND topic IN ('tariff', 'rfs')
UNION ALL
SELECT 'topic.post', epoch_us(available_at), NULL, 0.60
FROM staging.policy_events
WHERE feed = 'truth_social'
