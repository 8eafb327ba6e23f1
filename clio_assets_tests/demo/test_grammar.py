"""Expanding symbols, and the errors a grammar's author sees."""

from __future__ import annotations

from random import Random

import pytest

from clio_assets.demo import grammar
from clio_assets.demo.grammar import Grammar, GrammarError, alternatives, load_grammars, tidy
from clio_assets.demo.plan import planned_topics

RNG = Random(1)  # noqa: S311
PARTS = {name: "\n".join("abcdef") for name in grammar.REQUIRED}


def test_alternatives_are_lines_or_bars_and_a_tilde_is_nothing() -> None:
    assert alternatives("one | two\nthree\\nlines\n~\n") == ("one", "two", "three\nlines", "")


def test_symbols_and_numbers_are_expanded_and_values_differ_within_a_text() -> None:
    said = Grammar({"fruit": ("plum", "pear")}).say("A <fruit>, a <fruit> and <3..5>", RNG)
    _, first, _, second, _, number = said.text.replace(",", "").split()
    assert {first, second} == {"plum", "pear"}
    assert number in {"3", "4", "5"}
    assert said.chosen == {"fruit": first}


def test_an_answer_recalls_what_was_asked() -> None:
    basket = Grammar({"fruit": tuple("abcdefgh")})
    for _ in range(20):
        assert basket.say("About <fruit>", RNG, {"fruit": "figs"}).text == "About figs"


def test_empty_alternatives_leave_no_gap() -> None:
    assert tidy("one  two . three\n    code") == "One two. Three\n    code"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"request": "I ask about <nothing>"}, "`request` refers to `nothing`"),
        ({"reply": "only one"}, "`reply` needs at least 6"),
    ],
)
def test_a_gap_in_a_grammar_is_named(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str], message: str
) -> None:
    files = {"common": {"en": {}}, "tried": {"en": PARTS | change}}
    monkeypatch.setattr(grammar, "read_yaml", files.__getitem__)
    with pytest.raises(GrammarError, match=f"tried.yaml, en: {message}"):
        load_grammars.__wrapped__("tried")


def test_every_planned_topic_has_its_grammars() -> None:
    plan = planned_topics()
    for topic in plan.topics:
        assert set(topic.languages) <= set(load_grammars(topic.name))
        assert sum(topic.languages.values()) == pytest.approx(1)
    assert "en" in load_grammars(plan.campaign.topic)
