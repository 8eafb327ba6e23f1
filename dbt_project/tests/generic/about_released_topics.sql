{# Every row is about a topic that the door released in that period; `also` names exceptions. #}
{% test about_released_topics(model, period='period', topic='topic_id', also=[]) %}
select about.topic_id
from (select {{ topic }} as topic_id, {{ period }} as released_in from {{ model }}) as about
left join {{ ref('released_topics') }} as topics
    on topics.period = about.released_in and topics.topic_id = about.topic_id
where
    topics.topic_id is null
    {% for other in also %}
    and about.topic_id != '{{ other }}'
    {% endfor %}
{% endtest %}
