"""Key-phrase names for some topics among others that have names already."""

from __future__ import annotations

from clio_assets.naming.fallback import phrase_leaves, phrase_parents
from clio_assets_tests.naming.corpora import corpus, said

TEXTS = corpus(
    said("a", "tax return forms", 20),
    said("b", "home loans or mortgage rates", 20, first=100),
    said("c", "bicycle repair", 20, first=200),
)


def test_only_the_leaves_asked_for_are_named_and_told_from_all_others() -> None:
    names = phrase_leaves(TEXTS, ["a"], {}, 13)
    assert list(names) == ["a"]
    assert "tax" in names["a"][0].lower()
    own, others = said("a", "tax", 20), said("a", "bicycle", 20)
    shared = corpus(own, others, said("c", "bicycle", 60, first=100))
    assert phrase_leaves(shared, ["a"], {}, 13)["a"][0] == "Tax"


def test_no_name_is_one_that_is_taken() -> None:
    (name, _) = phrase_leaves(TEXTS, ["b"], {}, 13)["b"]
    again = phrase_leaves(TEXTS, ["b"], {"x": name.upper()}, 13)
    assert again["b"][0].casefold() != name.casefold()
    children = {"p": {"a": ["a"], "b": ["b"]}}
    (parent, _) = phrase_parents(TEXTS, children, ["p"], {}, 13)["p"]
    again = phrase_parents(TEXTS, children, ["p"], {"x": parent}, 13)
    assert again["p"][0] != parent


def test_what_the_model_called_a_topic_that_wants_a_summary_is_nobody_elses() -> None:
    (name, _) = phrase_leaves(TEXTS, ["b"], {}, 13)["b"]
    both = phrase_leaves(TEXTS, ["a", "b"], {"a": name}, 13)
    assert both["b"][0] != name
    assert both["a"][1]


def test_leaves_that_lie_together_say_different_words() -> None:
    texts = corpus(
        said("a", "card limit", 20), said("b", "card stolen", 20, first=100), said("c", "tax", 90)
    )
    names = phrase_leaves(texts, ["a", "b"], {}, 13, [["a", "b"], ["c"]])
    assert {topic: name for topic, (name, _) in names.items()} == {"a": "Card limit", "b": "Stolen"}
    beside = phrase_leaves(texts, ["a"], {"b": "Card"}, 13, [["a", "b"]])
    assert beside["a"][0] == "Limit"


def test_a_topic_without_a_supported_word_is_left_out() -> None:
    assert phrase_leaves(TEXTS, ["a"], {}, 21) == {}
    assert phrase_leaves(TEXTS, [], {}, 13) == {}
    assert phrase_parents(TEXTS, {"p": {"a": ["a"], "b": ["b"]}}, ["p"], {}, 21) == {}
