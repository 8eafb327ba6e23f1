{{ config(meta={'dagster': {'ref': {'name': 'released_periods'}}}) }}

select period
from {{ ref('released_periods') }}
qualify
    period_end <= period_start
    or period_start < lag(period_end) over (order by period_start)
