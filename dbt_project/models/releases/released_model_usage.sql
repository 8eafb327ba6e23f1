select
    period,
    stage,
    model,
    calls,
    tokens_in,
    tokens_out,
    tokens_cached,
    dollars
from {{ source('released', 'released_model_usage') }}
order by period, stage, model
