with now as (
    select compared.previous_period, topics.*
    from {{ ref('released_topics') }} as topics
    inner join {{ ref('previous_periods') }} as compared using (period)
    where compared.previous_period is not null
),

-- Under the period they are compared with.
earlier as (
    select compared.previous_period, topics.* replace (compared.period as period)
    from {{ ref('released_topics') }} as topics
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
        round(now.share - earlier.share, 1) as share_change
    from now
    full join earlier using (period, topic_id)
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
        when
            abs(change) <= greatest(
                {{ var('steady_conversations') }},
                {{ var('steady_share_of_previous') }} * previous_conversations
            )
            then 'steady'
        when change > 0 then 'grew'
        else 'shrank'
    end as status,
    conversations,
    previous_conversations,
    change,
    share,
    previous_share,
    share_change
from pairs
order by period, level, topic_id
