"""Parents proposed by a model: cold starts, periods that carry on, answers that go astray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clio_assets.clustering.parent_questions import neighbourhoods, stand_ins
from clio_assets.config import ConfigError
from clio_assets.models.calls import Call
from clio_assets.models.settings import StageModel
from clio_assets_tests.clustering.fields import (
    by_field,
    cold,
    families,
    group,
    kinds,
    limits,
    only,
)
from clio_assets_tests.models.scripted import Scripted, sections


def test_leaves_of_a_field_get_one_parent() -> None:
    ask = Scripted(by_field)
    found = group(cold(9), ask)
    assert families(found.parent_of) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert kinds(ask) == ["proposed"] + ["parent_chosen"] * 9
    counts = found.counts
    assert (counts.calls, counts.proposed, counts.assigned, counts.snapped) == (10, 3, 9, 0)
    assert not counts.by_distance


@pytest.mark.parametrize(
    ("leaves", "neighbourhood_calls"), [(10, 1), (20, 1), (40, 1), (80, 3), (160, 5)]
)
def test_calls_grow_linearly_with_the_leaves(leaves: int, neighbourhood_calls: int) -> None:
    ask = Scripted(by_field)
    found = group(cold(leaves, fields=8), ask)
    # One question a leaf, one for every forty leaves, and one to de-duplicate these.
    assert found.counts.calls == len(ask.calls) == leaves + neighbourhood_calls
    assert 2 <= len(families(found.parent_of)) <= 8


def test_under_six_leaves_there_is_no_parent_and_no_call() -> None:
    ask = Scripted(by_field)
    found = group(cold(5), ask)
    assert found.parent_of.tolist() == [-1] * 5
    assert ask.calls == []


def test_each_neighbourhood_is_asked_for_its_share_and_sees_what_lies_outside() -> None:
    ask = Scripted(by_field)
    group(cold(120, fields=8), ask)
    proposals = [call for call in ask.calls if "topics" in sections(call)]
    assert len(proposals) == 3
    shown = [sections(call) for call in proposals]
    inside = [set(one["topics"]) for one in shown]
    assert sum(map(len, inside)) == 120 == len(set.union(*inside))
    for one, mine in zip(shown, inside, strict=True):
        assert len(one["nearest outside"]) == 10
        assert not set(one["nearest outside"]) & mine
        few, many = map(int, one["wanted"][0].split(" to "))
        # Eight are wanted in all: half to one and a half times of this part of them.
        share = 8 * len(mine) / 120
        assert few == max(1, np.ceil(share / 2))
        assert many == np.ceil(share * 1.5)
    assert kinds(ask)[3] == "kept"


def test_names_that_stand_twice_are_put_together_and_one_off_the_list_is_snapped() -> None:
    ask = Scripted(only("kept", {"names": ["all of  BAKING", "Sailing all of boats", "All of chess",
                                           "All of judo"]}))  # fmt: skip
    found = group(cold(120, fields=4), ask, top_topics=6)
    asked = sections(ask.calls[3])["names"]
    assert len(asked) == len({name.casefold() for name in asked})
    options = set(sections(ask.calls[4])["parents"])
    assert {"All of baking", "All of sailing", "All of chess"} <= options <= set(asked)
    assert found.counts.snapped >= 1


def test_no_more_parents_than_the_setting_allows() -> None:
    ask = Scripted(by_field)
    found = group(cold(64, fields=8), ask, top_topics=3)
    asked = [call for call in ask.calls if "wanted" in sections(call)]
    assert max(limits(call)[1] for call in asked) <= 3
    assert len(families(found.parent_of)) <= 3


def test_candidates_are_shuffled_for_each_leaf_and_the_same_each_time() -> None:
    one, other = Scripted(by_field), Scripted(by_field)
    for ask in (one, other):
        group(cold(24, fields=4), ask)
    orders = [sections(call)["parents"] for call in one.calls[1:]]
    assert len({frozenset(order) for order in orders}) == 1
    # The right one stands anywhere: no order is worth more than another.
    right = [order.index(by_field(call)["parent"]) for call, order in zip(one.calls[1:], orders,
                                                                          strict=True)]  # fmt: skip
    assert set(right) == {0, 1, 2, 3}
    assert one.prompts == other.prompts


def test_a_parent_that_is_not_on_the_list_is_snapped_to_the_nearest_and_counted() -> None:
    def reply(call: Call) -> dict:
        told = by_field(call)
        if "topic" in sections(call) and "lesson4" in call.user:
            return {"parent": "Everything of sailing boats"}
        return told

    found = group(cold(9), Scripted(reply))
    assert families(found.parent_of) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert found.counts.snapped == 1


def test_case_and_spacing_are_no_reason_to_snap() -> None:
    def reply(call: Call) -> dict:
        told = by_field(call)
        return {"parent": f" {told['parent'].upper()} "} if "parent" in told else told

    assert group(cold(9), Scripted(reply)).counts.snapped == 0


@pytest.mark.parametrize("outcome", ["refused", "invalid", "failed"])
def test_one_question_without_an_answer_does_not_lose_the_stage(outcome: str) -> None:
    def reply(call: Call) -> dict | str:
        astray = "topic" in sections(call) and "lesson4" in call.user
        return outcome if astray else by_field(call)

    found = group(cold(9), Scripted(reply))
    assert families(found.parent_of) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert found.counts.unanswered == 1


def test_a_neighbourhood_without_an_answer_is_stood_for_by_its_central_leaf() -> None:
    lost: list[Call] = []

    def reply(call: Call) -> dict | str:
        if "topics" in sections(call) and not lost:
            lost.append(call)
            return "failed"
        return by_field(call)

    ask = Scripted(reply)
    found = group(cold(120), ask)
    assert found.counts.unanswered == 1
    assert sections(lost[0])["topics"][0].startswith(
        next(name for name in sections(ask.calls[3])["names"] if name.startswith("Learn"))
    )
    assert len(families(found.parent_of)) >= 3


def test_names_that_could_not_be_put_together_are_told_apart_by_nearness() -> None:
    found = group(cold(120), Scripted(only("kept", "failed")))
    assert found.counts.unanswered == 1
    assert len(families(found.parent_of)) >= 2


@pytest.mark.parametrize(
    "reply",
    [lambda _: "failed", only("proposed", "refused"), lambda _: {"names": ["One", "ONE "]}],
    ids=["no answer", "refused", "one name twice"],
)
def test_without_two_parents_leaves_are_grouped_by_distance(reply: Callable) -> None:
    found = group(cold(9), Scripted(reply))
    assert families(found.parent_of) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert found.counts.by_distance


def test_a_model_that_files_everything_under_one_parent_is_not_followed() -> None:
    def reply(call: Call) -> dict:
        told = by_field(call)
        return {"parent": "All of chess"} if "parent" in told else {"names": [*told["names"]]}

    found = group(cold(12, fields=4), Scripted(reply))
    assert found.counts.by_distance
    assert len(families(found.parent_of)) > 1


def test_leaves_without_a_name_are_shown_to_nobody_and_follow_their_neighbours() -> None:
    of = cold(12)
    hidden = {f"t{n:03}" for n in (3, 10)}
    ask = Scripted(by_field)
    found = group(replace(of, names={t: n for t, n in of.names.items() if t not in hidden}), ask)
    assert "lesson3 " not in ask.prompts.replace(".", " ")
    assert "lesson10" not in ask.prompts
    assert families(found.parent_of) == [{0, 3, 6, 9}, {1, 4, 7, 10}, {2, 5, 8, 11}]


def test_too_few_names_for_two_parents_ask_nobody() -> None:
    of = cold(9)
    ask = Scripted(by_field)
    few = replace(of, names=dict(list(of.names.items())[:3]))
    found = group(few, ask)
    assert ask.calls == []
    assert families(found.parent_of) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]


def test_a_short_context_makes_smaller_neighbourhoods_and_too_short_a_one_is_said() -> None:
    ask = Scripted(by_field)
    group(cold(40), ask, model=StageModel(max_input_tokens=1_600))
    assert kinds(ask).count("proposed") > 1
    with pytest.raises(ConfigError, match=r"`models\.hierarchy\.max_input_tokens`"):
        group(cold(40), ask, model=StageModel(max_input_tokens=800))


def test_neighbourhoods_average_what_is_asked_for() -> None:
    vectors = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32)
    groups = neighbourhoods(vectors, 40, seed=1)
    assert len(groups) == 10
    assert sorted(row for rows in groups for row in rows) == list(range(400))
    assert groups == neighbourhoods(vectors, 40, seed=1)
    assert len(neighbourhoods(vectors[:3], 40, seed=1)) == 1


def test_what_is_near_is_stood_for_once() -> None:
    vectors = np.repeat(np.eye(4, 8, dtype=np.float32), 5, axis=0)
    vectors += np.random.default_rng(1).normal(scale=0.01, size=vectors.shape).astype(np.float32)
    assert {row // 5 for row in stand_ins(vectors, 4, seed=1)} == {0, 1, 2, 3}
