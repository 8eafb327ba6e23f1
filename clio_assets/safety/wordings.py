"""First requests as sets of words, each word weighing what it tells: the less used, the more.

A word that d of A accounts use says log(A / d) nats (inverse document frequency; Spaerck Jones
1972, with accounts for documents, so that one account repeating itself makes no word common). What
two requests share is then the sum over their shared words: how surprising it is that both hold
them, if words were drawn one by one. Accounts are counted by language: in a log that is mostly
English every Portuguese word is rare, and says no more than that the text is Portuguese.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from clio_assets.privacy.near_duplicates import hashed_words
from clio_assets.privacy.text_support import tokens
from clio_assets.safety.distinct import distinct

COMMON_SHARE, COMMON_ACCOUNTS = 0.05, 100
"""A word is common when more than this share of a language's accounts use it and more than so
many: in a small log a campaign alone can be a twentieth."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)

BLOCK = 50_000
"""Requests cut into words at a time: about 100 MB."""


@dataclass(frozen=True)
class Wordings:
    """m different wordings of n requests, numbered in the order of their first request.

    of_row: the wording of each request (n,), -1 where it has no word.
    first_row: the first request of each wording (m,).
    words: (m, words) with the square root of the word's information where the wording holds it, so
        that a product of rows is what they share, in nats.
    common: which words are so many accounts' that they tell nobody apart (words,).
    hashes: a number for each word (words,), the same in every run.
    """

    of_row: NDArray[np.int64]
    first_row: NDArray[np.int64]
    words: sparse.csr_matrix
    common: NDArray[np.bool_]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.first_row)

    @property
    def held(self) -> NDArray[np.float64]:
        """What each wording says (m,), in nats."""
        return np.asarray(self.words.power(2).sum(axis=1), float).ravel()


def distinct_wordings(
    texts: pl.Series, accounts: NDArray[np.int64], languages: NDArray[np.int64] | None = None
) -> Wordings:
    """Cut n requests into words and number what is worded the same.

    Case, punctuation and invisible characters make no difference (privacy/text_support.py).
    accounts, languages: (n,) numbers from 0; without languages there is one.
    """
    languages = np.zeros(len(texts), np.int64) if languages is None else languages
    row, hashed = _words(texts)
    hashed = hashed + languages[row].astype(np.uint64) * _SPREAD
    key = _sequence_keys(row, hashed, len(texts))
    has_words = np.zeros(len(texts), bool)
    has_words[row] = True
    of_row = np.full(len(texts), -1, np.int64)
    _, first, inverse = np.unique(key[has_words], return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    of_row[has_words] = number[inverse]
    first_row = np.flatnonzero(has_words)[np.sort(first)]

    hashes, example, word = np.unique(hashed, return_index=True, return_inverse=True)
    people = int(accounts.max(initial=-1)) + 1
    used = distinct(word.astype(np.int64) * people + accounts[row]) // max(people, 1)
    users = np.bincount(used, minlength=len(hashes))
    speaks = distinct(languages[has_words] * people + accounts[has_words]) // max(people, 1)
    speakers = np.bincount(speaks, minlength=1)[languages[row[example]]]
    information = np.log(speakers / np.maximum(users, 1))
    common = users > np.maximum(COMMON_SHARE * speakers, COMMON_ACCOUNTS)

    kept = first_row[of_row[row]] == row
    holds = distinct(of_row[row[kept]] * max(len(hashes), 1) + word[kept])
    place, held = np.divmod(holds, max(len(hashes), 1))
    words = sparse.csr_matrix(
        (np.sqrt(information[held]), (place, held)), shape=(len(first_row), len(hashes))
    )
    return Wordings(of_row, first_row, words, common, hashes)


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
        powers = np.cumprod(np.full(lengths.max(), _SPREAD))
        place = np.arange(len(row)) - np.repeat(starts, lengths)
        keys[row[starts]] = np.add.reduceat(hashed * powers[place], starts)
    return keys


def holders_of_core(
    wordings: Wordings, by_word: sparse.csc_matrix, chosen: NDArray[np.int64], least: float
) -> NDArray[np.int64]:
    """Return the wordings that hold half of what uses have in common, in nats.

    None where the uses have less than `least` nats in common. by_word: `wordings.words`, squared,
    by column. chosen: the wording of each use (k,). In common are the words in half of the uses or
    more.
    """
    mine = wordings.words[chosen]
    words, counts = np.unique(mine.indices, return_counts=True)
    core = words[counts * 2 >= len(chosen)]
    told = by_word.data[by_word.indptr[core]].astype(float)
    says = float(told.sum())
    if says < least:
        return np.zeros(0, np.int64)
    # Who holds half of it holds one of its rarest words: the commonest, up to half of it together,
    # need not be looked up (prefix filter; Bayardo, Ma and Srikant 2007, "Scaling up all pairs
    # similarity search"). They are in most wordings: with all of them a group among 300,000
    # requests took 30 ms of processor, without them 2 to 6.
    order = np.argsort(told, kind="stable")
    rare = core[order[np.cumsum(told[order]) * 2 >= says]]
    holders = distinct(by_word[:, rare].indices.astype(np.int64))
    inside = np.zeros(by_word.shape[1])
    inside[core] = told
    held = (wordings.words[holders] > 0) @ inside
    return holders[held * 2 >= says - 1e-9]


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
