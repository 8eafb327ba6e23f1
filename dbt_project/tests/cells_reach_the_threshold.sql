{{ config(meta={'dagster': {'ref': {'name': 'released_cells'}}}) }}

-- G-09. Published counts are rounded, so the threshold is rounded down with them.
select cells.period, cells.topic_id, cells.facet, cells.value
from {{ ref('released_cells') }} as cells
inner join {{ ref('released_periods') }} as periods using (period)
where
    cells.conversations
    < {{ threshold('cell.min_conversations', 15) }}
    - {{ threshold('cell.min_conversations', 15) }} % {{ threshold('round_to', 5) }}
