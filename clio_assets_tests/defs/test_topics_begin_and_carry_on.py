"""Topics begin once; after that they carry on the period before, or do not start."""

from __future__ import annotations

import dagster as dg
import pytest

from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    THIRD,
    failures,
    launch,
    launch_without_checks,
    metadata_of,
)

pytestmark = pytest.mark.platform


def forget_topics_of(pipeline: Pipeline, day: str) -> None:
    pipeline.clio.layout.period_file(day).path.unlink()


def test_the_first_day_begins_anew_and_the_next_carries_it_on(audited: Pipeline) -> None:
    told = {day: metadata_of(audited.results[day])["topics"] for day in audited.results}
    assert [told[day]["carries_on"] for day in (FIRST, SECOND, THIRD)] == [
        "cold start",
        FIRST,
        SECOND,
    ]
    assert told[FIRST]["new_leaves"] == told[FIRST]["leaves"]
    assert told[SECOND]["new_leaves"] < told[SECOND]["leaves"]


def test_without_the_period_before_topics_do_not_start(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    forget_topics_of(pipeline, FIRST)
    forget_topics_of(pipeline, SECOND)
    result = launch(pipeline.definitions, SECOND, "base_clusters", "topics", "topic_audit")
    assert not result.success
    told = failures(result)["topics"]
    assert FIRST in told
    assert "topics.cold_start" in told
    assert pipeline.clio.layout.period_file(SECOND).state("topics") is None


def test_no_retry_mends_a_missing_period(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    forget_topics_of(pipeline, FIRST)
    with pytest.raises(dg.Failure, match=FIRST) as refused:
        launch_without_checks(pipeline.definitions, SECOND, "topics")
    assert refused.value.allow_retries is False


def test_what_was_made_before_stays_when_topics_do_not_start(
    audited: Pipeline, copied: Copy
) -> None:
    pipeline = copied(audited)
    forget_topics_of(pipeline, FIRST)
    file = pipeline.clio.layout.period_file(SECOND)
    before = file.read("topics")
    launch(pipeline.definitions, SECOND, "topics")
    assert file.read("topics").equals(before)


def test_cold_start_begins_every_period_anew(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited, topics={"cold_start": True})
    forget_topics_of(pipeline, FIRST)
    result = launch(pipeline.definitions, SECOND, "topics")
    assert result.success, failures(result)
    assert metadata_of(result)["topics"]["carries_on"] == "cold start"
    topics = pipeline.clio.layout.period_file(SECOND).read("topics")
    assert set(topics["status"]) == {"new"}
    assert set(topics["first_period"]) == {SECOND}


def test_a_day_without_conversations_passes_the_topics_on(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    (pipeline.root / "source" / f"{SECOND}.jsonl.gz").unlink()
    steps = [
        "raw_conversations",
        "conversations",
        "facets",
        "embeddings",
        "base_clusters",
        "topics",
    ]
    for day in (SECOND, THIRD):
        result = launch(pipeline.definitions, day, *steps)
        assert result.success, failures(result)
    first, second, third = (
        pipeline.clio.layout.period_file(day).read("topics") for day in (FIRST, SECOND, THIRD)
    )
    assert second.is_empty()
    assert set(third.filter(status="continuing")["topic_id"]) & set(first["topic_id"])
