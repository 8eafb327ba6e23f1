{# A row is called `up` or `down` by its q and its ratio alone. In a family q is never under p, nor
   falls as p rises (Benjamini and Hochberg). #}
{% test called_by_q_value(model, family, ratio, up, down) %}
select *
from {{ model }}
qualify
    p_value not between 0 and 1
    or q_value not between p_value and 1
    or q_value < lag(q_value) over (
        partition by {{ family | join(', ') }} order by p_value, q_value
    )
    or (status in ('{{ up }}', '{{ down }}')) != coalesce(
        q_value < {{ var('false_discovery_rate') }}, false
    )
    or (status = '{{ up }}' and {{ ratio }} < 1)
    or (status = '{{ down }}' and {{ ratio }} > 1)
{% endtest %}
