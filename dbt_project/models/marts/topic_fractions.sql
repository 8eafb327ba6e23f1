{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with figures as (
    select period, topic_id, conversations
    from {{ ref('released_topics') }}

    union all

    select period, '*', conversations
    from {{ ref('released_periods') }}
),

fractions as (
    {{ fractions('figures') }}
),

-- An account's conversations are not drawn one by one: as if each account had as many as the mean,
-- and chance had drawn the accounts.
clustered as (
    select
        fractions.*,
        greatest(topics.conversations / nullif(topics.accounts, 0), 1) as per_account
    from fractions
    inner join {{ ref('released_topics') }} as topics using (period, topic_id)
)

select
    *,
    per_account * (1 / conversations - 1 / of_all) + noise as variance
from clustered
