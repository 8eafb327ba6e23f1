"""Requests that share wording: MinHash-LSH for who may be alike, shared information for who is.

Candidates come from MinHash signatures (Broder 1997, "On the resemblance and containment of
documents") cut into bands (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4). The
shingles are single words: where 30 % of the words of two copies are replaced, they share .30 of
their words and .10 of their word pairs (medians of 12,744 planted pairs). Words that many accounts
use are left out of the signature: they make everybody a candidate of everybody.

A pair counts when what it shares is worth more nats than chance gives in so many pairs. Of 18
million pairs of real requests (`mixed`) 1,042 share more than 20 nats in words, most of them true
copies; of the copies with 30 % replaced 96 % do.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash
from scipy import sparse

from clio_assets.safety.distinct import distinct
from clio_assets.safety.wordings import Wordings

MINIMA, BAND = 128, 2
"""64 bands of two minima meet with probability 1 - (1 - .3^2)^64 > .99 at an index of .3."""

CROWD = 8
"""Later wordings each is compared with in one bucket: a bucket of thousands, some phrase that
everybody uses, costs so many comparisons a wording and stays connected."""

SIGNED, COMPARED = 2_000, 100_000
"""Wordings signed, and pairs compared, at a time. Signatures come as Python lists: 2,000 of them
stay in the processor's cache, which takes a third off the time that 50,000 take."""

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Lower number (p,), higher number (p,), likeness (p,); ordered, each pair once."""


def near_duplicates(wordings: Wordings, least: float, least_alike: float, seed: int) -> Pairs:
    """Return the pairs of wordings that share wording.

    least: nats that a pair has to share; least_alike: the least
    weighted Jaccard index (shared over held by either, in nats), 0 to 1.
    """
    signatures = _signatures(wordings, seed)
    held = wordings.held
    found, alike = [np.zeros(0, np.int64)], [np.zeros(0)]
    seen = np.zeros(0, np.int64)
    size = len(wordings)
    # A wording that says too little can share no more, and without a signature it meets everybody.
    telling = np.flatnonzero((held >= least) & signatures.any(axis=1))
    for left, right in _bands(signatures[telling]):
        pairs = distinct(telling[left] * size + telling[right])
        pairs = pairs[~np.isin(pairs, seen, assume_unique=True)]
        for start in range(0, len(pairs), COMPARED):
            one, other = np.divmod(pairs[start : start + COMPARED], size)
            shared = _shared(wordings.words, one, other)
            index = shared / (held[one] + held[other] - shared)
            good = (shared >= least) & (index >= least_alike)
            found.append(pairs[start : start + COMPARED][good])
            alike.append(index[good])
        seen = np.concatenate(found)
    order = np.argsort(seen)
    one, other = np.divmod(seen[order], max(size, 1))
    return one, other, np.concatenate(alike)[order]


def _signatures(wordings: Wordings, seed: int) -> NDArray[np.uint32]:
    """Return the MinHash signatures (m, MINIMA) of the words that are not common."""
    signed = np.zeros((len(wordings), MINIMA), np.uint32)
    for start in range(0, len(wordings), SIGNED):
        block = wordings.words[start : start + SIGNED]
        keep = ~wordings.common[block.indices]
        line = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))[keep]
        ends = np.cumsum(np.bincount(line, minlength=block.shape[0]))
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(
            wordings.hashes[block.indices[keep]],
            np.append(0, ends).astype(np.uint64),
            MINIMA,
            seed,
        )
        block_signed = np.array(matrix.to_rows(), np.uint32)
        block_signed[np.diff(np.append(0, ends)) == 0] = 0
        signed[start : start + SIGNED] = block_signed
    return signed


def _bands(signatures: NDArray[np.uint32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield for each band the rows that meet in it, the lower first."""
    for start in range(0, MINIMA, BAND):
        pair = signatures[:, start : start + BAND].astype(np.uint64)
        key = (pair[:, 0] << np.uint64(32)) | pair[:, 1]
        order = np.argsort(key, kind="stable")
        key = key[order]
        left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for step in range(1, min(CROWD, len(key) - 1) + 1):
            met = np.flatnonzero(key[step:] == key[:-step])
            if not len(met):
                break
            left.append(order[met])
            right.append(order[met + step])
        yield np.concatenate(left), np.concatenate(right)


def all_near(
    wordings: Wordings, chosen: NDArray[np.int64], least: float, least_alike: float
) -> NDArray[np.bool_]:
    """Return which of a few wordings (k,) share wording with which (k, k), by comparing all."""
    words = wordings.words[chosen]
    shared = (words @ words.T).toarray()
    held = np.diagonal(shared)
    index = shared / np.maximum(held[:, None] + held[None, :] - shared, 1e-9)
    near: NDArray[np.bool_] = (shared >= least) & (index >= least_alike)
    return near


def _shared(
    words: sparse.csr_matrix, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float64]:
    return np.asarray(words[one].multiply(words[other]).sum(axis=1)).ravel()
