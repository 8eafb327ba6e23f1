"""G-15: more people, and no language beside it, where a name tells of something sensitive."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.privacy import door
from clio_assets.privacy.cells import HARMLESS
from clio_assets.privacy.rules import TopicFacts, g15_sensitive_topic
from clio_assets.privacy.sensitive import sensitive_terms, sensitive_texts
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import NAME, facets, members, release

TREE = {"a": "p", "b": "p", "c": "p", "p": None}
NAMES = {"a": "Side effects of HIV medication"}


@pytest.mark.parametrize("term", sensitive_terms())
def test_every_term_of_the_list_is_recognised_within_a_name(term: str) -> None:
    name = f"Help with {term}, and more"
    assert sensitive_texts([name, NAME]) == {name}


@pytest.mark.parametrize(
    "name", ["Living with HIV", "Two Pregnancies", "HEART ATTACKS and diet", "肺癌の治療"]
)
def test_forms_of_a_term_are_recognised(name: str) -> None:
    assert sensitive_texts([name]) == {name}


@pytest.mark.parametrize(
    "name", [NAME, "Book train tickets", "Genius ideas for gardens", "", "旅行の予約"]
)
def test_other_names_are_not(name: str) -> None:
    assert sensitive_texts([name]) == set()


@pytest.mark.parametrize(("accounts", "good"), [(49, False), (50, True)])
def test_a_sensitive_topic_needs_twice_the_accounts(accounts: int, good: bool) -> None:
    facts = TopicFacts("t", 0, 200, accounts, 0.05, 40.0, sensitive=True)
    assert g15_sensitive_topic.check(facts, Thresholds())[0] is good
    few = TopicFacts("t", 0, 200, 25, 0.05, 25.0, sensitive=False)
    assert g15_sensitive_topic.check(few, Thresholds())[0]


def test_g18_what_could_not_be_looked_at_is_held_to_be_sensitive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(topics: pl.DataFrame) -> set[str]:
        raise RuntimeError(topics)

    monkeypatch.setattr(door, "sensitive_topics", broken)
    people = members({"a": [2] * 49, "b": [2] * 60, "c": [2] * 60})
    assert set(release(TREE, people).topics_frame["topic_id"]) == {"b", "c", "p"}


def test_the_door_counts_again_and_withholds_what_is_sensitive_and_small() -> None:
    people = members({"a": [2] * 49, "b": [2] * 49, "c": [2] * 49})
    assert set(release(TREE, people).topics_frame["topic_id"]) == {"a", "b", "c", "p"}
    found = release(TREE, people, names=NAMES)
    assert "a" not in set(found.topics_frame["topic_id"])
    more = members({"a": [2] * 50, "b": [2] * 49, "c": [2] * 49})
    assert "a" in set(release(TREE, more, names=NAMES).topics_frame["topic_id"])


@pytest.mark.parametrize("facet", ["language", "country", "task"])
def test_a_sensitive_topic_is_not_told_by_language_or_by_a_field_of_the_users(facet: str) -> None:
    people = members({"a": [2] * 60, "b": [2] * 60, "c": [2] * 60})
    half = pl.when(pl.int_range(pl.len()) % 4 < 2).then(pl.lit("en")).otherwise(pl.lit("is"))
    said = facets({facet: list(people.select("conversation_id", half).iter_rows())})
    usual = told(release(TREE, people, said))
    assert usual == {(topic, value) for topic in ("*", *TREE) for value in ("en", "is")}
    found = told(release(TREE, people, said, names=NAMES))
    if facet in HARMLESS:
        assert found == usual
        return
    assert not [topic for topic, _ in found if topic == "a"]
    # Nor as the parent's cell less those of the others, which are all that it counts.
    assert found == {(topic, value) for topic, value in usual if topic != "a"}
    cells = release(TREE, people, said, names=NAMES).cells
    sums = cells.group_by("topic_id").agg(pl.col("conversations").sum()).rows()
    assert dict(sums) == {"b": 120, "c": 120, "p": 240, "*": 240}


def test_one_language_in_a_sensitive_topic_hides_no_other_topics_languages() -> None:
    people = members({"a": [2] * 60, "b": [2] * 60, "c": [2] * 60})
    language = (
        pl.when(pl.col("topic_id") == "a")
        .then(pl.lit("en"))
        .when(pl.int_range(pl.len()) % 4 < 2)
        .then(pl.lit("en"))
        .otherwise(pl.lit("is"))
    )
    said = facets({"language": list(people.select("conversation_id", language).iter_rows())})
    found = told(release(TREE, people, said, names=NAMES))
    assert found == {(topic, value) for topic in ("*", "p", "b", "c") for value in ("en", "is")}


def told(found: object) -> set[tuple[str, str]]:
    return set(found.cells.select("topic_id", "value").iter_rows())  # type: ignore[attr-defined]
