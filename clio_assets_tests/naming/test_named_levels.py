"""Names of a whole hierarchy: supported by the topic's own accounts, whatever they wrote."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clio_assets.clustering.tree import TopicFit
from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.levels import name_levels
from clio_assets.naming.names import Names
from clio_assets.privacy.names import form_problems
from clio_assets.privacy.text_support import account_support, unsupported_words
from clio_assets_tests.naming.corpora import corpus, fit_of, requests, said
from clio_assets_tests.naming.corpora import level as level_of

TRAVEL = {"flights": "book flights to Rome", "hotels": "cheap hotels in Paris"}
MONEY = {"tax": "tax return forms", "loans": "home loans and mortgage rates"}
FAMILIES = {"travel": list(TRAVEL), "money": list(MONEY)}


def four_leaves() -> pl.DataFrame:
    both = {**TRAVEL, **MONEY}
    return corpus(*[said(leaf, both[leaf], 30, first=100 * n) for n, leaf in enumerate(both)])


def named(
    texts: pl.DataFrame,
    children: dict[str, list[str]] | None = None,
    previous: pl.DataFrame | None = None,
    minimum: int = 13,
) -> Names:
    return name_levels(fit_of(texts, children), requests(texts), previous, minimum)


def before(**names: tuple[str, str]) -> pl.DataFrame:
    rows = [(topic, *pair) for topic, pair in names.items()]
    found = pl.DataFrame(rows, schema=["topic_id", "name", "summary"], orient="row")
    nowhere = pl.lit([0.0, 0.0], pl.Array(pl.Float32, 2))
    return found.with_columns(level=pl.lit(0), centroid=nowhere)


def test_leaves_are_about_what_their_accounts_say_and_parents_cover_them() -> None:
    names = named(four_leaves(), FAMILIES)
    assert set(names) == {*FAMILIES, *chain(*FAMILIES.values())}
    assert "flights" in names["flights"][0].lower()
    assert "hotels" in names["hotels"][0].lower()
    travel, money = names["travel"][0].lower(), names["money"][0].lower()
    assert "flights" in travel
    assert "hotels" in travel
    assert "tax" in money
    assert "loans" in money
    assert len({name for name, _ in names.values()}) == 6


def test_a_word_of_too_few_accounts_is_in_no_name() -> None:
    diagnosis = said("flights", "epilepsy medication on board", 12, first=900)
    hog = [("hotels", "hog", "en", f"bankruptcy lawyer {n}") for n in range(100)]
    names = named(pl.concat([four_leaves(), corpus(diagnosis, hog)]), FAMILIES)
    text = " ".join(chain(*names.values())).lower()
    for word in ("epilepsy", "medication", "bankruptcy", "lawyer"):
        assert word not in text
    enough = said("flights", "epilepsy medication on board", 13, first=900)
    names = named(pl.concat([four_leaves(), corpus(enough)]), FAMILIES)
    assert "epilepsy" in names["flights"][1]


def test_a_continuing_topic_keeps_its_name_while_its_accounts_use_the_words() -> None:
    kept = ("Rome, book", "Requests about book and flights.")
    assert named(four_leaves(), previous=before(flights=kept))["flights"] == kept
    dropped = ("Rome, Venice", "Requests about flights.")
    names = named(four_leaves(), previous=before(flights=dropped))
    assert "Venice" not in names["flights"][0]
    summary = ("Rome, book", "Requests about Venice.")
    assert named(four_leaves(), previous=before(flights=summary))["flights"] != summary
    assert named(four_leaves(), previous=before(other=kept))["flights"] != kept


def test_a_parent_keeps_its_name_too() -> None:
    kept = ("Rome, Paris", "Requests about hotels.")
    assert named(four_leaves(), FAMILIES, before(travel=kept))["travel"] == kept


def shared_families() -> tuple[pl.DataFrame, dict[str, list[str]]]:
    """Two families that each share a word, which all of their accounts say."""
    asked = {
        "card": ["limit raise", "stolen purse", "monthly fee"],
        "travel": ["visa form", "vaccines list", "luggage weight"],
    }
    rows, children = [], {}
    for family, things in asked.items():
        children[f"p-{family}"] = things
        for thing in things:
            rows.append(said(thing, f"{family} {thing}", 30, first=100 * len(rows)))
    return corpus(*rows), children


def test_a_parent_says_what_its_children_share_and_each_child_what_it_does_not() -> None:
    texts, children = shared_families()
    names = {topic: name.lower() for topic, (name, _) in named(texts, children).items()}
    assert names["p-card"].startswith("card")
    assert names["p-travel"].startswith("travel")
    for parent, leaves in children.items():
        shared = parent.removeprefix("p-")
        assert all(shared not in names[leaf] for leaf in leaves)
        assert all(leaf.split()[0] in names[leaf] for leaf in leaves)


def test_new_names_say_nothing_that_the_kept_name_of_a_sibling_does() -> None:
    texts, children = shared_families()
    kept = before(**{"stolen purse": ("Limit", "")})
    extra = said("stolen purse", "limit", 20, first=900)
    both = pl.concat([texts, corpus(extra)])
    names = named(both, children, kept)
    assert names["stolen purse"][0] == "Limit"
    assert "limit" not in names["limit raise"][0].lower()


def test_what_a_withheld_leaf_is_about_is_in_no_parents_name() -> None:
    texts, children = shared_families()
    fit = fit_of(texts, children)
    for withheld in fit.leaves.ids:
        shown = [leaf for leaf in fit.leaves.ids if leaf != withheld]
        names = name_levels(fit, requests(texts), None, 13, shown)
        parents = " ".join(chain(*(names[parent] for parent in children))).lower()
        assert not any(word in parents for word in withheld.split())
        assert withheld in names


def test_a_topic_on_each_level_is_told_from_those_beside_it() -> None:
    texts, children = shared_families()
    fit = fit_of(texts, children)
    below, top = fit.levels
    both = np.zeros(len(top.labels), dtype=np.int64)
    tall = TopicFit(
        [below, top, level_of(["all"], both)], fit.parent_of | dict.fromkeys(children, "all")
    )
    names = name_levels(tall, requests(texts), None, 13)
    assert {"all", *children} <= names.keys()
    assert len({name.casefold() for name, _ in names.values()}) == len(names)
    assert {"card", "travel"} <= set(names["all"][0].lower().replace(",", "").split())
    words = [set(names[parent][0].lower().replace(",", "").split()) for parent in children]
    assert not words[0] & words[1]


def test_a_leaf_with_one_supported_word_is_called_by_it() -> None:
    """Its sibling says the word too, and more often, but has another one."""
    texts = corpus(
        said("a", "card", 20), said("a", "hello", 20, first=50),
        said("b", "card visa", 40, first=100),
        said("rest", "weather", 90, first=200),
    )  # fmt: skip
    names = named(texts, {"p": ["a", "b"]}, minimum=13)
    assert names["a"][0] == "Card"
    assert names["b"][0] == "Visa"
    assert names["p"][0] != ""


def test_stop_words_of_the_topics_language_carry_no_name() -> None:
    texts = corpus(
        said("de", "ich möchte aber bitte noch Fahrrad Reifen", 30, language="de"),
        said("nl", "ik wil graag fiets band plakken", 30, first=100, language="nl-BE"),
        said("en", "please could you thank bicycle tyre", 30, first=200),
    )
    names = named(texts)
    assert names["de"][0] == "Fahrrad Reifen"
    assert {"aber", "noch", "ich"} <= joining_words("de")
    assert joining_words("nl-BE") == joining_words("nl") > joining_words("und")
    assert "please" not in " ".join(names["en"]).lower()
    # A word that joins in one language may name a topic in another.
    assert "die" in joining_words("de")
    assert "die" not in joining_words("en")
    assert {"interest", "bill", "system"}.isdisjoint(joining_words("en"))


def test_an_empty_period_and_texts_without_words_have_no_names() -> None:
    assert named(corpus()) == {}
    assert named(corpus(said("a", "?!…", 30), said("b", "", 30, first=90)), {"p": ["a", "b"]}) == {}
    assert named(corpus(said("a", "12 2027 99", 30), said("b", "", 30, first=90))) == {}


def test_names_do_not_depend_on_the_order_of_rows() -> None:
    texts = four_leaves()
    fit = fit_of(texts, FAMILIES)
    order = texts.with_row_index("n").sample(fraction=1.0, shuffle=True, seed=3)["n"].to_list()
    shuffled = texts[order]
    again = fit_of(shuffled, FAMILIES)
    moved = {leaf: n for n, leaf in enumerate(fit.leaves.ids)}
    assert set(again.leaves.ids) == set(moved)
    names = name_levels(again, requests(shuffled), None, 13)
    assert {leaf: names[leaf] for leaf in TRAVEL} == {
        leaf: name_levels(fit, requests(texts), None, 13)[leaf] for leaf in TRAVEL
    }


WORDS = [
    "flights", "Flight", "hotel", "HOTEL", "the", "of", "bitte", "und", "2027", "30", "401k",
    "東京駅", "旅行の予約", "ภาษาไทย", "여행", "행사", "на", "ад", "ısı", "ISI", "İş", "straße",
    "STRASSE", "ᾳδω", "αιδω", "ﬁle", "e-mail", "don't", "snake_case", "x" * 50, "1,234",
    "हिन्दी", "ſay", "<b>", "$5", "ñandú", "q",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(WORDS), min_size=0, max_size=5).map(" ".join)
ROW = st.tuples(
    st.sampled_from("abcd"),
    st.integers(0, 8).map("a{}".format),
    st.sampled_from(["en", "de", "und", "ja", "tr"]),
    TEXT,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=40),
    minimum=st.integers(1, 4),
    data=st.data(),
)
def test_whatever_is_written_every_name_would_pass_the_gate(
    rows: list, minimum: int, data: st.DataObject
) -> None:
    texts = corpus(rows)
    leaves = texts["topic_id"].unique(maintain_order=True).to_list()
    cut = data.draw(st.integers(0, len(leaves)))
    children = {
        name: some for name, some in (("p", leaves[:cut]), ("q", leaves[cut:])) if len(some) > 1
    }
    names = named(texts, children, minimum=minimum)
    for level in (leaves, list(children)):
        given_names = [names[topic][0].casefold() for topic in level if topic in names]
        assert len(set(given_names)) == len(given_names)
    for topic, (name, summary) in names.items():
        mine = texts.filter(pl.col("topic_id").is_in(children.get(topic, [topic])))
        support = account_support(mine)
        assert unsupported_words(f"{name}\n{summary}", support, minimum) == []
        assert form_problems(name, summary) == []
        assert len(name) <= 80
        assert len(summary) <= 300
        assert not re.search(r"\d{4}", name + summary)
