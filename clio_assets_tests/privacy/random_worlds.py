"""Random periods: a tree of topics, members with heavy accounts, copied prompts, one facet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from clio_assets.privacy.door import Opened, Release
from clio_assets.privacy.placement import Placement, place
from clio_assets.privacy.thresholds import CellThresholds, Thresholds
from clio_assets_tests.privacy.tables import facets, opened, topics

SMALL = Thresholds(
    min_accounts=4,
    min_conversations=6,
    max_account_share=0.4,
    min_effective_share=0.7,
    cell=CellThresholds(
        min_conversations=4, min_accounts=3, max_account_share=0.5, max_unresolved=0
    ),
)
LANGUAGES = ["en", "es", "fr", "is"]


@dataclass(frozen=True)
class World:
    """A random period: a tree of topics, members with heavy accounts, one facet."""

    tree: dict[str, str | None]
    people: pl.DataFrame
    language: list[str | None]
    failing: list[str]


def random_world(
    seed: int,
    *,
    leaves: int,
    middles: int,
    tops: int,
    depth: int,
    size: int,
    accounts: int,
    evenness: float = 2.0,
    spread: float = 0.5,
    copied: float = 0.0,
) -> World:
    """Draw a world: `size` conversations, `depth` levels of parents, `accounts` people.

    The larger `evenness`, the more alike are the accounts' shares; the larger `spread`, the more
    alike the languages of all topics; `copied` is the share of conversations of another's template.
    """
    rng = np.random.default_rng(seed)
    tree: dict[str, str | None] = {}
    for n in range(leaves):
        tree[f"leaf{n}"] = f"mid{n % middles}" if depth else None
    for n in range(min(leaves, middles) if depth else 0):
        tree[f"mid{n}"] = f"top{n % tops}" if depth == 2 else None
    for n in range(min(leaves, middles, tops) if depth == 2 else 0):
        tree[f"top{n}"] = None
    weights = rng.dirichlet(np.full(accounts, evenness))
    kinds = [f"leaf{n}" for n in range(leaves)] + [None]
    belongs = rng.choice(len(kinds), size, p=rng.dirichlet(np.full(len(kinds), 2.0)))
    spoken = rng.dirichlet(np.full(4, spread), len(kinds))
    account = np.array([f"account{n}" for n in rng.choice(accounts, size, p=weights)], dtype=object)
    people = pl.DataFrame(
        {
            "conversation_id": [f"c{n:04}" for n in range(size)],
            "account": account.tolist(),
            "source": np.where(rng.random(size) < copied, "account0", account).tolist(),
            "topic_id": pl.Series([kinds[kind] for kind in belongs], dtype=pl.String),
            "came_from": None,
        },
        schema_overrides=dict.fromkeys(
            ("conversation_id", "account", "source", "came_from"), pl.String
        ),
    )
    language = [str(rng.choice(LANGUAGES, p=spoken[kind])) for kind in belongs]
    unknown = rng.random(size) < 0.05
    failing = [topic for topic in tree if rng.random() < 0.15]
    said = [None if hole else value for value, hole in zip(language, unknown, strict=True)]
    return World(tree, people, said, failing)


def opened_on(
    world: World, noise_key: bytes | None = None, previous: Sequence[str] | None = None
) -> Opened:
    """Open the door on a world.

    Where the leaves released before are given, the languages are no facet but where each
    conversation comes from.
    """
    said = list(zip(world.people["conversation_id"], world.language, strict=True))
    told, people, before = facets({"language": said}), world.people, None
    if previous is not None:
        people = people.with_columns(came_from=pl.Series(world.language, dtype=pl.String))
        told, before = facets({}), topics(dict.fromkeys(previous))
    return opened(
        world.tree, people, told, SMALL, world.failing, noise_key=noise_key, previous=before
    )


def released(world: World, previous: Sequence[str] | None = None) -> tuple[Release, Placement]:
    """What is released of a world, and where each of its conversations is counted."""
    found = opened_on(world, previous=previous).release
    passing = found.topics_frame["topic_id"].to_list()
    return found, place(topics(world.tree), world.people, passing, SMALL)
