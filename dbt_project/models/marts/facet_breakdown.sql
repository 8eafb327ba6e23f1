select
    cells.period,
    cells.topic_id,
    topics.level,
    topics.name as topic_name,
    cells.facet,
    cells.value,
    cells.conversations,
    cells.share,
    base.share as base_share
from {{ ref('released_cells') }} as cells
inner join {{ ref('released_topics') }} as topics using (period, topic_id)
left join {{ ref('released_cells') }} as base
    on
        base.topic_id = '*'
        and base.period = cells.period
        and base.facet = cells.facet
        and base.value = cells.value
-- Where conversations come from says nothing about who had them: `topic_lineage`.
where cells.facet <> 'came_from'
order by cells.period, cells.topic_id, cells.facet, cells.value
