"""Where topics come from is told like any other figure, of topics that were released before."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from clio_assets.privacy import lineage as lineage_module
from clio_assets.privacy.door import DoorClosed, Release
from clio_assets.privacy.lineage import in_groups, told_origins
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import facets, members, release, topics

CELL = Thresholds().cell
# A run of digits, which no text of the users' may hold.
OLD, OTHER = "t1234567ab", "t0000aaaa1"
Origins = Mapping[str, Mapping[str | None, int]]


def people(leaves: Origins, accounts: int = 40) -> pl.DataFrame:
    """Members of leaves, each with so many conversations from each origin, evenly spread."""
    each = {leaf: -(-sum(of.values()) // accounts) for leaf, of in leaves.items()}
    found = members({leaf: [count] * accounts for leaf, count in each.items()})
    parts = []
    for leaf, of in leaves.items():
        came = [origin for origin, count in of.items() for _ in range(count)]
        # Over the accounts in turn, so that an origin is not one account's.
        mine = found.filter(topic_id=leaf).sort(pl.int_range(pl.len()).over("account"), "account")
        parts.append(mine.head(len(came)).with_columns(came_from=pl.Series(came, dtype=pl.String)))
    return pl.concat(parts)


def told(leaves: Origins, previous: Mapping[str, str]) -> dict[tuple, int]:
    """Released cells of lineage, where the topics of the release before have these names."""
    before = topics(dict.fromkeys(previous), previous)
    cells = release(dict.fromkeys(leaves), people(leaves), previous=before).cells
    lines = cells.filter(facet="came_from").select("topic_id", "value", "conversations")
    return {(topic, origin): count for topic, origin, count in lines.iter_rows()}


def grouped(of: Mapping[str | None, int], accounts: int = 40) -> dict[str | None, int]:
    """How many of a leaf come from where once they are put together."""
    return dict(in_groups(people({"a": of}, accounts), CELL).value_counts().iter_rows())


def test_a_topic_is_told_with_where_it_comes_from() -> None:
    found = told({"a": {OLD: 60, OTHER: 40}, "b": {OTHER: 80}}, {OLD: "Tea", OTHER: "Bread"})
    leaves = {cell: count for cell, count in found.items() if cell[0] in "ab"}
    assert leaves == {("a", OLD): 60, ("a", OTHER): 40, ("b", OTHER): 80}


def test_a_topic_that_was_not_released_is_not_told() -> None:
    found = told({"a": {OLD: 60, OTHER: 40}, "b": {OTHER: 80}}, {OTHER: "Bread"})
    assert {origin for _, origin in found} == {OTHER}
    assert told({"a": {OLD: 60, OTHER: 40}}, {}) == {}


def test_only_leaves_are_told() -> None:
    before = topics({OLD: "t11", OTHER: "t11", "t11": None})
    assert told_origins(before) == {OLD, OTHER}


def test_a_sensitive_topic_is_no_origin_as_a_cell_asks_for_fewer_accounts() -> None:
    names = {OLD: "Questions about HIV medication", OTHER: "Bread"}
    found = told({"a": {OLD: 60, OTHER: 40}}, names)
    assert {origin for _, origin in found} == {OTHER}


def test_of_a_sensitive_topic_no_origin_is_told() -> None:
    names = {"a": "Questions about HIV medication", "b": "Bread"}
    held = people({"a": {OLD: 120}, "b": {OLD: 120}}, accounts=60)
    found = release({"a": None, "b": None}, held, names=names, previous=topics({OLD: None}))
    assert set(found.topics_frame["topic_id"]) == {"a", "b"}
    cells = found.cells.select("topic_id", "value", "conversations").rows()
    assert cells == [("*", OLD, 120), ("b", OLD, 120)]


def test_where_the_names_cannot_be_looked_at_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: pl.DataFrame) -> None:
        raise RuntimeError

    monkeypatch.setattr(lineage_module, "sensitive_topics", broken)
    assert told({"a": {OLD: 60, OTHER: 40}}, {OLD: "Tea", OTHER: "Bread"}) == {}


def test_a_few_that_come_from_elsewhere_are_not_told() -> None:
    assert told({"a": {OLD: 60, OTHER: 9}}, {OLD: "Tea", OTHER: "Bread"}) == {}


def test_what_is_released_besides_is_the_same() -> None:
    leaves = {"a": {OLD: 60, OTHER: 40}, "b": {OTHER: 80}}
    held = people(leaves)
    spoken = facets({"language": [(one, "en") for one in held["conversation_id"]]})

    def released(previous: pl.DataFrame | None) -> Release:
        return release(dict.fromkeys(leaves), held, spoken, previous=previous)

    without, beside = released(None), released(topics({OLD: None, OTHER: None}))
    assert beside.cells.filter(pl.col("facet") != "came_from").equals(without.cells)
    assert beside.topics_frame.equals(without.topics_frame)
    assert len(beside.cells) > len(without.cells)


def test_a_facet_of_that_name_closes_the_door() -> None:
    held = people({"a": {OLD: 60}})
    named = facets({"came_from": [(one, "x") for one in held["conversation_id"]]})
    with pytest.raises(DoorClosed, match="bad_tables"):
        release({"a": None}, held, named)
    with pytest.raises(DoorClosed, match="bad_tables"):
        release({"a": None}, held.drop("came_from"))


def test_what_can_be_told_stays_as_it_is() -> None:
    assert grouped({OLD: 60, OTHER: 40, None: 20}) == {OLD: 60, OTHER: 40, None: 20}


def test_the_few_are_put_with_what_comes_from_nowhere() -> None:
    assert grouped({OLD: 60, OTHER: 9, None: 20}) == {OLD: 60, None: 29}
    assert grouped({OLD: 60, OTHER: 9, "c": 3, None: 4}) == {OLD: 60, None: 16}


def test_where_that_is_too_little_it_is_put_with_the_largest() -> None:
    assert grouped({OLD: 60, OTHER: 20, "c": 3, None: 4}) == {OLD: 67, OTHER: 20}
    assert grouped({OLD: 60, OTHER: 9}) == {OLD: 69}


def test_few_accounts_are_few() -> None:
    # Each of four accounts has a quarter, and ten are asked for.
    assert grouped({OLD: 60, OTHER: 40}, accounts=4) == {None: 100}


def test_a_leaf_without_a_large_origin_comes_from_nowhere() -> None:
    assert grouped({OLD: 14, OTHER: 14, None: 14}) == {None: 42}


def test_leaves_are_put_together_by_themselves() -> None:
    found = people({"a": {OLD: 60, OTHER: 9}, "b": {OTHER: 60, OLD: 9}})
    together = found.with_columns(in_groups(found, CELL))
    assert dict(together.group_by("topic_id").agg(pl.col("came_from").unique()).iter_rows()) == {
        "a": [OLD],
        "b": [OTHER],
    }
