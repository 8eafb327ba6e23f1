{{ config(meta={'dagster': {'ref': {'name': 'released_model_usage'}}}) }}

-- Counts are rounded, so the threshold is rounded down with them.
select usage.period, usage.stage, usage.model
from {{ ref('released_model_usage') }} as usage
inner join {{ ref('released_periods') }} as periods using (period)
where
    usage.calls
    < {{ var('fewest_calls_told') }}
    - {{ var('fewest_calls_told') }} % {{ threshold('round_to', 5) }}
    or usage.tokens_in % 1000 != 0
    or usage.tokens_out % 1000 != 0
    or usage.tokens_cached % 1000 != 0
    or usage.tokens_cached > usage.tokens_in
    or usage.dollars < 0
    or usage.dollars != round(usage.dollars, 2)
