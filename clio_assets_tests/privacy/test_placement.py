"""G-08 and the rests: what is hidden under a released parent cannot be had by subtraction."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clio_assets.privacy.facts import topic_facts
from clio_assets.privacy.placement import PERIOD, Placement, countable, place, rest_of
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import members, topics

DEFAULT = Thresholds()
TREE = {"a": "p", "b": "p", "c": "p", "d": "q", "p": "top", "q": "top", "top": None}
ENOUGH = [2] * 30


def placed(sizes: dict[str | None, list[int]], passing: str, tree: dict = TREE) -> Placement:
    return place(topics(tree), members(sizes), passing.split(), DEFAULT)


def counted(placement: Placement) -> dict[str, int]:
    return dict(placement.counted.group_by("node").len().iter_rows())


def test_everything_released_is_counted_where_it_is() -> None:
    placement = placed(dict.fromkeys("abcd", ENOUGH), "a b c d p q top")
    assert counted(placement) == dict.fromkeys("abcd", 60)
    assert placement.parents == {**TREE, "top": PERIOD}


def test_g08_goes_red_on_one_hidden_child() -> None:
    placement = placed(dict.fromkeys("abcd", ENOUGH), "a b d p q top")
    assert rest_of("p") not in placement.parents
    assert counted(placement) == dict.fromkeys("abd", 60), "not in any figure"


def test_g08_two_hidden_children_of_enough_accounts_are_the_rest() -> None:
    placement = placed({"a": ENOUGH, "b": [3] * 13, "c": [3] * 12, "d": ENOUGH}, "a d p q top")
    assert placement.parents[rest_of("p")] == "p"
    assert counted(placement)[rest_of("p")] == 75


def test_g08_goes_red_on_hidden_children_of_too_few_accounts() -> None:
    placement = placed({"a": ENOUGH, "b": [5] * 12, "c": [5] * 12, "d": ENOUGH}, "a d p q top")
    assert counted(placement) == {"a": 60, "d": 60}


def test_g08_accounts_of_hidden_children_count_once() -> None:
    people = members({"a": ENOUGH, "b": [3] * 20, "c": [3] * 20, "d": ENOUGH}, shared=True)
    placement = place(topics(TREE), people, ["a", "d", "p", "q", "top"], DEFAULT)
    assert rest_of("p") not in placement.parents


def test_what_may_not_be_counted_moves_up_to_the_next_rest() -> None:
    tree = TREE | {"e": "q"}
    sizes = {"a": ENOUGH, "b": ENOUGH, "c": ENOUGH, "d": ENOUGH, "e": ENOUGH}
    placement = placed(sizes, "a b d p q top", tree)  # c under p and e under q are hidden
    assert placement.parents[rest_of("top")] == "top"
    assert counted(placement) == dict.fromkeys("abd", 60) | {rest_of("top"): 120}


def test_a_parent_that_fails_leaves_its_children_to_its_own_parent() -> None:
    placement = placed(dict.fromkeys("abcd", ENOUGH), "a b c d q top")
    assert placement.parents == {"a": "top", "b": "top", "c": "top", "q": "top", "d": "q",
                                 "top": PERIOD}  # fmt: skip


def test_a_parent_without_anything_to_publish_is_not_released() -> None:
    placement = placed({"a": ENOUGH, "d": ENOUGH}, "a p q top")
    assert placement.topics == ["a", "p", "top"]


def test_a_parent_may_be_its_rest_alone() -> None:
    placement = placed({"a": [3] * 20, "b": [3] * 20}, "p top")
    assert placement.topics == ["p", "top"]
    assert counted(placement) == {rest_of("p"): 120}


def test_conversations_of_no_topic_are_in_the_periods_rest_but_never_alone() -> None:
    alone = placed({"a": ENOUGH, None: ENOUGH}, "a p top")
    assert counted(alone) == {"a": 60}
    with_another = placed({"a": ENOUGH, "d": ENOUGH, "unheard of": ENOUGH}, "a p top")
    assert counted(with_another) == {"a": 60, rest_of(PERIOD): 120}


def test_published_is_every_topic_with_all_beneath_it() -> None:
    placement = placed(dict.fromkeys("abcd", ENOUGH), "a b c d p q top")
    sizes = dict(placement.published().group_by("topic_id").len().iter_rows())
    assert sizes == dict.fromkeys("abcd", 60) | {"p": 180, "q": 60, "top": 240}


def test_dominant_accounts_are_capped_in_the_rest() -> None:
    sizes = {"a": ENOUGH, "b": [500] + [1] * 49, "c": [4] * 30, "d": ENOUGH}
    placement = placed(sizes, "a d p q top")
    rest = placement.counted.filter(pl.col("node") == rest_of("p"))
    facts = topic_facts(rest.rename({"node": "topic_id"}))
    assert facts["largest_account_share"].item() <= DEFAULT.max_account_share
    held = rest.group_by("account").len().sort("len")["len"].to_list()
    assert held == [1] * 49 + [4] * 30 + [18]  # 19 of 188 would be more than a tenth


@pytest.mark.parametrize("seed", range(5))
def test_the_cap_is_the_largest_that_passes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = sorted(int(n) for n in rng.pareto(0.7, 40) * 5 + 1)
    left = countable(members({"x": sizes}).drop("topic_id"), DEFAULT)
    assert left is not None
    kept = left.group_by("account").len()["len"].max()

    def good(cap: int) -> bool:
        capped = np.minimum(sizes, cap)
        shares = capped / capped.sum()
        return shares.max() <= 0.10 and 1 / (shares**2).sum() >= 15

    assert good(kept)
    assert kept == max(sizes) or not good(kept + 1)


def test_a_rest_that_no_cap_can_save_is_not_counted() -> None:
    strict = Thresholds(min_accounts=5, min_conversations=5)  # six equal accounts hold 17 % each
    assert countable(members({"x": [10] * 6}).drop("topic_id"), strict) is None


def test_a_rest_with_an_unknown_account_is_not_counted() -> None:
    people = members({"x": ENOUGH}).drop("topic_id")
    hole = people.with_columns(
        account=pl.when(pl.col("conversation_id") > "c000001").then("account")
    )
    assert countable(hole, DEFAULT) is None


def test_g05_stands_over_the_rest_too() -> None:
    asked = Thresholds(min_returning_accounts=25)
    people = members({"x": ENOUGH}).drop("topic_id")
    assert countable(people, asked, set()) is None
    assert countable(people, asked, set(people["account"])) is not None
