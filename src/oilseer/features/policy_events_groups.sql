-- policy_events_groups: one row per post that is counted. Reads staging.policy_events.
SELECT 'topic.post' AS news_group, epoch_us(available_at) AS public, CAST(NULL AS DOUBLE) AS direction, 0.60 AS trust
FROM staging.policy_events
WHERE feed = 'truth_social'
