with fractions as (
    {{ fractions(ref('released_cells'), ['facet', 'value']) }}
),

-- The topic's fraction of those with the value over its fraction of all, which is the same as the
-- value's share of the topic over its share of all. All of a topic is the most it can have.
ratios as (
    select
        cells.*,
        least(holding.fraction / topics.fraction, topics.of_all / holding.of_all) as ratio,
        {{ standard_error('''
            topics.per_account * greatest(
                1 / holding.conversations - 1 / topics.conversations
                - 1 / holding.of_all - 1 / topics.of_all
                + 2 * holding.conversations / (topics.conversations * holding.of_all),
                0
            )
            + holding.noise
            + topics.noise
        ''') }} as error
    from {{ ref('facet_breakdown') }} as cells
    inner join fractions as holding using (period, topic_id, facet, value)
    inner join {{ ref('topic_fractions') }} as topics using (period, topic_id)
),

known as (
    select * from ratios where ratio is not null
),

corrected as (
    {{ tested_against_chance('known', 'ratio', 'period, level, facet') }}
)

select
    period,
    topic_id,
    level,
    topic_name,
    facet,
    value,
    case
        when q_value < {{ var('false_discovery_rate') }} and ratio > 1 then 'over'
        when q_value < {{ var('false_discovery_rate') }} then 'under'
        else 'usual'
    end as status,
    conversations,
    share,
    base_share,
    round(ratio, 2) as lift,
    {{ bound('ratio', 'error', '-') }} as lift_low,
    {{ bound('ratio', 'error', '+') }} as lift_high,
    round(p_value, 4) as p_value,
    q_value
from corrected
order by period, topic_id, facet, value
