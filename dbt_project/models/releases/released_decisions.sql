select
    period,
    topic_id,
    rule,
    requirement,
    decision
from {{ source('released', 'released_decisions') }}
order by period, topic_id, rule, requirement
