"""G-11 from one day to the next: a name stays while half as many use its words, and no longer."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.privacy.text_support import content_words, tokens
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import FIRST, LOWERED, SECOND, change, failures, launch

pytestmark = pytest.mark.platform

NEEDED = LOWERED["min_term_accounts"]
TOPICS = ["topic_id", "name", "named_in"]


def used_by(pipeline: Pipeline, day: str, topic: str, word: str) -> pl.DataFrame:
    """The conversations of a topic that say a word: (conversation_id, source)."""
    file = pipeline.clio.layout.period_file(day)
    members = file.read("topic_members").filter(topic_id=topic)
    asked = pipeline.clio.facets(day, ["request"]).rename({"request": "text"})
    said = tokens(asked).filter(token=word).select("conversation_id").unique()
    return members.join(said, on="conversation_id").select("conversation_id", "source")


def widely_used(pipeline: Pipeline) -> tuple[str, str]:
    """A topic of both days with one name, and a word of it that many use on both."""
    read = [pipeline.clio.layout.period_file(day).read("topics", TOPICS) for day in (FIRST, SECOND)]
    both = read[0].join(read[1], on=["topic_id", "name"]).filter(pl.col("name") != "")
    for topic, name, *_ in both.sort("topic_id").iter_rows():
        for word in content_words(name):
            uses = [used_by(pipeline, day, topic, word) for day in (FIRST, SECOND)]
            if all(some["source"].n_unique() > NEEDED for some in uses):
                return topic, word
    raise AssertionError("no such topic")


def said_by_so_many(pipeline: Pipeline, topic: str, word: str, many: int) -> None:
    """On the second day, take the word out of the requests of all but so many accounts."""
    uses = used_by(pipeline, SECOND, topic, word)
    silent = uses.filter(~pl.col("source").is_in(uses["source"].unique().sort()[:many].implode()))
    change(
        pipeline.clio.layout.day(SECOND).path,
        (
            "UPDATE facets SET request = regexp_replace(request, ?, '', 'gi') "
            "WHERE conversation_id IN (SELECT unnest(?))",
            [word, silent["conversation_id"].to_list()],
        ),
    )


@pytest.mark.parametrize(("many", "stays"), [(2, True), (1, False)])
def test_a_name_stays_while_half_as_many_use_it(
    audited: Pipeline, copied: Copy, many: int, stays: bool
) -> None:
    pipeline = copied(audited, seed=11)
    topic, word = widely_used(pipeline)
    said_by_so_many(pipeline, topic, word, many)
    result = launch(pipeline.definitions, SECOND, "topics", "topic_audit")
    assert result.success, failures(result)
    file = pipeline.clio.layout.period_file(SECOND)
    ((_, name, since),) = file.read("topics", TOPICS).filter(topic_id=topic).rows()
    assert (word in content_words(name)) == stays
    assert since == (FIRST if stays else SECOND)
    assert file.read("topic_audit").filter(topic_id=topic, rule="G-11")["passed"].all()


@pytest.mark.parametrize("forgotten", [False, True])
def test_the_door_counts_again_who_used_it_before(
    audited: Pipeline, copied: Copy, forgotten: bool
) -> None:
    pipeline = copied(audited, seed=11)
    topic, word = widely_used(pipeline)
    said_by_so_many(pipeline, topic, word, 2)
    launch(pipeline.definitions, FIRST, "topic_audit", "released_topics")
    launch(pipeline.definitions, SECOND, "topics", "topic_audit")
    if forgotten:
        delete = "DELETE FROM topic_members WHERE topic_id = ?"
        change(pipeline.clio.layout.period_file(FIRST).path, (delete, [topic]))
    result = launch(pipeline.definitions, SECOND, "released_topics")
    assert "released_topics" not in failures(result), failures(result)
    released = pipeline.clio.releases.read("released_topics", SECOND)["topic_id"]
    assert (topic in released) != forgotten
