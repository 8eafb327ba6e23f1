"""Do names tell siblings apart, and do they say what is in their topics?

`topics` has topic_id, level, parent_id and name, as the `topics` table. Siblings are the children
of one parent, and the topics without a parent. A name's content words are those that join nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.phrases import akin
from clio_assets.privacy.text_support import tokens, words_of

DRAWS = 2_000
NEAREST = 10
SHOWN = 5

Vectors = NDArray[np.float32]
Words = Mapping[str, frozenset[str]]
"""topic_id -> the content words of its name."""


@dataclass(frozen=True)
class Share:
    """Right ones among `of`, and where a bootstrap of 95 % has the share."""

    share: float
    low: float
    high: float
    of: int

    def __str__(self) -> str:
        return f"{self.share:.1%} [{self.low:.1%}, {self.high:.1%}] of {self.of}"


def share_of(right: list[int], of: list[int], seed: int = 0) -> Share:
    """Return the share of `right` in `of`, summed over units that are drawn whole.

    What stands in one unit (a family, a topic) goes up and down together, so units are drawn.
    """
    hits, totals = np.array(right, np.int64), np.array(of, np.int64)
    if not totals.sum():
        return Share(float("nan"), float("nan"), float("nan"), 0)
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(hits), (DRAWS, len(hits)))
    some = totals[drawn].sum(1)
    shares = hits[drawn].sum(1)[some > 0] / some[some > 0]
    low, high = np.quantile(shares, [0.025, 0.975])
    return Share(float(hits.sum() / totals.sum()), float(low), float(high), int(totals.sum()))


def content(topics: pl.DataFrame, language: str = "en") -> Words:
    """Return the content words of each topic's name."""
    joining = joining_words(language)
    cut = words_of(topics["name"].to_list())
    return {
        topic: frozenset(cut[name]) - joining
        for topic, name in topics.select("topic_id", "name").iter_rows()
    }


def families(topics: pl.DataFrame) -> list[list[str]]:
    """Return the topics that stand side by side, those with a name only."""
    named = topics.filter(pl.col("name").fill_null("") != "")
    return named.group_by("parent_id", maintain_order=True).agg("topic_id")["topic_id"].to_list()


def sibling_overlap(topics: pl.DataFrame, words: Words) -> Share:
    """Share of sibling pairs whose names share a content word in any form."""
    pairs = [list(combinations(family, 2)) for family in families(topics)]
    alike = [sum(_share_a_word(words[a], words[b]) for a, b in some) for some in pairs]
    return share_of(alike, [len(some) for some in pairs])


def duplicates(topics: pl.DataFrame, words: Words) -> dict[str, int]:
    """Count pairs of one name, and of the same content words, among siblings and among all."""
    name = dict(topics.select("topic_id", pl.col("name").str.to_lowercase()).iter_rows())
    named = [topic for topic, text in name.items() if text]
    beside = [pair for family in families(topics) for pair in combinations(family, 2)]
    everywhere = list(combinations(named, 2))
    return {
        "siblings, one name": sum(name[a] == name[b] for a, b in beside),
        "siblings, same words": sum(words[a] == words[b] for a, b in beside),
        "all, one name": sum(name[a] == name[b] for a, b in everywhere),
        "all, same words": sum(words[a] == words[b] for a, b in everywhere),
    }


def repeats_parent(topics: pl.DataFrame, words: Words) -> Share:
    """Share of topics under a parent whose content words are all in the parent's name."""
    under = topics.filter(pl.col("parent_id").is_not_null()).select("topic_id", "parent_id").rows()
    both = [(words[own], words[parent]) for own, parent in under if words[own] and words[parent]]
    said = [all(_share_a_word(frozenset({w}), above) for w in own) for own, above in both]
    return share_of([int(one) for one in said], [1] * len(said))


