"""The measures of names, on names whose quality is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from benchmarks.evaluation.name_quality import (
    content,
    coverage,
    duplicates,
    fidelity,
    odd_one_out,
    repeats_parent,
    share_of,
    sibling_overlap,
)


def table(*rows: tuple[str, int, str | None, str]) -> pl.DataFrame:
    schema = ["topic_id", "level", "parent_id", "name"]
    return pl.DataFrame(list(rows), schema=schema, orient="row")


TOPICS = table(
    ("p", 1, None, "Cards"),
    ("q", 1, None, "Travel, visa"),
    ("a", 0, "p", "Card"),
    ("b", 0, "p", "Stolen card"),
    ("c", 0, "p", "The limit"),
    ("d", 0, "q", "Limits"),
    ("e", 0, "q", "limits"),
    ("f", 0, "q", ""),
)
WORDS = content(TOPICS)


def test_content_is_what_joins_nothing() -> None:
    assert WORDS["c"] == {"limit"}
    assert WORDS["q"] == {"travel", "visa"}


def test_pairs_of_siblings_that_share_a_word_in_any_form() -> None:
    found = sibling_overlap(TOPICS, WORDS)
    # (p, q), (a, b), (a, c), (b, c), (d, e): cards and limits; f has no name.
    assert (found.share, found.of) == (2 / 5, 5)


def test_names_that_are_the_same() -> None:
    assert duplicates(TOPICS, WORDS) == {
        "siblings, one name": 1,
        "siblings, same words": 1,
        "all, one name": 1,
        "all, same words": 1,
    }


def test_names_that_say_nothing_but_the_parents() -> None:
    found = repeats_parent(TOPICS, WORDS)
    assert (found.share, found.of) == (1 / 5, 5)


def test_what_a_parents_name_covers() -> None:
    said = [("a", "my card"), ("a", "cards"), ("b", "purse"), ("c", "card"), ("d", "a visa")]
    texts = pl.DataFrame(said, schema=["topic_id", "text"], orient="row")
    conversations, children = coverage(TOPICS, WORDS, texts)
    assert conversations == pytest.approx((3 / 4 + 1) / 2)
    assert children == pytest.approx((3 / 4 + 1) / 2)


def test_a_share_of_units_drawn_whole() -> None:
    found = share_of([5, 0], [5, 5])
    assert (found.share, found.low, found.high, found.of) == (0.5, 0.0, 1.0, 10)
    assert np.isnan(share_of([], []).share)
    assert share_of([3], [3]).low == 1.0


def test_names_by_their_vectors() -> None:
    centroids = np.eye(4, dtype=np.float32)
    assert fidelity(centroids, centroids)[0].share == 1.0
    wrong = centroids[[1, 0, 2, 3]]
    first, reciprocal = fidelity(wrong, centroids)
    assert first.share == 0.5
    assert reciprocal == pytest.approx((1 + 1 + 1 / 4 * 0 + 0.5 * 0) / 4 + (0.25 + 0.25) / 4)


def test_a_name_finds_the_stranger() -> None:
    topics = table(("a", 0, "p", "A"), ("b", 0, "p", "B"), ("c", 0, "q", "C"))
    labels = np.repeat([0, 1, 2], 8)
    vectors = np.eye(3, dtype=np.float32)[labels]
    ids = ["a", "b", "c"]
    right = odd_one_out(topics, ids, labels, vectors, np.eye(3, dtype=np.float32))
    assert (right.share, right.of) == (1.0, 40)
    swapped = odd_one_out(topics, ids, labels, vectors, np.eye(3, dtype=np.float32)[[1, 0, 2]])
    assert swapped.share == 0.0
