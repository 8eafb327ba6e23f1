"""What a model is shown of a topic: some of its requests, and those that lie just outside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.identity import distances_between
from clio_assets.clustering.partition import Vectors, rows_by_label
from clio_assets.clustering.topics import Level
from clio_assets.naming.masking import masked
from clio_assets.naming.phrases import spellings
from clio_assets.naming.shared_words import SharedWords
from clio_assets.privacy.near_duplicates import ALIKE
from clio_assets.privacy.text_support import tokens
from clio_assets.privacy.word_lists import allowed_without_support

NEAR = 8
ACROSS = 8
OUTSIDE = 8
"""Clio (arXiv 2412.13678, appendix) shows 50 members and 50 nearest non-members for one name at a
time. Eight siblings side by side are each other's contrast too, so fewer of each say the same."""

CANDIDATES = 60
"""Accounts looked at for each of the three samples: a bound where all say nearly the same."""

NEIGHBOURS = 8
"""Leaves searched for the nearest requests outside."""

LEAVES = 64
"""Leaves whose words are kept at hand: neighbours are asked for one after the other."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Masked requests: of a leaf's members, those near its centre and any in turn, and outside."""

    members: list[str] = field(repr=False)
    outside: list[str] = field(repr=False)


class Requests:
    """The requests of a period by leaf; texts leave it masked (`naming/masking.py`)."""

    def __init__(
        self, leaves: Level, vectors: Vectors, requests: pl.DataFrame, minimum: int, seed: int
    ) -> None:
        """`vectors` (n, d) and `requests` (account, language, text) are rows as the labels (n,)."""
        self._leaves, self._vectors, self._seed = leaves, vectors, seed
        self._accounts = requests["account"].fill_null("").rank("dense").to_numpy()
        self._nearest_leaves = _nearest_others(leaves.centroids, NEIGHBOURS)
        self._rows = rows_by_label(leaves.labels, len(leaves.ids))
        self._spelling = spellings(requests["text"].fill_null(""))
        self._minimum = minimum
        self._kept: dict[int, SharedWords] = {}
        texts = requests.select("account", "text", leaf=pl.Series(leaves.labels))
        cut = tokens(texts.with_row_index("row").with_columns(pl.col("text").fill_null("")))
        said = cut.group_by("row").agg("token")
        rows = pl.DataFrame({"row": range(len(texts))}, schema=said.select("row").schema)
        self._said = rows.join(said, on="row", how="left", maintain_order="left")["token"]
        words = (
            cut.drop_nulls("account")
            .group_by("leaf", "token")
            .agg(pl.col("account").n_unique())
            .filter(pl.col("account") >= minimum)
            .group_by("leaf")
            .agg("token")
        )
        self._supported = {leaf: frozenset(held) for leaf, held in words.iter_rows()}

    def supported(self, leaf: int) -> frozenset[str]:
        """The words of a leaf that enough of its accounts use."""
        return self._supported.get(leaf, frozenset())

    def samples(self, leaves: Sequence[int]) -> Iterator[Sample]:
        """Yield what to show of each leaf: at most one request an account, none like another."""
        for leaf in leaves:
            used: set[int] = set()
            said: list[_Line] = []
            near, across, contrast = (
                self._pick(rows, wanted, used, said)
                for rows, wanted in zip(
                    self._candidates(leaf), (NEAR, ACROSS, OUTSIDE), strict=True
                )
            )
            yield Sample(_in_turn(near, across), contrast)

    def _candidates(self, leaf: int) -> list[Rows]:
        """Rows of a leaf from its centre on, the same in any order, and rows outside from it on."""
        rows = self._rows[leaf]
        away = self._away(leaf, rows)
        random = np.random.default_rng(_seed_of(self._seed, self._leaves.ids[leaf]))
        outside = self._outside(leaf)
        orders = [
            rows[np.argsort(away, kind="stable")],
            random.permutation(rows),
            outside[np.argsort(self._away(leaf, outside), kind="stable")],
        ]
        return [self._one_an_account(order) for order in orders]

    def _away(self, leaf: int, rows: Rows) -> NDArray[np.float32]:
        away: NDArray[np.float32] = np.linalg.norm(
            self._vectors[rows] - self._leaves.centroids[leaf], axis=1
        )
        return away

    def _outside(self, leaf: int) -> Rows:
        """Rows of the nearest leaves: the nearest non-members are among them."""
        nearest = self._nearest_leaves[leaf]
        return np.concatenate([np.zeros(0, np.int64), *(self._rows[near] for near in nearest)])

    def _one_an_account(self, rows: Rows) -> Rows:
        _, first = np.unique(self._accounts[rows], return_index=True)
        return rows[np.sort(first)[:CANDIDATES]]

    def _pick(self, candidates: Rows, wanted: int, used: set[int], said: list[_Line]) -> list[str]:
        """Take rows in order, none of an account in `used` nor like one in `said`; both grow."""
        picked: list[str] = []
        for row in candidates.tolist():
            if len(picked) == wanted:
                break
            account, words = int(self._accounts[row]), self._words(row)
            if account in used or any(_alike(words, one.words) for one in said):
                continue
            shown, text = self._shown(row)
            if text and all(shown != one.shown for one in said):
                used.add(account)
                said.append(_Line(words, shown))
                picked.append(text)
        return picked

    def _words(self, row: int) -> frozenset[str]:
        return frozenset(self._cut(row)) - allowed_without_support()

    def _cut(self, row: int) -> list[str]:
        words = self._said[row]
        return [] if words is None else words.to_list()

    def _shown(self, row: int) -> tuple[frozenset[str], str]:
        """What may be shown for a row: words that many use together, and a text that holds them."""
        leaf = int(self._leaves.labels[row])
        rows = self._rows[leaf]
        shown, holder = self._shared(leaf).shared_with(int(np.searchsorted(rows, row)))
        (text,) = masked([self._cut(int(rows[holder]))], [shown], self._spelling)
        return shown, text

    def _shared(self, leaf: int) -> SharedWords:
        if leaf not in self._kept:
            if len(self._kept) == LEAVES:
                self._kept.clear()
            rows, supported = self._rows[leaf], self.supported(leaf)
            words = [self._words(row) & supported for row in rows.tolist()]
            self._kept[leaf] = SharedWords(words, self._accounts[rows].tolist(), self._minimum)
        return self._kept[leaf]


class _Line(NamedTuple):
    words: frozenset[str]
    """Content words of the whole text: masked, different texts look alike."""
    shown: frozenset[str]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """True where content words have the Jaccard index by which G-06 tells copies."""
    return len(one & other) >= ALIKE * len(one | other)


def _nearest_others(points: Vectors, count: int) -> Rows:
    """Return for each of k points the rows of the `count` nearest others, nearest first."""
    away = distances_between(points, points)
    np.fill_diagonal(away, np.inf)
    return np.argsort(away, axis=1, kind="stable")[:, : min(count, len(points) - 1)]


def _in_turn(one: list[str], other: list[str]) -> list[str]:
    both = min(len(one), len(other))
    alternating = [text for pair in zip(one, other, strict=False) for text in pair]
    return alternating + one[both:] + other[both:]


def _seed_of(seed: int, topic: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{topic}".encode()).digest()[:8])
