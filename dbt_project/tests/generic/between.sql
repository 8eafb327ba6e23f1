{# Every figure lies in [low, high]; nulls pass, the contract says where they may stand. #}
{% test between(model, columns, low, high) %}
select *
from {{ model }}
where
    {% for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} not between {{ low }} and {{ high }}
    {% endfor %}
{% endtest %}
