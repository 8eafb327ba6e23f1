"""Choosing a name among candidates: length, distinctness, what is kept."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

from clio_assets.naming.names import (
    LONGEST_NAME,
    LONGEST_SUMMARY,
    distinct,
    name_leaves,
    name_parents,
    still_supported,
)
from clio_assets.naming.phrases import Candidate


def found(*phrases: str) -> list[Candidate]:
    """Candidates from best to worst, each of content words only."""
    return [
        Candidate(tuple(one.split()), 1.0 / (n + 1), 20, len(one.split()))
        for n, one in enumerate(phrases)
    ]


def leaf_names(phrases: dict[str, list[Candidate]], **given: dict) -> dict[str, str]:
    named = name_leaves(phrases, given.get("kept", {}), {})
    return {topic: name for topic, (name, _) in named.items()}


def test_a_name_is_the_best_phrases_up_to_three_content_words() -> None:
    phrases = {"a": found("credit card", "rewards", "points", "bank")}
    assert leaf_names(phrases) == {"a": "Credit card, rewards"}
    assert name_leaves(phrases, {}, {})["a"][1] == (
        "Requests about credit card, rewards, points and bank."
    )
    assert leaf_names({"a": found("tax", "forms")}) == {"a": "Tax, forms"}


def test_forms_of_one_word_are_said_once() -> None:
    kept = [one.phrase for one in distinct(found("flights", "flight", "book flights", "hotel"))]
    assert kept == [("flights",), ("hotel",)]


def test_two_leaves_with_the_same_phrases_get_different_names() -> None:
    same = found("tax", "forms", "refund", "deadline")
    names = leaf_names(dict.fromkeys("abc", same))
    assert len({name.casefold() for name in names.values()}) == len(names) == 3
    assert all(name.startswith("Tax, ") for name in names.values())


def test_a_leaf_whose_every_name_is_taken_is_left_out() -> None:
    same = found("tax", "forms")
    assert leaf_names(dict.fromkeys("abcd", same)) == {"a": "Tax, forms", "b": "Tax", "c": "Forms"}


def test_one_supported_word_is_a_name_and_none_is_not() -> None:
    assert leaf_names({"a": found("timer"), "b": found("alarm"), "c": []}) == {
        "a": "Timer",
        "b": "Alarm",
    }


def test_no_name_is_longer_than_the_gate_allows() -> None:
    long = [f"{letter * 19} {letter * 20}" for letter in "abcdefgh"]
    (name, summary) = name_leaves({"a": found(*long)}, {}, {})["a"]
    assert len(name) <= LONGEST_NAME
    assert len(summary) <= LONGEST_SUMMARY
    wide = found(*[f"{letter * 39} {letter * 39}" for letter in "abcdefgh"])
    assert len(name_leaves({"a": wide}, {}, {})["a"][1]) <= LONGEST_SUMMARY


def test_a_kept_name_stays_and_no_other_topic_takes_it() -> None:
    kept = {"b": ("TAX, forms", "As before.")}
    named = name_leaves({"a": found("tax", "forms", "refund"), "b": found("new")}, kept, {})
    assert named["b"] == kept["b"]
    assert named["a"][0].casefold() != "tax, forms"


def test_a_parent_is_named_by_the_first_phrase_of_each_of_its_largest_children() -> None:
    phrases = {
        "a": found("flights", "airport"),
        "b": found("hotels"),
        "c": [],
        "d": found("flight tickets"),
        "e": found("visa"),
        "f": found("luggage"),
        "g": found("tax", "forms"),
    }
    children = {"p": ["a", "b", "c", "d", "e", "f"], "q": ["g"], "r": ["c"]}
    named = name_parents(phrases, children, {}, {})
    assert named["p"][0] == "Flights, hotels, visa"
    assert "luggage" in named["p"][1]
    assert "r" not in named


def test_parents_with_the_same_children_names_differ() -> None:
    phrases = {"a": found("tax"), "b": found("forms"), "c": found("tax"), "d": found("forms")}
    named = name_parents(phrases, {"p": ["a", "b"], "q": ["c", "d"]}, {}, {})
    assert named["p"][0] != named["q"][0]


def test_the_first_letter_is_raised_only_where_it_can_be_lowered_again() -> None:
    assert leaf_names({"a": found("élan vital")}) == {"a": "Élan vital"}
    assert leaf_names({"a": found("ısı pompası")}) == {"a": "ısı pompası"}
    assert leaf_names({"a": found("401k plan")}) == {"a": "401k plan"}


def test_names_of_continuing_topics_stay_while_they_are_supported() -> None:
    before = {"a": ("Tax", "Forms."), "b": ("Visa", "Trips."), "gone": ("Old", "Old.")}
    asked = []

    def supported(topic: str, text: str) -> bool:
        asked.append((topic, text))
        return topic == "a"

    assert still_supported(before, {"a", "b", "c"}, supported) == {"a": before["a"]}
    assert sorted(asked) == [("a", "Tax Forms."), ("b", "Visa Trips.")]
