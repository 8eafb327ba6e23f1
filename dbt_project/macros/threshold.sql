{# A parameter of the gate as the release of `periods` states it, else the gate's default. #}
{% macro threshold(path, default) -%}
    coalesce((periods.thresholds ->> '$.{{ path }}')::integer, {{ default }})
{%- endmacro %}
