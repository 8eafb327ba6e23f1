{{ config(meta={'dagster': {'ref': {'name': 'released_decisions'}}}) }}

select topics.period, topics.topic_id
from {{ ref('released_topics') }} as topics
anti join {{ ref('released_decisions') }} as decisions using (period, topic_id)
