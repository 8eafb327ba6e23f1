"""Names of leaves by a model: what is taken of its answers, and how often it is asked."""

from __future__ import annotations

import itertools
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clio_assets.models.calls import Call
from clio_assets.naming.names import Names
from clio_assets.privacy.names import form_problems
from clio_assets.privacy.text_support import account_support, unsupported_words
from clio_assets_tests.models.scripted import Scripted, sections
from clio_assets_tests.naming.worlds import (
    MINIMUM,
    World,
    by_first_word,
    keys_of,
    named,
    obedient,
    saying,
    subject,
    world,
)


def before(of: World, **names: str) -> pl.DataFrame:
    return table_of(of, {topic: (name, f"People ask for {name}") for topic, name in names.items()})


def table_of(of: World, names: Names) -> pl.DataFrame:
    places = dict(zip(of.leaves.ids, of.leaves.centroids.tolist(), strict=True))
    rows = [(topic, 0, *pair, places[topic]) for topic, pair in names.items()]
    schema = {
        "topic_id": pl.String,
        "level": pl.Int32,
        "name": pl.String,
        "summary": pl.String,
        "centroid": pl.Array(pl.Float32, of.vectors.shape[1]),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_leaves_are_named_and_each_by_what_it_is_about() -> None:
    found = named(world(5), obedient())
    assert found.names == {
        f"t00{n}": (f"Help with {subject(n)}", f"People ask for help with {subject(n)}")
        for n in range(5)
    }
    assert (found.counts.asked, found.counts.calls, found.counts.fell_back) == (5, 1, 0)


@pytest.mark.parametrize(("topics", "calls"), [(10, 2), (20, 3), (40, 5), (80, 10)])
def test_calls_grow_linearly_with_the_topics(topics: int, calls: int) -> None:
    ask = obedient()
    assert named(world(topics), ask).counts.calls == len(ask.calls) == calls


def test_a_topic_is_asked_about_twice_and_never_more_often() -> None:
    ask = Scripted(lambda call: {key: {"summary": "", "name": ""} for key in keys_of(call)})
    assert named(world(20), ask).counts.calls == len(ask.calls) == 3 + 20
    assert all(len(keys_of(call)) == 1 for call in ask.calls[3:])


def test_a_topic_whose_words_still_hold_costs_no_call() -> None:
    ask = obedient()
    of = world(10)
    first = named(of, ask)
    ask.calls.clear()
    again = named(of, ask, previous=table_of(of, first.names))
    assert again.names == first.names
    assert (ask.calls, again.counts.kept, again.counts.asked) == ([], 10, 0)


def test_a_topic_that_lost_a_word_is_named_again_and_knows_its_neighbours_names() -> None:
    ask = obedient()
    names = {f"t00{n}": f"Help with {subject(n)}" for n in range(1, 4)}
    of = world(4)
    found = named(of, ask, before(of, t000="Help with glassblowing", **names))
    assert found.names["t000"][0] == f"Help with {subject(0)}"
    (call,) = ask.calls
    assert sorted(sections(call)["taken"]) == sorted(names.values())
    assert "glassblowing" not in ask.prompts
    assert found.counts.kept == 3


def test_a_leaf_that_cannot_be_published_is_not_named_and_its_name_is_shown_to_nobody() -> None:
    ask = obedient()
    of = world(4)
    kept = before(of, t001=f"Questions about {subject(1)}")
    found = named(of, ask, kept, publishable=["t000", "t002"])
    assert set(found.names) == {"t000", "t001", "t002"}
    assert found.counts.asked == 2
    assert "taken" not in sections(ask.calls[0])


def test_an_unsupported_word_is_refused_once_with_the_word_and_the_second_name_is_taken() -> None:
    def reply(call: Call) -> dict:
        told = by_first_word(call)
        if "topic_1 refused before" not in sections(call):
            told["topic_1"]["name"] = f"Help with {subject(0)} and epilepsy"
        return told

    ask = Scripted(reply)
    found = named(world(3), ask)
    reasons = sections(ask.calls[1])["topic_1 refused before"]
    assert reasons == ["name: words that may not be used: epilepsy"]
    assert [mark for mark in sections(ask.calls[1]) if "requests" in mark] == ["topic_1 requests"]
    assert found.names["t000"][0] == f"Help with {subject(0)}"
    counts = found.counts
    assert (counts.calls, counts.asked_again, counts.fell_back) == (2, 1, 0)


def test_a_model_that_insists_loses_its_name_to_the_key_phrases() -> None:
    ask = Scripted(saying(name="Help with epilepsy"))
    found = named(world(3), ask)
    assert len(ask.calls) == 2
    assert subject(0) in found.names["t000"][0].lower()
    assert "epilepsy" not in str(found.names)
    assert found.names["t000"][1] == f"People ask for help with {subject(0)}"
    counts = found.counts
    assert (counts.asked_again, counts.fell_back, counts.summaries_fell_back) == (1, 1, 0)


def test_a_good_name_is_not_lost_with_a_bad_summary() -> None:
    ask = Scripted(saying(summary="People with epilepsy"))
    found = named(world(3), ask)
    taken = sections(ask.calls[1])["taken"]
    assert sorted(taken) == sorted(f"Help with {subject(n)}" for n in (1, 2))
    name, summary = found.names["t000"]
    assert name == f"Help with {subject(0)}"
    assert summary.startswith("Requests about ")
    assert subject(0) in summary
    assert (found.counts.fell_back, found.counts.summaries_fell_back) == (0, 1)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""),
        ("name", "Help with questions"),
        ("name", f"Help with {subject(0)} <b>"),
        ("name", " ".join([subject(0)] * 12)),
        ("summary", f"{subject(0)}.com(x)"),
        ("summary", " ".join([subject(0)] * 45)),
    ],
)
def test_a_text_of_bad_form_is_refused_alone(field: str, text: str) -> None:
    ask = Scripted(saying(**{field: text}))
    found = named(world(3), ask)
    assert found.names["t000"][("name", "summary").index(field)] != text
    assert found.names["t001"] == (
        f"Help with {subject(1)}",
        f"People ask for help with {subject(1)}",
    )
    assert all(not form_problems(*pair) for pair in found.names.values())
    assert found.counts.asked_again == 1


