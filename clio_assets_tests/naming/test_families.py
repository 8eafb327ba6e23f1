"""Siblings take phrases in turns, and what one says is said by no other where it can be helped."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from clio_assets.naming.families import GIVES_WAY, Subject, draft, unsaid
from clio_assets.naming.phrases import Candidate, akin

NONE: frozenset[str] = frozenset()


def options(**scores: float) -> list[Candidate]:
    """Candidates by their words, joined by underscores, with their scores."""
    some = [(tuple(words.split("_")), score) for words, score in scores.items()]
    made = [Candidate(phrase, score, 20, phrase) for phrase, score in some]
    return sorted(made, key=lambda one: -one.score)


def subject(found: list[Candidate], enough: int = 3) -> Subject:
    return Subject(lambda _: found, enough)


def chosen(
    found: dict[str, list[Candidate]],
    beside: tuple[str, ...] = (),
    above: frozenset[str] = NONE,
    enough: int = 3,
) -> dict[str, list[str]]:
    subjects = {topic: subject(some, enough) for topic, some in found.items()}
    drafted = draft(subjects, beside, above)
    return {topic: [" ".join(one.phrase) for one in some] for topic, some in drafted.items()}


def test_who_has_most_to_say_of_a_word_has_it() -> None:
    found = {
        "a": options(card=0.5, visa=0.49),
        "b": options(card=0.9, points=0.01),
        "c": options(limit=0.7, cards=0.6),
    }
    assert chosen(found) == {"a": ["visa"], "b": ["card"], "c": ["limit"]}


def test_each_takes_a_first_phrase_before_any_takes_a_second() -> None:
    found = {"a": options(limit=0.9, card=0.8), "b": options(card=0.5, visa=0.48)}
    assert chosen(found) == {"a": ["limit"], "b": ["card", "visa"]}


def test_a_phrase_gives_way_only_to_one_that_says_nearly_as_much() -> None:
    little = {"a": options(card=0.9), "b": options(card=0.8, visa=0.8 * GIVES_WAY - 0.01)}
    assert chosen(little)["b"] == ["card", "visa"]
    enough = {"a": options(card=0.9), "b": options(card=0.8, visa=0.8 * GIVES_WAY + 0.01)}
    assert chosen(enough)["b"] == ["visa"]


def test_the_parents_word_and_those_of_siblings_with_names_give_way_too() -> None:
    found = {"a": options(card=0.9, limit=0.89, visa=0.88)}
    assert chosen(found, above=frozenset({"cards"}), enough=1) == {"a": ["limit"]}
    assert chosen(found, beside=("limit",), above=frozenset({"cards"}), enough=1) == {"a": ["visa"]}


def test_the_rest_of_a_phrase_is_left_where_a_sibling_says_a_part() -> None:
    found = {
        "a": options(card=0.9),
        "b": [
            Candidate(("debit", "card"), 0.8, 20, ("debit", "card")),
            Candidate(("debit",), 0.79, 21, ("debit",)),
        ],
    }
    assert chosen({"b": found["b"]}) == {"b": ["debit card"]}
    assert chosen(found) == {"a": ["card"], "b": ["debit"]}


def test_a_further_phrase_that_says_little_is_left_out() -> None:
    assert chosen({"a": options(card=1.0, visa=0.09)}) == {"a": ["card"]}
    assert chosen({"a": options(card=1.0, visa=0.1)}) == {"a": ["card", "visa"]}


WORDS = ["card", "cards", "visa", "limit", "points", "stolen", "bank", "pin"]
PHRASE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)
FOUND = st.dictionaries(PHRASE, st.floats(0.01, 1.0), max_size=6).map(
    lambda scores: sorted(
        (Candidate(phrase, score, 20, phrase) for phrase, score in scores.items()),
        key=lambda one: (-one.score, one.phrase),
    )
)


@given(st.dictionaries(st.sampled_from("abcd"), FOUND))
def test_every_topic_with_an_option_has_one_and_further_phrases_are_nobodys(
    found: dict[str, list[Candidate]],
) -> None:
    drafted = draft({topic: subject(some) for topic, some in found.items()}, [], NONE)
    for topic, some in drafted.items():
        assert bool(some) == bool(found[topic])
        assert all(one in found[topic] for one in some)
        for one, other in combinations(some, 2):
            assert not any(akin(a, b) for a in one.content for b in other.content)
    for one, other in combinations(drafted.values(), 2):
        # Only first phrases are ever shared: they are what a topic is about.
        for further, any_other in [(a, b) for a in one[1:] for b in other[1:]]:
            assert unsaid([further], any_other.content)
