select
    period,
    topic_id,
    level,
    parent_id,
    name,
    summary,
    conversations,
    accounts,
    share,
    x,
    y,
    status,
    first_period
from {{ source('released', 'released_topics') }}
order by period, level desc, topic_id
