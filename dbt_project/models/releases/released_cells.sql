select
    period,
    topic_id,
    facet,
    value,
    conversations,
    share
from {{ source('released', 'released_cells') }}
order by period, topic_id, facet, value
