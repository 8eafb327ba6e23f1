import numpy as np
import polars as pl
import pytest

from benchmarks.evaluation.multilingual_reconstruction import without_language
from benchmarks.evaluation.reconstruction import (
    confidence_interval,
    confusions,
    found_categories,
)

LABELS = np.array([0, 1, 0, 0, 1, 2, 2])
TRUE = pl.Series(["a", "b", "a", "b", "b", "d", "c"])
FOUND = ["a", "b", "a", "a", "b", "c", "c"]


def test_a_cluster_is_the_category_of_most_of_its_members():
    assert found_categories(LABELS, TRUE).to_list() == FOUND


def test_errors_are_counted_by_both_categories():
    assert confusions(pl.Series(FOUND), TRUE) == [
        {"category": "b", "found": "a", "conversations": 1},
        {"category": "d", "found": "c", "conversations": 1},
    ]
    assert len(confusions(pl.Series(FOUND), TRUE, most=1)) == 1


def test_the_interval_is_that_of_resampling():
    right = pl.Series([True] * 90 + [False] * 10)
    rng = np.random.default_rng(0)
    drawn = rng.choice(right.to_numpy(), (10_000, 100)).mean(1)
    assert confidence_interval(right, 1) == pytest.approx(
        np.quantile(drawn, [0.025, 0.975]), abs=0.01
    )
    assert confidence_interval(pl.Series([True] * 5), 1) == [1.0, 1.0]


def test_what_a_language_has_in_common_is_taken_away():
    rng = np.random.default_rng(0)
    subjects = rng.standard_normal((40, 8)).astype(np.float32)
    languages = pl.Series(["en", "de"] * 20)
    offsets = {"en": 0.0, "de": 50.0}
    shifted = subjects + np.array([[offsets[one]] for one in languages], np.float32)
    kept = without_language(shifted, languages)
    assert np.linalg.norm(kept, axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    assert kept == pytest.approx(without_language(subjects, languages), abs=1e-4)
