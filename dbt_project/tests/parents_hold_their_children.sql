{{ config(meta={'dagster': {'ref': {'name': 'released_topics'}}}) }}

with children as (
    select period, parent_id as topic_id, max(level) as level, sum(conversations) as conversations
    from {{ ref('released_topics') }}
    where parent_id is not null
    group by all
)

select children.period, children.topic_id
from children
left join {{ ref('released_topics') }} as parents using (period, topic_id)
where
    parents.topic_id is null
    or parents.level <= children.level
    or parents.conversations < children.conversations
