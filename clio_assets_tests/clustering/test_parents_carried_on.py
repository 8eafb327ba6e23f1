"""Parents last: continuing leaves stay, new ones are filed, until the leaves outgrow them."""

from __future__ import annotations

from clio_assets_tests.clustering.fields import (
    by_field,
    families,
    group,
    kinds,
    warm,
)
from clio_assets_tests.models.scripted import Scripted, sections


def test_continuing_leaves_stay_without_a_call() -> None:
    ask = Scripted(by_field)
    parents = [0, 0, 0, 0, 1, 1, 1, 1, -1]
    found = group(warm(9, parents, ["All of baking", "All of sailing"]), ask)
    assert found.parent_of.tolist() == parents
    assert ask.calls == []
    assert found.counts.carried == 9


def test_only_new_leaves_are_filed_and_under_the_parents_that_are_there() -> None:
    ask = Scripted(by_field)
    titles = ["All of sailing", "All of knitting", "All of baking"]
    of = warm(11, [2, 0, 1, 2, 0, 1, 2, 0, 1], titles, new=2)
    found = group(of, ask)
    assert found.parent_of.tolist() == [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    assert [call.item for call in ask.calls] == ["t009", "t010"]
    assert set(sections(ask.calls[0])["parents"]) == set(titles)
    assert (found.counts.carried, found.counts.assigned) == (9, 2)


def test_parents_are_proposed_anew_only_when_the_leaves_outgrow_them() -> None:
    titles = ["All of baking", "All of sailing"]
    same = warm(30, [n % 2 for n in range(30)], titles)
    grown = warm(64, [n % 2 for n in range(30)], titles, new=34)
    ask = Scripted(by_field)
    assert group(same, ask).counts.calls == 0
    found = group(grown, ask)
    assert kinds(ask)[0] == "proposed"
    assert len(families(found.parent_of)) == 3
    # A single parent left is no hierarchy to carry on.
    alone = Scripted(by_field)
    group(warm(9, [0, 0, 0, -1, -1, -1, -1, -1, -1], titles[:1]), alone)
    assert kinds(alone)[0] == "proposed"


def test_a_parent_of_one_leaf_is_no_parent() -> None:
    found = group(warm(9, [0, 0, 0, 0, 1, 1, 1, 1, 2], ["A", "B", "C"]), Scripted(by_field))
    assert found.parent_of.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, -1]
