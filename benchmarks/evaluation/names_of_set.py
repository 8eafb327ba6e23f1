"""The names of one labelled set's topics, by the measures of name_quality.py."""

from __future__ import annotations

from typing import Any

import polars as pl

from benchmarks.evaluation.labelled_sets import embedded
from benchmarks.evaluation.name_quality import (
    Share,
    content,
    coverage,
    duplicates,
    fidelity,
    odd_one_out,
    repeats_parent,
    sibling_overlap,
)
from benchmarks.evaluation.platform_topics import PlatformTopics

Json = dict[str, Any]


def names_of(formed: PlatformTopics) -> Json:
    """Every measure, with 95 % intervals where they are shares."""
    table, leaves = formed.table(), formed.fit.leaves
    words = content(table)
    named = [topic for topic in leaves.ids if topic in formed.names]
    rows = [leaves.ids.index(topic) for topic in named]
    written = embedded([formed.names[topic][0] for topic in named])
    every = embedded([formed.names.get(topic, ("",))[0] for topic in leaves.ids])
    first, rank = fidelity(written, leaves.centroids[rows])
    leaf = pl.Series("topic_id", leaves.ids)[leaves.labels]
    texts = formed.of.rows.select("text").with_columns(leaf)
    same = duplicates(table, words)
    conversations, children = coverage(table, words, texts)
    return {
        "without_a_name": len(table) - len(formed.names),
        "duplicates": same["siblings, one name"],
        "near_duplicates": same["siblings, same words"],
        "same_name_anywhere": same["all, one name"],
        **_told("sibling_overlap", sibling_overlap(table, words)),
        **_told("repeats_parent", repeats_parent(table, words)),
        **_told("nearest_to_its_own", first),
        "reciprocal_rank": round(rank, 4),
        **_told(
            "odd_one_out",
            odd_one_out(table, leaves.ids, leaves.labels, formed.of.vectors, every),
        ),
        "conversations_covered": round(conversations, 4),
        "children_covered": round(children, 4),
    }


def _told(name: str, share: Share) -> Json:
    return {
        name: round(share.share, 4),
        f"{name}_ci95": [round(share.low, 4), round(share.high, 4)],
    }
