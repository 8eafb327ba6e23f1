"""What a model is shown of a topic: some of its requests, and those that lie just outside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import Vectors, rows_by_label
from clio_assets.clustering.identity import distances_between
from clio_assets.clustering.topics import Level
from clio_assets.naming.masking import masked
from clio_assets.naming.phrases import spellings
from clio_assets.privacy.text_support import account_support, words_of
from clio_assets.privacy.word_lists import allowed_without_support

NEAR = 8
ACROSS = 8
OUTSIDE = 8
"""Clio (arXiv 2412.13678, appendix) shows 50 members and 50 nearest non-members for one name at a
time. Eight siblings side by side are each other's contrast too, so fewer of each say the same."""

CANDIDATES = 60
"""Accounts looked at for each of the three samples: a bound where all say nearly the same."""

ALIKE = 0.6
"""Texts whose content words have this Jaccard index are one, as accounts are under G-06."""

NEIGHBOURS = 8
"""Leaves searched for the nearest requests outside."""

LEAVES = 64
"""Leaves whose requests are masked together."""

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
        self._texts = requests.select("account", pl.col("text").fill_null(""))
        self._accounts = requests["account"].fill_null("").rank("dense").to_numpy()
        self._nearest_leaves = _nearest_others(leaves.centroids, NEIGHBOURS)
        self._rows = rows_by_label(leaves.labels, len(leaves.ids))
        self._spelling = spellings(self._texts["text"])
        said = self._texts.with_columns(leaf=pl.Series(leaves.labels))
        words = (
            account_support(said, "leaf")
            .filter(pl.col("accounts") >= minimum)
            .group_by("leaf")
            .agg("token")
        )
        self._supported = {leaf: frozenset(held) for leaf, held in words.iter_rows()}

    def supported(self, leaf: int) -> frozenset[str]:
        """The words of a leaf that enough of its accounts use."""
        return self._supported.get(leaf, frozenset())

    def samples(self, leaves: Sequence[int]) -> Iterator[Sample]:
        """Yield what to show of each leaf: at most one request an account, none like another."""
        for start in range(0, len(leaves), LEAVES):
            some = leaves[start : start + LEAVES]
            chosen = [self._candidates(leaf) for leaf in some]
            lines = self._lines(np.concatenate([rows for orders in chosen for rows in orders]))
            for orders in chosen:
                used: set[int] = set()
                said: list[_Line] = []
                near, across, contrast = (
                    _pick([(int(self._accounts[row]), lines[row]) for row in rows.tolist()],
                          wanted, used, said)
                    for rows, wanted in zip(orders, (NEAR, ACROSS, OUTSIDE), strict=True)
                )  # fmt: skip
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

    def _lines(self, rows: Rows) -> dict[int, _Line]:
        """Row -> its text, masked by the support of the leaf that it is in, and its words."""
        distinct = np.unique(rows)
        texts = self._texts["text"][distinct].to_list()
        supported = [self.supported(leaf) for leaf in self._leaves.labels[distinct].tolist()]
        cut, general = words_of(texts), allowed_without_support()
        said = [cut[text] for text in texts]
        shown = masked(said, supported, self._spelling)
        lines = [
            _Line(text, frozenset(words) - general) for text, words in zip(shown, said, strict=True)
        ]
        return dict(zip(distinct.tolist(), lines, strict=True))


class _Line(NamedTuple):
    shown: str
    words: frozenset[str]
    """Content words of the whole text: masked, different texts look alike."""


def _pick(
    candidates: list[tuple[int, _Line]], wanted: int, used: set[int], said: list[_Line]
) -> list[str]:
    """Take lines in order, none of an account in `used` nor like one in `said`; both grow."""
    picked: list[str] = []
    for account, line in candidates:
        if len(picked) == wanted:
            break
        if line.shown and account not in used and not any(_alike(line, one) for one in said):
            used.add(account)
            said.append(line)
            picked.append(line.shown)
    return picked


def _alike(one: _Line, other: _Line) -> bool:
    common = len(one.words & other.words)
    return one.shown == other.shown or common >= ALIKE * len(one.words | other.words)


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
