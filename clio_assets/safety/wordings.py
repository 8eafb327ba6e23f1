"""First requests as sets of words, each word weighing what it tells: the less used, the more.

A word that d of A accounts use says log(A / d) nats (inverse document frequency; Spaerck Jones
1972, with accounts for documents, so that one account repeating itself makes no word common). What
two requests share is then the sum over their shared words: how surprising it is that both hold
them, if words were drawn one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from clio_assets.privacy.near_duplicates import hashed_words
from clio_assets.privacy.text_support import tokens

BLOCK = 50_000
"""Requests cut into words at a time: about 100 MB."""


@dataclass(frozen=True)
class Wordings:
    """m different wordings of n requests, numbered in the order of their first request.

    of_row: the wording of each request (n,), -1 where it has no word.
    first_row: the first request of each wording (m,).
    words: (m, words) with the square root of the word's information where the wording holds it, so
        that a product of rows is what they share, in nats.
    information: what each word says (words,), in nats.
    hashes: a number for each word (words,), the same in every run.
    """

    of_row: NDArray[np.int64]
    first_row: NDArray[np.int64]
    words: sparse.csr_matrix
    information: NDArray[np.float64]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.first_row)

    @property
    def held(self) -> NDArray[np.float64]:
        """What each wording says (m,), in nats."""
        return np.asarray(self.words.power(2).sum(axis=1), float).ravel()


def distinct_wordings(texts: pl.Series, accounts: NDArray[np.int64]) -> Wordings:
    """Cut n requests into words and number what is worded the same.

    Case, punctuation and invisible characters make no difference (privacy/text_support.py).
    accounts: (n,) numbers from 0.
    """
    row, hashed = _words(texts)
    key = _sequence_keys(row, hashed, len(texts))
    has_words = np.zeros(len(texts), bool)
    has_words[row] = True
    of_row = np.full(len(texts), -1, np.int64)
    _, first, inverse = np.unique(key[has_words], return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    of_row[has_words] = number[inverse]
    first_row = np.flatnonzero(has_words)[np.sort(first)]

    hashes, word = np.unique(hashed, return_inverse=True)
    people = int(accounts.max(initial=-1)) + 1
    used = np.unique(word.astype(np.int64) * people + accounts[row]) // max(people, 1)
    users = np.bincount(used, minlength=len(hashes))
    active = max(len(np.unique(accounts[has_words])), 1)
    information = np.log(active / np.maximum(users, 1))

    kept = first_row[of_row[row]] == row
    holds = np.unique(of_row[row[kept]] * max(len(hashes), 1) + word[kept])
    place, held = np.divmod(holds, max(len(hashes), 1))
    words = sparse.csr_matrix(
        (np.sqrt(information[held]), (place, held)), shape=(len(first_row), len(hashes))
    )
    return Wordings(of_row, first_row, words, information, hashes)


def _words(texts: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the request (k,) and the number (k,) of each word, in order."""
    rows, hashes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    lines = pl.DataFrame({"text": texts.fill_null("")}).with_row_index("line")
    for block in lines.iter_slices(BLOCK):
        cut = tokens(block)
        if len(cut):
            rows.append(cut["line"].to_numpy().astype(np.int64))
            hashes.append(hashed_words(cut["token"]))
    return np.concatenate(rows), np.concatenate(hashes)


def _sequence_keys(
    row: NDArray[np.int64], hashed: NDArray[np.uint64], count: int
) -> NDArray[np.uint64]:
    """Return one number for each request's words in their order (a polynomial modulo 2^64)."""
    keys = np.zeros(count, np.uint64)
    if len(row):
        starts = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
        lengths = np.diff(np.append(starts, len(row)))
        powers = np.cumprod(np.full(lengths.max(), 0x9E3779B97F4A7C15, np.uint64))
        place = np.arange(len(row)) - np.repeat(starts, lengths)
        keys[row[starts]] = np.add.reduceat(hashed * powers[place], starts)
    return keys


def template_entropy(wordings: Wordings, chosen: NDArray[np.int64]) -> float:
    """Return how much the wordings `chosen` (k,), one a use, differ: bits a word.

    Each word is in a use or not, with the entropy of its share of the uses (Shannon 1948); the sum
    over words, divided by the words of a use. 0 where all uses hold the same words; a template
    with one free word of ten about 0.5 at a dozen uses.
    """
    held = wordings.words[chosen]
    share = np.bincount(held.indices, minlength=1) / len(chosen)
    share = share[(share > 0) & (share < 1)]
    entropy = -(share * np.log2(share) + (1 - share) * np.log2(1 - share)).sum()
    return float(entropy / max(held.nnz / len(chosen), 1))
