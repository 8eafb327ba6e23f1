{{ config(meta={'dagster': {'ref': {'name': 'released_topics'}}}) }}

with counted as (
    select
        period,
        count(*) filter (level = 0) as leaves,
        coalesce(sum(conversations) filter (parent_id is null), 0) as conversations
    from {{ ref('released_topics') }}
    group by all
)

select periods.period
from {{ ref('released_periods') }} as periods
left join counted using (period)
where
    periods.topics != coalesce(counted.leaves, 0)
    or periods.conversations < coalesce(counted.conversations, 0)
