with pairs as (
    select
        cells.period,
        compared.previous_period,
        cells.topic_id,
        topics.name,
        topics.status,
        cells.value as previous_topic_id,
        earlier.name as previous_name,
        still.topic_id is null as is_gone,
        cells.conversations,
        cells.share,
        -- What is told of a topic is told of the whole period too (G-09).
        round(least(100 * cells.conversations / whole.conversations, 100), 1) as share_of_previous
    from {{ ref('released_cells') }} as cells
    inner join {{ ref('released_topics') }} as topics using (period, topic_id)
    inner join {{ ref('released_cells') }} as whole
        on
            whole.topic_id = '*'
            and whole.period = cells.period
            and whole.facet = cells.facet
            and whole.value = cells.value
    inner join {{ ref('previous_periods') }} as compared using (period)
    inner join {{ ref('released_topics') }} as earlier
        on earlier.period = compared.previous_period and earlier.topic_id = cells.value
    left join {{ ref('released_topics') }} as still
        on still.period = cells.period and still.topic_id = cells.value
    where cells.facet = 'came_from' and topics.level = 0
)

select
    period,
    previous_period,
    topic_id,
    name,
    previous_topic_id,
    previous_name,
    case
        when topic_id = previous_topic_id then 'continued'
        when status = 'new' and share > 50 then 'split'
        when is_gone and share_of_previous > 50 then 'merged'
        else 'moved'
    end as event,
    conversations,
    share,
    share_of_previous
from pairs
order by period, topic_id, conversations desc, previous_topic_id
