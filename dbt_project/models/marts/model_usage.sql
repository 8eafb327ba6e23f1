select
    usage.period,
    periods.period_kind,
    periods.period_start,
    usage.stage,
    usage.model,
    usage.calls,
    usage.tokens_in,
    usage.tokens_out,
    usage.tokens_cached,
    round(usage.tokens_cached / nullif(usage.tokens_in, 0), 2) as cached_share,
    usage.dollars
from {{ ref('released_model_usage') }} as usage
inner join {{ ref('released_periods') }} as periods using (period)
order by periods.period_start, usage.stage, usage.model
