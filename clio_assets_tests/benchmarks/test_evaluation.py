"""What the evaluation's figures mean."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from benchmarks.evaluation.agreement import (
    accuracy,
    ari,
    interval,
    left_over,
    matched_share,
    reconstructed,
)
from benchmarks.evaluation.conclusions import agreement_of_conclusions
from benchmarks.evaluation.multilingual_reconstruction import without_language

CLUSTERS = np.array([0, 1, 0, 0, 1, 2, 2, -1])
TRUTH = np.array([0, 1, 0, 1, 1, 3, 2, 0])


def test_a_cluster_is_the_label_of_most_of_its_members_and_what_is_left_over_is_wrong() -> None:
    right = reconstructed(CLUSTERS, TRUTH)
    # Of two labels as common the first is taken.
    assert right.tolist() == [True, True, True, False, True, False, True, False]
    assert accuracy(CLUSTERS, TRUTH) == 5 / 8
    assert left_over(CLUSTERS) == 1 / 8


def test_clusters_are_matched_one_to_one() -> None:
    assert matched_share(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1
    # Two halves of one cluster: only one of them can be it.
    assert matched_share(np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1])) == 0.75
    assert ari(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1


def test_the_interval_is_that_of_resampling() -> None:
    right = np.array([True] * 90 + [False] * 10)
    drawn = np.random.default_rng(0).choice(right, (10_000, 100)).mean(1)
    assert interval(right) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
    assert interval(np.array([True] * 5)) == [1.0, 1.0]


def test_conclusions_agree_as_far_as_topics_are_about_what_they_say() -> None:
    random = np.random.default_rng(1)
    truth, days = random.integers(0, 4, 4_000), pl.Series(random.integers(0, 5, 4_000).astype(str))
    truth[random.random(4_000) < 0.4] = 0
    assert agreement_of_conclusions(truth, truth, days) == pytest.approx(1)
    blurred = np.where(random.random(4_000) < 0.3, random.integers(0, 4, 4_000), truth)
    assert 0.5 < agreement_of_conclusions(blurred, truth, days) < 1


def test_what_a_language_has_in_common_is_taken_away() -> None:
    rng = np.random.default_rng(0)
    subjects = rng.standard_normal((40, 8)).astype(np.float32)
    languages = pl.Series(["en", "de"] * 20)
    offsets = {"en": 0.0, "de": 50.0}
    shifted = subjects + np.array([[offsets[one]] for one in languages], np.float32)
    kept = without_language(shifted, languages)
    assert np.linalg.norm(kept, axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    assert kept == pytest.approx(without_language(subjects, languages), abs=1e-4)