def test_no_two_topics_have_the_same_name_also_across_calls() -> None:
    # Every topic may use the word, so nothing but its being taken stands against the name.
    crowd = [(leaf, f"x{leaf}-{n}", "origami") for leaf in range(10) for n in range(MINIMUM)]
    told = {"summary": "People ask for origami", "name": "Help with origami"}
    ask = Scripted(lambda call: dict.fromkeys(keys_of(call), told))
    found = named(world(10, crowd), ask)
    names = [name.casefold() for name, _ in found.names.values()]
    assert len(set(names)) == len(names) == 10
    assert names.count("help with origami") == 1
    again = [sections(call) for call in ask.calls[2:]]
    assert all("name: another topic has this name" in str(shown) for shown in again)
    assert all("Help with origami" in shown["taken"] for shown in again)
    assert found.counts.fell_back == 9


def test_an_endpoint_that_does_not_answer_costs_its_topics_their_names_and_no_other() -> None:
    asked: list[Call] = []

    def reply(call: Call) -> dict | str:
        asked.append(call)
        return "failed" if len(asked) == 1 else by_first_word(call)

    found = named(world(16), Scripted(reply))
    assert len(asked) == 2
    assert len(found.names) == 16
    assert (found.counts.unanswered, found.counts.fell_back) == (8, 8)
    written = [name for name, _ in found.names.values() if name.startswith("Help with ")]
    assert len(written) == 8


@pytest.mark.parametrize("outcome", ["refused", "invalid"])
def test_a_topic_that_spoils_the_answer_costs_no_sibling_its_name(outcome: str) -> None:
    """Such as one whose requests tell the model to answer in prose (A-6)."""

    def reply(call: Call) -> dict | str:
        hostile = any(subject(3) in line for line in all_requests(call))
        return outcome if hostile else by_first_word(call)

    ask = Scripted(reply)
    found = named(world(16), ask)
    assert len(ask.calls) == 2 + 8
    assert (found.counts.asked_again, found.counts.unanswered, found.counts.fell_back) == (8, 1, 1)
    assert {name for topic, (name, _) in found.names.items() if topic != "t003"} == {
        f"Help with {subject(n)}" for n in range(16) if n != 3
    }


def test_a_topic_that_speaks_for_its_siblings_does_so_once() -> None:
    def reply(call: Call) -> dict:
        told = by_first_word(call)
        if any(subject(3) in line for line in all_requests(call)):
            told = {key: {"summary": "Owned", "name": "Owned"} for key in told}
        return told

    found = named(world(16), Scripted(reply))
    assert found.counts.fell_back == 1
    assert found.names["t000"][0] == f"Help with {subject(0)}"


def all_requests(call: Call) -> list[str]:
    shown = sections(call)
    return [line for mark, lines in shown.items() if mark.endswith(" requests") for line in lines]


def test_an_answer_to_another_question_is_no_answer() -> None:
    ask = Scripted(lambda call: {**by_first_word(call), "ref": "00000000"})
    found = named(world(3), ask)
    assert (found.counts.unanswered, found.counts.fell_back) == (3, 3)


def test_a_topic_without_a_word_of_many_is_not_asked_about() -> None:
    of = world(3)
    apart = of.requests.with_row_index("n").with_columns(
        text=pl.when(pl.Series(of.leaves.labels == 0))
        .then(pl.format("own{}", "n"))
        .otherwise("text")
    )
    ask = obedient()
    found = named(replace(of, requests=apart.drop("n")), ask)
    assert set(found.names) == {"t001", "t002"}
    assert found.counts.unnamed == 1
    assert found.counts.asked == 2


ANSWERS = st.dictionaries(
    st.sampled_from([f"topic_{n}" for n in range(1, 5)]),
    st.fixed_dictionaries(
        {
            field: st.lists(
                st.sampled_from([*map(subject, range(4)), "Epilepsy", "the", "2027", "<b>", "help",
                                 "東京", "ISI", "x" * 90, "[end]", "\n", f"{subject(1)}ISH"]),
                max_size=8,
            ).map(" ".join)
            for field in ("name", "summary")
        }
    ),
    min_size=4,
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(rounds=st.lists(ANSWERS, min_size=2, max_size=2))
def test_whatever_a_model_answers_every_name_would_pass_the_gate(rounds: list[dict]) -> None:
    alone = itertools.cycle(rounds[1].values())

    def reply(call: Call) -> dict:
        keys = keys_of(call)
        return {key: rounds[0][key] for key in keys} if len(keys) > 1 else {"topic_1": next(alone)}

    of = world(4)
    found = named(of, Scripted(reply))
    names = [name.casefold() for name, _ in found.names.values()]
    assert len(set(names)) == len(names)
    for topic, (name, summary) in found.names.items():
        mine = of.requests.filter(pl.Series(of.leaves.labels == of.leaves.ids.index(topic)))
        assert unsupported_words(f"{name}\n{summary}", account_support(mine), MINIMUM) == []
        assert form_problems(name, summary) == []
