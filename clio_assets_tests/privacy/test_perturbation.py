"""G-10: no exact count, the same figure for the same records, and sums that still hold."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.privacy.door import Release
from clio_assets.privacy.perturbation import Perturbation
from clio_assets_tests.privacy.tables import facets, members, release

KEY = b"k" * 32
TREE = {"a": "p", "b": "p", "c": "p", "p": None}
PEOPLE = members({"a": [2] * 131, "b": [2] * 102, "c": [3] * 76})
FIVES = Perturbation(5, KEY)


def told(people: pl.DataFrame, key: bytes | None) -> Release:
    value = pl.when(pl.int_range(pl.len()) % 4 < 2).then(pl.lit("en")).otherwise(pl.lit("es"))
    said = facets({"language": list(people.select("conversation_id", value).iter_rows())})
    return release(TREE, people, said, noise_key=key)


def sizes(found: Release) -> dict[str, int]:
    return dict(found.topics_frame.select("topic_id", "conversations").iter_rows())


@given(count=st.integers(1, 5_000), cell=st.integers(0, 2**50), unit=st.integers(1, 20))
def test_a_figure_is_near_its_count_and_never_under_the_least(
    count: int, cell: int, unit: int
) -> None:
    shown = Perturbation(unit, KEY).told(count, cell, least=50)
    assert shown % unit == 0
    assert shown >= 50 - 50 % unit
    if count >= 50 + 2 * unit:
        assert abs(shown - count) <= 1.5 * unit


def test_nothing_is_told_as_nothing() -> None:
    assert {FIVES.told(0, cell, 15) for cell in range(1_000)} == {0}


def test_the_noise_is_even_and_spread_over_both_sides() -> None:
    shown = Counter(FIVES.told(100, cell, 0) for cell in range(20_000))
    assert set(shown) == {95, 100, 105}
    assert abs(sum(value * n for value, n in shown.items()) / 20_000 - 100) < 0.1
    assert 0.2 < shown[100] / 20_000 < 0.7


def test_the_same_records_show_the_same_whatever_their_order_and_another_key_another() -> None:
    once, again = told(PEOPLE, KEY), told(PEOPLE.reverse(), KEY)
    assert sizes(once) == sizes(again)
    other = [sizes(told(PEOPLE, bytes([n]) * 32)) for n in range(12)]
    assert len({tuple(sorted(one.items())) for one in other}) > 1


def test_one_conversation_more_may_show_fewer() -> None:
    """So a reader of two versions learns little from their difference."""
    people, shown = PEOPLE, []
    for n in range(20):
        one = pl.DataFrame(
            [(f"new{n}", f"new{n}", "a", f"new{n}", None)], schema=PEOPLE.schema, orient="row"
        )
        people = people.vstack(one)
        shown.append(sizes(told(people, KEY))["a"])
    changes = [after - before for before, after in pairwise(shown)]
    assert min(changes) < 0 < max(changes)


@pytest.mark.parametrize("key", [bytes([n]) * 32 for n in range(8)])
def test_parents_are_the_sums_of_what_is_told_of_their_parts(key: bytes) -> None:
    found = told(PEOPLE, key)
    shown = sizes(found)
    assert shown["p"] == shown["a"] + shown["b"] + shown["c"] == found.conversations
    cells = {
        (topic, value): n
        for topic, value, n in found.cells.select("topic_id", "value", "conversations").iter_rows()
    }
    for value in ("en", "es"):
        parts = sum(cells[topic, value] for topic in "abc")
        assert cells["p", value] == cells["*", value] == parts
    exact = {"a": 262, "b": 204, "c": 228}
    assert all(abs(shown[topic] - n) <= 7.5 for topic, n in exact.items())
    assert found.cells["share"].max() <= 100
