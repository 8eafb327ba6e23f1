{# Variance of what G-10 adds to one count, told in multiples of `unit`: the noise is the difference
   of two even draws from 0 to u, u (u + 2) / 6, and rounding moves it evenly, (u² - 1) / 12. #}
{% macro noise_variance(unit) -%}
    (3 * {{ unit }} ** 2 + 4 * {{ unit }} - 1) / 12
{%- endmacro %}

{# Each figure as a `fraction` of the period's, which is the figure of `*`; `noise` is the variance
   that G-10 gives to the logarithm of that fraction. Figures with the same `each` belong together.

   Leaves and rests are perturbed and all else is their sum, so a figure holds one noise for each
   figure under it that is more than its children are, and the period's holds them all. #}
{% macro fractions(figures, each=[]) -%}
with told as (
    select
        figures.period,
        nesting.above as topic_id,
        {% for key in each %}figures.{{ key }}, {% endfor %}
        nullif(sum(figures.conversations) filter (nesting.steps = 0), 0) as conversations,
        sum(figures.conversations) filter (nesting.steps = 1) as in_children
    from {{ figures }} as figures
    inner join {{ ref('nesting') }} as nesting using (period, topic_id)
    where nesting.steps <= 1
    group by all
),

counted as (
    select
        told.period,
        nesting.above as topic_id,
        {% for key in each %}told.{{ key }}, {% endfor %}
        sum(told.conversations) filter (nesting.steps = 0) as conversations,
        count(*) filter (told.conversations > coalesce(told.in_children, 0)) as noises
    from told
    inner join {{ ref('nesting') }} as nesting using (period, topic_id)
    group by all
)

select
    part.period,
    part.topic_id,
    {% for key in each %}part.{{ key }}, {% endfor %}
    part.conversations,
    whole.conversations as of_all,
    part.conversations / whole.conversations as fraction,
    {{ noise_variance(threshold('round_to', 5)) }} * (
        part.noises / part.conversations ** 2
        - 2 * part.noises / (part.conversations * whole.conversations)
        + whole.noises / whole.conversations ** 2
    ) as noise
from counted as part
inner join counted as whole using (period{% for key in each %}, {{ key }}{% endfor %})
inner join {{ ref('released_periods') }} as periods using (period)
where whole.topic_id = '*'
{%- endmacro %}
