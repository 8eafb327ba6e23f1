"""Made-up requests: so many accounts of a topic say a thing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from clio_assets.clustering.tree import Level, TopicFit

COLUMNS = ["topic_id", "account", "language", "text"]


def said(topic: str, text: str, accounts: int, *, first: int = 0, language: str = "en") -> list:
    """One request each of `accounts` accounts, numbered from `first`."""
    return [(topic, f"a{first + n}", language, text) for n in range(accounts)]


def corpus(*rows: list) -> pl.DataFrame:
    flat = [row for some in rows for row in some]
    return pl.DataFrame(flat, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def fit_of(texts: pl.DataFrame, children: Mapping[str, list[str]] | None = None) -> TopicFit:
    """A fit whose leaves are the corpus's topics, in order, under `children`'s parents."""
    leaves = texts["topic_id"].unique(maintain_order=True).to_list()
    parents = list(children or {})
    parent_row = np.full(len(leaves), -1, dtype=np.int64)
    for number, parent in enumerate(parents):
        for leaf in (children or {})[parent]:
            parent_row[leaves.index(leaf)] = number
    labels = np.array([leaves.index(topic) for topic in texts["topic_id"]], dtype=np.int64)
    above = parent_row[labels] if len(labels) else labels
    above_of = {leaf: parent for parent, held in (children or {}).items() for leaf in held}
    return TopicFit([level(leaves, labels), level(parents, above)], above_of)


def level(ids: list[str], labels: np.ndarray) -> Level:
    none = np.zeros((len(ids), 2), np.float32)
    return Level(ids, none, labels, ["new"] * len(ids), ["p"] * len(ids))


def requests(texts: pl.DataFrame) -> pl.DataFrame:
    """The corpus as the pipeline hands it to naming: the topic is in the fit's labels."""
    return texts.select("account", "language", "text")
