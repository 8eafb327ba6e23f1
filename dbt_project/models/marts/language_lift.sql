select
    period,
    topic_id,
    level,
    topic_name,
    value as language,
    conversations,
    share,
    base_share,
    lift
from {{ ref('facet_breakdown') }}
where facet = 'language' and lift is not null
order by period, topic_id, language
