{# What chance alone may do. A ratio's logarithm is taken to be normal, with `error` its standard
   deviation and `z` its distance from 0 in such deviations. #}

{# Nothing less than 0 comes of a variance that is 0 but for how computers count. #}
{% macro standard_error(variance) -%}
    sqrt(greatest({{ variance }}, 1e-12))
{%- endmacro %}

{# An end of the 95 % interval of a ratio; `sign` says which. #}
{% macro bound(ratio, error, sign) -%}
    round({{ ratio }} * exp({{ sign }} 1.959964 * {{ error }}), 2)
{%- endmacro %}

{# P(|Z| >= z) = erfc(z / sqrt(2)). DuckDB has no erfc: M. Abramowitz and I. Stegun, Handbook of
   Mathematical Functions (1964), 7.1.26, wrong by 1.5e-7 at most. #}
{% macro two_sided_p(z) -%}
    {%- set t -%} (1 / (1 + 0.3275911 * {{ z }} / sqrt(2))) {%- endset -%}
    exp(-{{ z }} * {{ z }} / 2) * {{ t }} * (
        0.254829592 + {{ t }} * (
            -0.284496736 + {{ t }} * (
                1.421413741 + {{ t }} * (-1.453152027 + {{ t }} * 1.061405429)
            )
        )
    )
{%- endmacro %}

{# `compared`, which has a `ratio` and its `error`, with `z`, `p_value` and `q_value`: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate",
   J. R. Statist. Soc. B 57(1), 1995. Of m rows compared in a family, the i-th smallest p has
   q = min over j >= i of m p_j / j; rows without a p were not compared. #}
{% macro tested_against_chance(compared, ratio, family) -%}
select
    * exclude (scaled),
    case
        when p_value is not null
            then round(least(min(scaled) over (partition by {{ family }} order by p_value desc), 1), 4)
    end as q_value
from (
    select
        *,
        p_value * count(p_value) over (partition by {{ family }})
        / count(p_value) over (partition by {{ family }} order by p_value) as scaled
    from (
        select *, {{ two_sided_p('z') }} as p_value
        from (select *, abs(ln({{ ratio }})) / error as z from {{ compared }})
    )
)
{%- endmacro %}
