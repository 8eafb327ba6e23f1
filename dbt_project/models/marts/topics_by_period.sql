with recursive paths as (
    select period, topic_id, name as path
    from {{ ref('released_topics') }}
    where parent_id is null

    union all

    select topics.period, topics.topic_id, paths.path || ' › ' || topics.name
    from {{ ref('released_topics') }} as topics
    inner join paths
        on topics.period = paths.period and topics.parent_id = paths.topic_id
)

select
    topics.period,
    periods.period_start,
    topics.topic_id,
    topics.level,
    topics.parent_id,
    paths.path,
    topics.name,
    topics.summary,
    topics.conversations,
    topics.accounts,
    topics.share,
    topics.x,
    topics.y,
    topics.status,
    topics.first_period,
    earlier.conversations as previous_conversations,
    topics.conversations - earlier.conversations as change
from {{ ref('released_topics') }} as topics
inner join {{ ref('released_periods') }} as periods using (period)
left join paths using (period, topic_id)
left join {{ ref('previous_periods') }} as compared using (period)
left join {{ ref('released_topics') }} as earlier
    on earlier.period = compared.previous_period and earlier.topic_id = topics.topic_id
order by periods.period_start, paths.path, topics.topic_id
