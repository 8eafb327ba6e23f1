{{ config(meta={'dagster': {'ref': {'name': 'movers'}}}) }}

select movers.period, movers.topic_id
from {{ ref('movers') }} as movers
left join {{ ref('topics_by_period') }} as topics using (period, topic_id)
where
    movers.previous_period >= movers.period
    or movers.conversations is distinct from topics.conversations
    or movers.share is distinct from topics.share
    or movers.change is distinct from topics.change
    or (movers.status = 'new') != (movers.previous_conversations is null)
    or (movers.status = 'gone') != (movers.conversations is null)
    or (movers.growth is not null and movers.change is null)
