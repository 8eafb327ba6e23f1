"""Pairs near in wording, and pairs near in meaning."""

from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clio_assets.safety.near_duplicates import near_duplicates
from clio_assets.safety.semantic_duplicates import LEAF, semantic_duplicates
from clio_assets.safety.wordings import distinct_wordings

VOCABULARY = [f"word{n}" for n in range(3_000)]


def prompts(copies: int, replaced: float, others: int, seed: int = 0) -> list[str]:
    """`copies` of one text of thirty words with some replaced, and others without relation."""
    rng = Random(seed)  # noqa: S311
    template = rng.sample(VOCABULARY, 30)
    texts = []
    for _ in range(copies):
        words = list(template)
        for place in rng.sample(range(30), round(30 * replaced)):
            words[place] = rng.choice(VOCABULARY)
        texts.append(" ".join(words))
    return texts + [" ".join(rng.choices(VOCABULARY, k=30)) for _ in range(others)]


def found_pairs(texts, least=25.0, seed=0):
    wordings = distinct_wordings(pl.Series(texts), np.arange(len(texts)))
    return wordings, near_duplicates(wordings, least, 0.12, seed)


@pytest.mark.parametrize("replaced", [0.05, 0.3])
def test_copies_are_found_and_nothing_else(replaced):
    _, (one, other, alike) = found_pairs(prompts(12, replaced, 800))
    assert (other < 12).all()
    assert len(one) >= 0.9 * 12 * 11 / 2
    assert ((alike >= 0.12) & (alike <= 1)).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from([15.0, 25.0, 40.0]))
def test_a_pair_shares_what_it_must(seed, least):
    wordings, (one, other, _) = found_pairs(prompts(8, 0.3, 60, seed), least, seed)
    dense = wordings.words.toarray()
    assert ((dense[one] * dense[other]).sum(axis=1) >= least - 1e-9).all()
    assert (one < other).all()
    assert len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(one)


def test_a_phrase_of_everybody_makes_no_pair():
    texts = [f"could you please tell me more about it {word}" for word in VOCABULARY[:400]]
    _, (one, _, _) = found_pairs(texts)
    assert not len(one)


def near_vectors(groups: int, each: int, noise: float, seed: int = 0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((groups, 64))
    vectors = np.repeat(centres, each, axis=0) + noise * rng.standard_normal((groups * each, 64))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_neighbours_in_meaning_are_found_across_many_leaves():
    vectors = near_vectors(groups=40 * LEAF // 5, each=5, noise=0.3)
    one, other, cosine = semantic_duplicates(vectors, 0.75, 8, seed=0)
    assert (one // 5 == other // 5).all()
    assert len(one) >= 0.8 * (len(vectors) // 5) * 10
    assert np.allclose(cosine, (vectors[one] * vectors[other]).sum(axis=1))
    assert (cosine >= 0.75 - 1e-6).all()


@pytest.mark.parametrize("count", [0, 1, 2, LEAF, LEAF + 1])
def test_any_number_of_vectors_will_do(count):
    vectors = near_vectors(1, max(count, 1), 0.01)[:count]
    one, other, _ = semantic_duplicates(vectors, 0.9, 200, seed=0)
    assert len(one) == count * (count - 1) // 2
    assert (one < other).all()


def test_a_seed_gives_the_same_pairs():
    vectors = near_vectors(200, 4, 0.4)
    first, again = (semantic_duplicates(vectors, 0.7, 8, seed=3) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
