-- news_bucketed_groups: one row per group that is counted and item: bucket, or subject. Reads staging.news_bucketed.
SELECT bucket AS news_group, epoch_us(available_at) AS public, direction_ratio AS direction, trust_ratio AS trust
FROM staging.news_bucketed
UNION ALL
SELECT 'topic.' || CASE topic WHEN 'budget' THEN 'budget_speech' WHEN 'speech' THEN 'budget_speech' ELSE topic END,
    epoch_us(available_at), direction_ratio, trust_ratio
FROM staging.news_bucketed
WHERE topic IN ('trade', 'rins', 'budget', 'speech')
QUALIFY row_number() OVER (PARTITION BY feed, item_id, topic ORDER BY bucket) = 1
UNION ALL
SELECT 'topic.china', epoch_us(available_at), direction_ratio, trust_ratio
FROM staging.news_bucketed
WHERE mentions_china
QUALIFY row_number() OVER (PARTITION BY feed, item_id ORDER BY bucket, topic) = 1
