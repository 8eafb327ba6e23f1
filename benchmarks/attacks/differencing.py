"""A-4: what a reader learns who keeps every version of a period and subtracts.

Random periods are released, changed by a few accounts, and released again, as the door and G-07
allow. Counted are the figures of two published versions whose accounts differ by 1 to k - 1, by
means of SQL; and what a reader has who averages many re-runs of the same period.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np
import polars as pl

from benchmarks.attacks.outcome import Outcome
from clio_assets.privacy.door import Opened
from clio_assets.release import versions
from clio_assets.release.versions import keep_version, weigh_version
from clio_assets.storage.duckfile import DuckFile
from clio_assets_tests.privacy.random_worlds import SMALL, World, opened_on, random_world

PERIODS, FEW = 20, 5
RERUNS = 40
KEY = bytes(32)

CLOSE = """
SELECT count(*) FROM (
  SELECT topic_id, facet, value FROM (
    SELECT *, 1 AS side FROM one UNION ALL SELECT *, 2 AS side FROM other
  ) GROUP BY topic_id, facet, value, account HAVING count(*) = 1
) GROUP BY topic_id, facet, value
HAVING count(*) < $minimum
   AND (topic_id, coalesce(facet, ''), coalesce(value, '')) IN
       (SELECT (topic_id, coalesce(facet, ''), coalesce(value, '')) FROM one)
   AND (topic_id, coalesce(facet, ''), coalesce(value, '')) IN
       (SELECT (topic_id, coalesce(facet, ''), coalesce(value, '')) FROM other)
"""


def attack(folder: Path, small: bool) -> Outcome:
    """Attack versions of random periods, with G-07 and repeatable noise and without."""
    worlds = [_world(seed) for seed in range(FEW if small else PERIODS)]
    published, refused, close = _versions(folder / "on", worlds)
    with _every_version_is_published():
        published_off, _, close_off = _versions(folder / "off", worlds)
    some = worlds[:2] if small else worlds[:FEW]
    shown, _ = _averaged(some, lambda _: KEY)
    shown_off, error_off = _averaged(some, _fresh_key)
    figures = {
        "periods": len(worlds),
        "versions_published": published,
        "versions_refused": refused,
        "figures_that_differ_by_a_few": close,
        "values_of_a_figure_over_reruns": shown,
        "versions_published_gate_off": published_off,
        "figures_that_differ_by_a_few_gate_off": close_off,
        "values_of_a_figure_over_reruns_fresh_noise": shown_off,
        "error_of_the_average_fresh_noise": round(error_off, 2),
    }
    held = close == 0 and shown == 1 and refused > 0 and published > len(worlds)
    return Outcome(held, close_off > 0 and shown_off > 1 and error_off < 1, figures)


def _world(seed: int) -> World:
    return random_world(
        seed, leaves=4, middles=2, tops=1, depth=seed % 3, size=300, accounts=60, evenness=20.0
    )


def _changed(world: World, seed: int) -> Iterator[World]:
    """The same again, an account erased, three late ones, one for another, and all others."""
    people, accounts = world.people, world.people["account"].unique().sort()
    rng = np.random.default_rng(seed)
    gone, other = (str(one) for one in rng.choice(accounts.to_numpy(), 2, replace=False))

    def renamed(names: dict[str, str]) -> World:
        change = pl.col("account", "source").replace(names)
        return replace(world, people=people.with_columns(change))

    yield world
    kept = people["account"] != gone
    said = [value for value, stays in zip(world.language, kept, strict=True) if stays]
    yield replace(world, people=people.filter(kept), language=said)
    late = people.head(3).with_columns(
        conversation_id=pl.format("late-{}", "conversation_id"),
        account=pl.format("late-{}", pl.int_range(pl.len())),
        source=pl.format("late-{}", pl.int_range(pl.len())),
    )
    yield replace(world, people=pl.concat([people, late]), language=[*world.language, *said[:3]])
    yield renamed({other: "somebody else"})
    yield renamed({account: f"other {account}" for account in accounts})


def _versions(folder: Path, worlds: list[World]) -> tuple[int, int, int]:
    """Versions published and refused, and figures of two published ones that are too close."""
    published = refused = close = 0
    for seed, world in enumerate(worlds):
        file = DuckFile(folder / f"{seed}.duckdb", "")
        kept: list[pl.DataFrame] = []
        for number, changed in enumerate(_changed(world, seed)):
            release, behind = opened_on(changed, KEY)
            candidate = weigh_version(file, f"{number}", behind, SMALL.min_accounts)
            if not candidate.publishable:
                refused += 1
                continue
            keep_version(file, candidate, f"{number}", behind, release.conversations)
            kept.append(behind)
        published += len(kept)
        close += sum(_too_close(one, other) for one, other in combinations(kept, 2))
    return published, refused, close


def _too_close(one: pl.DataFrame, other: pl.DataFrame) -> int:
    with duckdb.connect() as con:
        con.register("one", one.to_arrow())
        con.register("other", other.to_arrow())
        return len(con.execute(CLOSE, {"minimum": SMALL.min_accounts}).fetchall())


@contextmanager
def _every_version_is_published() -> Iterator[None]:
    with patch.object(versions, "figures_too_close", lambda *_: 0):
        yield


def _averaged(worlds: list[World], key: Callable[[int], bytes]) -> tuple[int, float]:
    """The most values that any figure shows over re-runs, and how far the average is from it."""
    most, errors = 0, []
    for world in worlds:
        exact = _leaf_counts(opened_on(world), world)
        shown = [_told(opened_on(world, key(run))) for run in range(RERUNS)]
        for topic, count in exact.items():
            values = [told[topic] for told in shown]
            most = max(most, len(set(values)))
            errors.append(abs(float(np.mean(values)) - count))
    return most, float(np.mean(errors))


def _told(opened: Opened) -> dict[str, int]:
    return dict(opened.release.topics_frame.select("topic_id", "conversations").iter_rows())


def _leaf_counts(opened: Opened, world: World) -> dict[str, int]:
    leaves = opened.release.topics_frame.filter(level=0)["topic_id"]
    counts = world.people.group_by("topic_id").len()
    return dict(counts.filter(pl.col("topic_id").is_in(leaves.implode())).iter_rows())


def _fresh_key(run: int) -> bytes:
    return hashlib.sha256(str(run).encode()).digest()