def coverage(topics: pl.DataFrame, words: Words, texts: pl.DataFrame) -> tuple[float, float]:
    """How much of a parent its name covers: of its conversations, and of its children.

    The first is the mean share of a parent's conversations (`texts`: topic_id of the leaf, text)
    that say a word of its name in any form. The second is the mean share of its children, weighted
    by conversations, where a tenth of the conversations do.
    """
    said = tokens(texts.with_row_index("row")).unique().group_by("row").agg("token")
    use = dict(said.iter_rows())
    leaves = texts["topic_id"].to_list()
    above = dict(topics.select("topic_id", "parent_id").iter_rows())
    shares, covered = [], []
    vocabulary = frozenset(word for some in use.values() for word in some)
    for parent in topics.filter(pl.col("level") > 0, pl.col("name") != "")["topic_id"]:
        forms = {w for w in vocabulary if any(akin(w, own) for own in words[parent])}
        child = {leaf: _child_under(leaf, parent, above) for leaf in set(leaves)}
        rows = [
            (child[leaf], not forms.isdisjoint(use.get(row, ())))
            for row, leaf in enumerate(leaves)
            if child[leaf] is not None
        ]
        inside = pl.DataFrame(rows, schema=["child", "says"], orient="row")
        by_child = inside.group_by("child").agg(pl.col("says").mean(), pl.len())
        weight = by_child["len"] / by_child["len"].sum()
        shares.append(float(inside["says"].mean()))  # type: ignore[arg-type]
        covered.append(float(((by_child["says"] >= 0.1) * weight).sum()))
    return float(np.mean(shares)), float(np.mean(covered))


def fidelity(names: Vectors, centroids: Vectors, nearest: int = NEAREST) -> tuple[Share, float]:
    """Does the vector of a name (k, d) lie nearest to its own centroid (k, d)?

    Told from the `nearest` other centroids: the share of first ranks, and the mean reciprocal one.
    """
    unit = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)
    alike, fit = unit @ unit.T, names @ unit.T
    ranks = []
    for row in range(len(unit)):
        others = np.delete(np.argsort(-alike[row], kind="stable"), 0)
        others = others[others != row][:nearest]
        ranks.append(1 + int((fit[row, others] >= fit[row, row]).sum()))
    first = share_of([int(rank == 1) for rank in ranks], [1] * len(ranks))
    return first, float(np.mean([1 / rank for rank in ranks]))


def odd_one_out(
    topics: pl.DataFrame,
    leaf_ids: list[str],
    labels: NDArray[np.int64],
    vectors: Vectors,
    names: Vectors,
    *,
    trials: int = 20,
    seed: int = 0,
) -> Share:
    """Share of trials in which a leaf's name (k, d) finds the stranger among six; chance is 1/6.

    Five members and one of the nearest sibling leaf; the stranger must be the farthest from the
    name. `labels` (n,) are rows of `leaf_ids` and of `names`. Leaves without a sibling sit out.
    """
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(labels == row) for row in range(len(leaf_ids))]
    centres = np.stack([vectors[held].mean(0) for held in rows])
    place = {topic: row for row, topic in enumerate(leaf_ids)}
    right, of = [], []
    for family in families(topics):
        held = [place[topic] for topic in family if topic in place]
        for own in held:
            others = [row for row in held if row != own]
            if not others or len(rows[own]) < SHOWN:
                continue
            stranger = others[int(np.argmax(centres[others] @ centres[own]))]
            found = 0
            for _ in range(trials):
                shown = random.choice(rows[own], SHOWN, replace=False)
                six = np.append(shown, random.choice(rows[stranger]))
                found += int(np.argmin(vectors[six] @ names[own]) == SHOWN)
            right.append(found)
            of.append(trials)
    return share_of(right, of)


def _share_a_word(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(akin(a, b) for a in one for b in other)


def _child_under(leaf: str, parent: str, above: Mapping[str, str | None]) -> str | None:
    """The child of `parent` in which `leaf` lies, None where it lies in none."""
    topic: str | None = leaf
    while topic is not None and above.get(topic) != parent:
        topic = above.get(topic)
    return topic
