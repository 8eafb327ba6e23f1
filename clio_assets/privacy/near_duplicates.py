"""G-06: whose conversation is it, when many accounts send nearly the same one?

A campaign is cheap: fifty accounts, one template. So each conversation has a `source`, the account
that it counts for: its own, or where its prompts are nearly those of another account's
conversation, the first account that sent them. A topic's sources are its accounts after
near-duplicate ones are merged, and what an account says in its own words still counts for itself.

Likeness is the Jaccard index of word pairs, estimated by MinHash (Broder 1997, "On the resemblance
and containment of documents") with 16 bits kept of each minimum (Li and Koenig 2010, "b-bit
minwise hashing"): 256 bytes a conversation, whatever its length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.privacy.text_support import tokens

ALIKE = 0.6
"""The Jaccard index from which two conversations are one."""

MINIMA = 126
"""Minima kept of a conversation: the estimate's standard error is .044 at an index of .6."""

BAND = 3
"""Minima that must agree for two conversations to be compared: 42 bands of three meet with
probability 1 - (1 - .6^3)^42 > .9999 at an index of .6."""

Signatures = NDArray[np.uint16]

_FAMILY = np.random.default_rng(20_061).integers(0, 2**64, (2, MINIMA), np.uint64)
_PLACES = np.uint64(1) << np.arange(0, 16 * BAND, 16, dtype=np.uint64)
_FACTORS, _SHIFTS = _FAMILY[0] | np.uint64(1), _FAMILY[1]


def prompt_signatures(batches: Iterable[pl.DataFrame]) -> tuple[pl.Series, Signatures]:
    """Return the conversation ids (n,) and what is left of their prompts (n, MINIMA).

    batches: conversation_id, text, one row a conversation. Conversations without a word are alike.
    """
    ids = [pl.Series("conversation_id", [], pl.String)]
    signed = [np.zeros((0, MINIMA), np.uint16)]
    for batch in batches:
        ids.append(batch["conversation_id"])
        signed.append(_signatures(batch["text"]))
    return pl.concat(ids), np.concatenate(signed)


def sources_of(members: pl.DataFrame, batches: Iterable[pl.DataFrame]) -> pl.Series:
    """Return the account each member (conversation_id, account) counts for, in their order.

    batches: conversation_id, text, one row a conversation; every member is in one of them.
    """
    ids, signatures = prompt_signatures(batches)
    rows = pl.DataFrame({"conversation_id": ids}).with_row_index("row")
    place = members.join(rows, on="conversation_id", how="left", maintain_order="left")["row"]
    return sources(members["account"], signatures[place.to_numpy()])


def sources(accounts: pl.Series, signatures: Signatures) -> pl.Series:
    """Return the account each of n conversations counts for, in their order.

    Conversations are compared with the first of their likes, accounts in order, and never joined in
    chains: many that differ a little each, from one end to the other, stay many.
    """
    order = accounts.arg_sort(nulls_last=True).to_numpy()
    leader = np.arange(len(order))
    for row, heads in _alike(signatures[order]):
        found = heads[leader[heads] == heads]
        if len(found):
            leader[row] = found[0]
    first = np.empty_like(order)
    first[order] = order[leader]
    return accounts.gather(first).alias("source")


def _signatures(texts: pl.Series) -> Signatures:
    words = tokens(pl.DataFrame({"text": texts.fill_null("")}).with_row_index("line"))
    line, hashed = words["line"].to_numpy(), hashed_words(words["token"])
    signed = np.zeros((len(texts), MINIMA), np.uint16)
    if not len(line):
        return signed
    follows = line[1:] == line[:-1]
    pairs = np.where(follows, hashed[:-1] * _FACTORS[0] + hashed[1:], hashed[:-1])
    # The last word of a text begins no pair; it is kept where it is the only one.
    begins = np.flatnonzero(np.append(True, ~follows))
    alone = np.append(begins[1:], len(line)) - begins == 1
    kept = np.append(follows, False)
    kept[begins[alone]] = True
    shingles = _mixed(np.append(pairs, hashed[-1:])[kept])
    lines, starts = np.unique(line[kept], return_index=True)
    for n, (factor, shift) in enumerate(zip(_FACTORS, _SHIFTS, strict=True)):
        smallest = np.minimum.reduceat((shingles * factor + shift) >> np.uint64(32), starts)
        signed[lines, n] = smallest.astype(np.uint16)
    return signed


def hashed_words(words: pl.Series) -> NDArray[np.uint64]:
    """Return a number for each word (n,), the same on every machine and in every version."""
    known = words.unique()
    numbers = [
        int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) for word in known
    ]
    return words.replace_strict(known, pl.Series(numbers, dtype=pl.UInt64)).to_numpy()


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread neighbouring numbers over all 64 bits (the finalizer of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = numbers ^ (numbers >> np.uint64(31))
    return mixed


def _alike(signatures: Signatures) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield rows in order, each with the earlier rows (ascending) found to be like it."""
    found = [np.zeros((0, 2), np.int64)]
    for start in range(0, MINIMA, BAND):
        band = signatures[:, start : start + BAND].astype(np.uint64) @ _PLACES
        _, first, bucket = np.unique(band, return_index=True, return_inverse=True)
        heads, rows = first[bucket], np.arange(len(band))
        met = heads < rows
        pairs = np.column_stack([rows[met], heads[met]])
        agree = np.mean(signatures[pairs[:, 0]] == signatures[pairs[:, 1]], axis=1)
        found.append(pairs[agree >= ALIKE])
    pairs = np.unique(np.concatenate(found), axis=0)
    alike, starts = np.unique(pairs[:, 0], return_index=True)
    ends = np.append(starts[1:], len(pairs))
    for row, start, end in zip(alike, starts, ends, strict=False):
        yield int(row), pairs[start:end, 1]
