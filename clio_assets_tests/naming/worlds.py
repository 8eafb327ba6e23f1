"""Made-up periods for a model to name: leaves of a subject each, and models that answer by rule."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl

from clio_assets.clustering.partition import means
from clio_assets.clustering.topics import topic_table
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets.models.calls import Call
from clio_assets.models.settings import ModelSettings
from clio_assets.naming.by_model import Named, name_leaves_by_model
from clio_assets.naming.names import Names
from clio_assets_tests.models.scripted import Reply, Scripted, sections

DIMENSION = 16
SYLLABLES = ["bro", "ka", "lu", "mi"]
WORDS = [f"{a}{b}{c}" for a, b, c in itertools.product(SYLLABLES, ["rat", "sel", "tin", "vom",
         "zar"], ["do", "fa", "gu", "ne", "pi", "ro"])]  # fmt: skip
"""120 words that are in no list."""

MINIMUM = 5
PEOPLE = 15


def subject(leaf: int) -> str:
    """The word that a leaf is about; its first syllable is that of one leaf in four."""
    return WORDS[37 * leaf % len(WORDS)]


@dataclass(frozen=True)
class World:
    """A period: its leaves, and of each conversation the vector and the request."""

    leaves: Level
    vectors: np.ndarray
    requests: pl.DataFrame


def world(topics: int, extra: Iterable[tuple[int, str, str]] = (), seed: int = 0) -> World:
    """Leaves of 15 accounts each, who ask about its subject; `extra` are (leaf, account, text)."""
    rows = [
        (leaf, f"a{leaf}-{n}", f"help me with {subject(leaf)} {' '.join(_tail(leaf, n))}")
        for leaf in range(topics)
        for n in range(PEOPLE)
    ]
    labels, accounts, texts = zip(*rows, *extra, strict=True)
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(topics, DIMENSION))
    vectors = centres[list(labels)] + random.normal(scale=0.05, size=(len(labels), DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    told = np.array(labels, dtype=np.int64)
    new = ["new"] * topics
    leaves = Level(
        [f"t{leaf:03}" for leaf in range(topics)],
        means(vectors, told, topics),
        told,
        new,
        ["2026-11-01"] * topics,
    )
    requests = pl.DataFrame({"account": accounts, "language": "en", "text": texts})
    return World(leaves, vectors, requests)


def _tail(leaf: int, person: int) -> tuple[str, str]:
    """Two of six words of the leaf, each used by a third of its people: so requests differ."""
    own = [f"{subject(leaf)}{end}" for end in ("ette", "ish", "ology", "ful", "ster", "wise")]
    pairs = list(itertools.combinations(own, 2))
    return pairs[person % len(pairs)]


def continuing(of: World, fit: TopicFit, names: Names) -> tuple[World, pl.DataFrame]:
    """The next period with the same topics, and the table of the one before."""
    before = topic_table(fit, of.requests["account"], names, None, 1)
    rows = np.arange(len(of.leaves.ids))
    leaves = replace(of.leaves, status=["continuing"] * len(rows))
    return replace(of, leaves=leaves), before


def by_first_word(call: Call) -> dict:
    """A model that knows one trick: it names by the subject that stands in each topic's lines."""
    shown = sections(call)
    told = {}
    for key in keys_of(call):
        lines = shown.get(f"{key} requests") or shown[f"{key} topics inside"]
        word = next(one for one in " ".join(lines).split() if one.strip(".,").lower() in WORDS)
        told[key] = {"summary": f"People ask for help with {word}", "name": f"Help with {word}"}
    return told


def by_rule(call: Call) -> dict:
    """The same, and it groups topics by the first syllable of their subject."""
    shown = sections(call)
    if "topics" in shown:
        seen = [one for one in SYLLABLES if f" {one}" in " ".join(shown["topics"])]
        return {"names": [f"All of {one}" for one in seen]}
    if "topic" in shown:
        mine = shown["topic"][0].removeprefix("Help with ")
        fitting = (one for one in shown["parents"] if one.split()[-1][:2] == mine[:2])
        return {"parent": next(fitting)}
    return by_first_word(call)


def obedient() -> Scripted:
    """A model that answers each question of naming well."""
    return Scripted(by_rule)


def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors of bags of words: texts are near where they share words."""
    vectors = np.array([np.sum([_vector(word) for word in text.split()], axis=0) for text in texts])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@cache
def _vector(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.strip(".,").casefold().encode()).digest()[:4])
    return np.random.default_rng(seed).normal(size=64)


def named(
    of: World,
    ask: Scripted,
    previous: pl.DataFrame | None = None,
    publishable: list[str] | None = None,
    models: ModelSettings | None = None,
    seed: int = 1,
) -> Named:
    """Name the leaves, all of them publishable unless said otherwise."""
    return name_leaves_by_model(
        of.leaves,
        of.vectors,
        of.requests,
        previous,
        MINIMUM,
        of.leaves.ids if publishable is None else publishable,
        ask=ask,
        models=models or ModelSettings(),
        seed=seed,
    )


def saying(**changed: str) -> Reply:
    """A good model but for some fields of its first topic."""

    def reply(call: Call) -> dict:
        told = by_first_word(call)
        told["topic_1"] |= changed
        return told

    return reply


def keys_of(call: Call) -> list[str]:
    """The topics that a call asks about."""
    return [key for key in call.schema.document["properties"] if key != "ref"]
