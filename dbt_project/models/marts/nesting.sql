{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with recursive parents as (
    select period, topic_id, coalesce(parent_id, '*') as parent_id
    from {{ ref('released_topics') }}

    union all

    select period, '*', null
    from {{ ref('released_periods') }}
),

nesting as (
    select period, topic_id, topic_id as above, 0 as steps
    from parents

    union all

    select nesting.period, nesting.topic_id, parents.parent_id, nesting.steps + 1
    from nesting
    inner join parents
        on parents.period = nesting.period and parents.topic_id = nesting.above
    where parents.parent_id is not null
)

select period, topic_id, above, steps
from nesting
