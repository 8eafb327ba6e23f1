"""Requests near in meaning where the words were changed, without comparing all with all.

Neighbours are looked for within the leaves of random projection trees (Dasgupta and Freund 2008,
"Random projection trees and low dimensional manifolds"; a forest of them as in Annoy): each level
halves every node at the median of one random direction, so leaves have a bounded size whatever the
data, and the work grows as n log n. What one tree parts, another keeps together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clio_assets.safety.distinct import distinct
from clio_assets.safety.near_duplicates import Pairs

TREES = 16
LEAF = 96
"""Vectors in a leaf at most; all pairs of a leaf are compared."""

LEAVES_AT_ONCE = 512


def semantic_duplicates(
    vectors: NDArray[np.float32], least_cosine: float, nearest: int, seed: int
) -> Pairs:
    """Return pairs of unit vectors (m, d) at a cosine of least_cosine or more.

    At most `nearest` of each vector's in one tree, the nearest first. Which pairs are found hangs
    on the seed; what is found is exact. Memory beside the vectors: a leaf block and the pairs.
    """
    size = len(vectors)
    rng = np.random.default_rng(seed)
    found = [np.zeros(0, np.int64)]
    for _ in range(TREES if size > LEAF else 1):
        found.append(_pairs_of_tree(vectors, least_cosine, nearest, rng))
    pairs = distinct(np.concatenate(found))
    one, other = np.divmod(pairs, max(size, 1))
    cosine = np.concatenate(
        [np.zeros(0)]
        + [
            np.einsum("ij,ij->i", vectors[one[at]], vectors[other[at]]).astype(np.float64)
            for at in np.array_split(np.arange(len(pairs)), len(pairs) // 100_000 + 1)
        ]
    )
    return one, other, cosine


def _pairs_of_tree(
    vectors: NDArray[np.float32], least: float, nearest: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return lower * m + higher for each pair found in the leaves of one tree."""
    size = len(vectors)
    order, starts = _leaves(vectors, rng)
    ends = np.append(starts[1:], size)
    width = int((ends - starts).max(initial=0))
    found = [np.zeros(0, np.int64)]
    for block in range(0, len(starts), LEAVES_AT_ONCE):
        first, last = starts[block : block + LEAVES_AT_ONCE], ends[block : block + LEAVES_AT_ONCE]
        place = first[:, None] + np.arange(width)
        inside = place < last[:, None]
        rows = order[np.minimum(place, size - 1)]
        leaf = vectors[rows] * inside[..., None]
        cosine = leaf @ leaf.transpose(0, 2, 1)
        itself = np.arange(width)
        cosine[:, itself, itself] = 0
        if nearest < width:
            # All but the nearest of each row: equal ones beyond them are kept as well.
            edge = np.partition(cosine, width - nearest, axis=2)[:, :, width - nearest, None]
            cosine[cosine < edge] = 0
        which, one, other = np.nonzero(cosine >= least)
        left, right = rows[which, one], rows[which, other]
        found.append(np.minimum(left, right) * size + np.maximum(left, right))
    return distinct(np.concatenate(found))


def _leaves(
    vectors: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the vectors' numbers ordered by leaf (m,) and where each leaf starts (leaves,)."""
    size = len(vectors)
    levels = max(int(np.ceil(np.log2(max(size, 1) / LEAF))), 0)
    directions = rng.standard_normal((vectors.shape[1], max(levels, 1))).astype(np.float32)
    along = vectors @ directions
    node = np.zeros(size, np.int64)
    order = np.arange(size)
    starts = np.zeros(1, np.int64)
    for level in range(levels):
        order = np.lexsort((along[:, level], node))
        counts = np.bincount(node, minlength=2**level)
        starts = np.cumsum(counts) - counts
        place = np.empty(size, np.int64)
        place[order] = np.arange(size) - np.repeat(starts, counts)
        node = 2 * node + (place >= (counts[node] + 1) // 2)
    order = np.argsort(node, kind="stable")
    counts = np.bincount(node)
    return order, (np.cumsum(counts) - counts)[counts > 0]
