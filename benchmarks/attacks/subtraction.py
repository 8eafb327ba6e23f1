"""A-5: what a reader of one release can compute by adding and subtracting its figures.

Random periods are released. The reader knows every figure of the release, solves for every cell
that is hidden because it breaks the cell rule, and looks for a rest that holds one hidden topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import polars as pl

from benchmarks.attacks.outcome import Outcome
from clio_assets.privacy import placement as placing
from clio_assets.privacy.complementary import FacetTable
from clio_assets.privacy.placement import Placement
from clio_assets_tests.privacy.analyst import computable, database, hidden_cells
from clio_assets_tests.privacy.random_worlds import World, random_world, released

RELEASES, FEW = 150, 25


def attack(folder: Path, small: bool) -> Outcome:  # noqa: ARG001
    """Attack random releases, and the same without complementary suppression and G-08."""
    worlds = [_world(seed) for seed in range(FEW if small else RELEASES)]
    hidden, cells, topics = _recovered(worlds)
    with _only_what_fails_is_hidden():
        _, cells_without, topics_without = _recovered(worlds)
    figures = {
        "releases": len(worlds),
        "suppressed_cells": hidden,
        "cells_recovered": cells,
        "topics_recovered": topics,
        "cells_recovered_gate_off": cells_without,
        "topics_recovered_gate_off": topics_without,
    }
    return Outcome(not cells and not topics, bool(cells_without and topics_without), figures)


def _world(seed: int) -> World:
    return random_world(
        seed,
        leaves=4 + seed % 6,
        middles=1 + seed % 3,
        tops=1 + seed % 2,
        depth=seed % 3,
        size=200 + 50 * (seed % 3),
        accounts=30 + seed % 30,
    )


def _recovered(worlds: list[World]) -> tuple[int, int, int]:
    """Hidden cells, and of hidden cells and hidden topics those whose figure follows."""
    hidden = cells = topics = 0
    for world in worlds:
        release, placement = released(world)
        with database(world, release, placement) as con:
            hidden += len(hidden_cells(con))
            cells += len(computable(con))
        topics += _rests_of_one(world, placement)
    return hidden, cells, topics


def _rests_of_one(world: World, placement: Placement) -> int:
    """Rests in which one hidden topic is: their figure is that topic's."""
    return (
        placement.counted.filter(~pl.col("node").is_in(placement.topics))
        .select("conversation_id", "node")
        .join(world.people.select("conversation_id", "topic_id"), on="conversation_id")
        .group_by("node")
        .agg(pl.col("topic_id").n_unique())
        .filter(pl.col("topic_id") == 1)
        .height
    )


@contextmanager
def _only_what_fails_is_hidden() -> Iterator[None]:
    with ExitStack() as broken:
        broken.enter_context(patch.object(FacetTable, "protect", lambda _, wanted: set(wanted)))
        broken.enter_context(patch.object(placing, "MIN_TOPICS_IN_REST", 1))
        yield
