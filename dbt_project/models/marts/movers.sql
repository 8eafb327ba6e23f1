with now as (
    select compared.previous_period, topics.*, counted.fraction, counted.variance
    from {{ ref('released_topics') }} as topics
    inner join {{ ref('topic_fractions') }} as counted using (period, topic_id)
    inner join {{ ref('previous_periods') }} as compared using (period)
    where compared.previous_period is not null
),

-- Under the period they are compared with.
earlier as (
    select
        compared.previous_period,
        topics.* replace (compared.period as period),
        counted.fraction,
        counted.variance
    from {{ ref('released_topics') }} as topics
    inner join {{ ref('topic_fractions') }} as counted using (period, topic_id)
    inner join {{ ref('previous_periods') }} as compared
        on topics.period = compared.previous_period
),

pairs as (
    select
        period,
        coalesce(now.previous_period, earlier.previous_period) as previous_period,
        topic_id,
        coalesce(now.level, earlier.level) as level,
        coalesce(now.name, earlier.name) as name,
        now.conversations,
        earlier.conversations as previous_conversations,
        now.conversations - earlier.conversations as change,
        now.share,
        earlier.share as previous_share,
        round(now.share - earlier.share, 1) as share_change,
        now.fraction / earlier.fraction as growth,
        {{ standard_error('now.variance + earlier.variance') }} as error
    from now
    full join earlier using (period, topic_id)
),

corrected as (
    {{ tested_against_chance('pairs', 'growth', 'period, level') }}
)

select
    period,
    previous_period,
    topic_id,
    level,
    name,
    case
        when previous_conversations is null then 'new'
        when conversations is null then 'gone'
        when q_value < {{ var('false_discovery_rate') }} and growth > 1 then 'grew'
        when q_value < {{ var('false_discovery_rate') }} then 'shrank'
        else 'steady'
    end as status,
    conversations,
    previous_conversations,
    change,
    share,
    previous_share,
    share_change,
    round(growth, 2) as growth,
    {{ bound('growth', 'error', '-') }} as growth_low,
    {{ bound('growth', 'error', '+') }} as growth_high,
    round(p_value, 4) as p_value,
    q_value
from corrected
order by period, level, topic_id
