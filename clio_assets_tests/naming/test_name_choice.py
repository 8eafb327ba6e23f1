"""Choosing a name among candidates: length, distinctness, what is kept."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

from clio_assets.naming.families import Subject
from clio_assets.naming.heard import LEAF_WORDS
from clio_assets.naming.names import (
    LONGEST_NAME,
    LONGEST_SUMMARY,
    Names,
    distinct,
    name_family,
)
from clio_assets.naming.phrases import Candidate


def found(*phrases: str) -> list[Candidate]:
    """Candidates from best to worst, each of content words only."""
    return [
        Candidate(tuple(one.split()), 1.0 / (n + 1), 20, tuple(one.split()))
        for n, one in enumerate(phrases)
    ]


def named(
    phrases: dict[str, list[Candidate]],
    beside: tuple[str, ...] = (),
    above: str = "",
    taken: tuple[str, ...] = (),
) -> Names:
    subjects = {
        topic: Subject(lambda _, some=some: some, LEAF_WORDS) for topic, some in phrases.items()
    }
    return name_family(subjects, beside, above, set(taken), {})


def names_of(phrases: dict[str, list[Candidate]], **given: object) -> dict[str, str]:
    return {topic: name for topic, (name, _) in named(phrases, **given).items()}  # type: ignore[arg-type]


def test_a_name_is_the_best_phrases_up_to_three_content_words() -> None:
    phrases = {"a": found("credit card", "rewards", "points", "bank")}
    assert named(phrases)["a"] == (
        "Credit card, rewards",
        "Requests about credit card, rewards, points and bank.",
    )
    assert names_of({"a": found("tax", "forms")}) == {"a": "Tax, forms"}


def test_forms_of_one_word_are_said_once() -> None:
    kept = [one.phrase for one in distinct(found("flights", "flight", "book flights", "hotel"))]
    assert kept == [("flights",), ("hotel",)]


def test_two_siblings_with_the_same_phrases_get_different_names() -> None:
    same = found("tax", "forms", "refund", "deadline")
    names = names_of(dict.fromkeys("abc", same))
    assert len({name.casefold() for name in names.values()}) == len(names) == 3


def test_a_topic_whose_every_name_is_taken_is_left_out() -> None:
    names = names_of(dict.fromkeys("abcd", found("tax", "forms")))
    assert sorted(names.values()) == ["Forms", "Tax", "Tax, forms"]


def test_another_form_of_the_only_word_is_a_name_where_the_word_is_taken() -> None:
    assert names_of({"a": found("meeting", "meetings")}, taken=("meeting",)) == {"a": "Meetings"}


def test_a_name_that_says_nothing_but_its_parents_is_a_last_resort() -> None:
    assert names_of({"a": found("tax", "refund")}, above="Taxes, refund")["a"] == "Tax, refund"
    more = {"a": found("tax", "refund", "deadline")}
    assert "deadline" in names_of(more, above="Taxes, refund")["a"].lower()
    assert names_of({"a": found("pin")}, above="PIN") == {"a": "Pin"}


def test_one_supported_word_is_a_name_and_none_is_not() -> None:
    assert names_of({"a": found("timer"), "b": found("alarm"), "c": []}) == {
        "a": "Timer",
        "b": "Alarm",
    }


def test_no_name_is_longer_than_the_gate_allows() -> None:
    long = [f"{letter * 19} {letter * 20}" for letter in "abcdefgh"]
    (name, summary) = named({"a": found(*long)})["a"]
    assert len(name) <= LONGEST_NAME
    assert len(summary) <= LONGEST_SUMMARY
    wide = found(*[f"{letter * 39} {letter * 39}" for letter in "abcdefgh"])
    assert len(named({"a": wide})["a"][1]) <= LONGEST_SUMMARY


def test_no_name_is_one_that_is_taken() -> None:
    assert names_of({"a": found("tax", "forms")}, taken=("tax, forms",)) == {"a": "Tax"}


def test_the_first_letter_is_raised_only_where_it_can_be_lowered_again() -> None:
    assert names_of({"a": found("élan vital")}) == {"a": "Élan vital"}
    assert names_of({"a": found("ısı pompası")}) == {"a": "ısı pompası"}
    assert names_of({"a": found("401k plan")}) == {"a": "401k plan"}
