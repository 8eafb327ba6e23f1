select
    period,
    period_kind,
    period_start,
    period_end,
    profile,
    mode,
    counts_unit,
    conversations,
    topics,
    withheld,
    leaf_coverage,
    top_coverage
from {{ ref('released_periods') }}
order by period_start, period
