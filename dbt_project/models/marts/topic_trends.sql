select
    topics.topic_id,
    topics.level,
    topics.name,
    topics.period,
    periods.period_start,
    topics.conversations,
    topics.share
from {{ ref('released_topics') }} as topics
inner join {{ ref('released_periods') }} as periods using (period)
order by topics.topic_id, periods.period_start
