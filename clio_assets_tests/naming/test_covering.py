"""A parent says what its children have in common, else what the largest are about."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.naming.covering import Options, covering_phrases
from clio_assets.naming.phrases import count_phrases, counted_together, supported_phrases
from clio_assets_tests.naming.corpora import corpus, said

REST = said("rest", "something entirely different", 100, first=5000)


def options(texts: pl.DataFrame, inside: dict[str, list[str]], minimum: int = 10) -> Options:
    leaves = count_phrases(texts)
    under = {"p": [leaf for held in inside.values() for leaf in held]}
    counts = counted_together(leaves, under, minimum)
    supported = {
        leaf: supported_phrases(leaves, leaf, minimum, lambda _: True) for leaf in leaves.by_topic
    }
    return covering_phrases(counts, "p", inside, supported, [])


def greedy(of: Options, steps: int = 3) -> list[str]:
    chosen: list = []
    for _ in range(steps):
        if not (found := of(chosen)):
            break
        chosen.append(found[0])
    return [" ".join(one.phrase) for one in chosen]


def each(*leaves: str) -> dict[str, list[str]]:
    return {leaf: [leaf] for leaf in leaves}


def test_what_most_children_say_comes_before_what_one_does() -> None:
    texts = corpus(
        said("a", "card limit", 30),
        said("b", "card stolen", 30, first=100),
        said("c", "card fee", 30, first=200),
        said("d", "visa", 30, first=300),
        REST,
    )
    assert greedy(options(texts, each("a", "b", "c", "d"))) == ["card", "visa"]


def test_without_anything_in_common_the_largest_children_are_told_of() -> None:
    texts = corpus(
        said("a", "tax", 20),
        said("b", "visa", 60, first=100),
        said("c", "pin", 40, first=200),
        REST,
    )
    assert greedy(options(texts, each("a", "b", "c"))) == ["visa", "pin", "tax"]


def test_a_child_with_several_leaves_is_one_child() -> None:
    texts = corpus(
        said("a", "card limit", 30), said("b", "card fee", 30, first=100),
        said("c", "visa", 40, first=200), REST,
    )  # fmt: skip
    assert greedy(options(texts, {"q": ["a", "b"], "c": ["c"]})) == ["card", "visa"]


def test_only_told_leaves_are_told_of_however_many_say_it_elsewhere() -> None:
    texts = corpus(
        said("a", "tax", 20), said("b", "epilepsy", 60, first=100), said("a", "epilepsy", 9), REST
    )
    assert greedy(options(texts, each("a"))) == ["tax"]
    assert greedy(options(texts, {"a": ["a"], "b": []})) == ["tax"]
    assert options(texts, {})([]) == []


LEAF = st.lists(st.sampled_from(["card", "visa", "pin", "tax"]), max_size=40)


@given(st.lists(LEAF, min_size=1, max_size=4))
def test_a_phrase_never_adds_more_later_and_nothing_is_said_twice(leaves: list[list[str]]) -> None:
    rows = [
        (f"l{n}", f"a{n}-{account}", "en", word)
        for n, words in enumerate(leaves)
        for account, word in enumerate(words)
    ]
    of = options(corpus(rows, REST), each(*{row[0] for row in rows}), minimum=2)
    chosen, before = [], {one.phrase: one.score for one in of([])}
    while found := of(chosen):
        assert all(one.score <= before[one.phrase] + 1e-12 for one in found)
        assert not {one.phrase for one in found} & {one.phrase for one in chosen}
        before = {one.phrase: one.score for one in found}
        chosen.append(found[0])
