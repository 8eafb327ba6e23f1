{# G-10: every count is a multiple of what its period's gate rounds to. #}
{% test rounded(model, columns) %}
select counted.*
from {{ model }} as counted
inner join {{ ref('released_periods') }} as periods using (period)
where
    {% for column in columns %}
    {{ 'or ' if not loop.first }}counted.{{ column }} % {{ threshold('round_to', 5) }} != 0
    {% endfor %}
{% endtest %}
