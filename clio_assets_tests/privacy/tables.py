"""Small tables for the gate's tests: who said how much about what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import polars as pl

from clio_assets.privacy.door import Opened, Release, open_door
from clio_assets.privacy.rules import RULES, Verdict
from clio_assets.privacy.thresholds import Thresholds
from clio_assets.privacy.verdicts import verdict_table

PERIOD = "2026-11-03"
INPUT = "0123456789abcdef"
NAME = "Asking for help"
SUMMARY = "People asked for help with this."


def members(sizes: Mapping[str | None, Sequence[int]], shared: bool = False) -> pl.DataFrame:
    """Members of each leaf: one account for every number, with that many conversations.

    None copies another (G-06).

    Leaves have accounts of their own unless `shared`.
    """
    ids = count()
    rows = [
        (f"c{next(ids):06}", f"{'' if shared else topic}-{number:04}", topic)
        for topic, accounts in sizes.items()
        for number, conversations in enumerate(accounts)
        for _ in range(conversations)
    ]
    schema = {"conversation_id": pl.String, "account": pl.String, "topic_id": pl.String}
    return original(pl.DataFrame(rows, schema=schema, orient="row"))


def original(people: pl.DataFrame) -> pl.DataFrame:
    """Members each of whom counts for their own account (G-06), of a first period."""
    return people.with_columns(source="account", came_from=pl.lit(None, pl.String))


def topics(tree: Mapping[str, str | None], names: Mapping[str, str] | None = None) -> pl.DataFrame:
    """The private table of topics from child -> parent; whatever is nobody's parent is a leaf."""
    parents = set(tree.values())

    def level(topic: str) -> int:
        below = [child for child, parent in tree.items() if parent == topic]
        return 1 + max(level(child) for child in below) if topic in parents else 0

    return pl.DataFrame(
        {
            "topic_id": list(tree),
            "level": [level(topic) for topic in tree],
            "parent_id": list(tree.values()),
            "name": [(names or {}).get(topic, NAME) for topic in tree],
            "summary": SUMMARY,
            "x": 0.5,
            "y": 0.5,
            "status": "new",
            "first_period": PERIOD,
            "centroid": "private",
        },
        schema_overrides={"level": pl.Int32, "parent_id": pl.String},
    )


def verdicts(
    tree: Mapping[str, str | None], thresholds: Thresholds, failing: Sequence[str] = ()
) -> pl.DataFrame:
    """Good verdicts for every topic, but a failed G-13 for those that are `failing`."""
    judged = {
        topic: [
            Verdict(
                rule.id,
                not (topic in failing and rule.id == "G-13"),
                "seen",
                rule.requirement(thresholds),
            )
            for rule in RULES
        ]
        for topic in tree
    }
    return verdict_table(PERIOD, INPUT, judged)


def texts(people: pl.DataFrame, names: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Conversations that each say every word of every name."""
    said = " ".join([SUMMARY, NAME, *(names or {}).values()])
    return people.select("conversation_id", text=pl.lit(said))


def facets(values: Mapping[str, Sequence[tuple[str, str | None]]]) -> pl.DataFrame:
    """The long table of facets from facet -> (conversation_id, value)."""
    rows = [
        (conversation, facet, value)
        for facet, given in values.items()
        for conversation, value in given
    ]
    schema = {"conversation_id": pl.String, "facet": pl.String, "value": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def release(
    tree: Mapping[str, str | None],
    people: pl.DataFrame,
    said: pl.DataFrame | None = None,
    **others: Any,
) -> Release:
    """What leaves the door: `opened`, with its other arguments by name."""
    return opened(tree, people, said, **others).release


def opened(
    tree: Mapping[str, str | None],
    people: pl.DataFrame,
    said: pl.DataFrame | None = None,
    thresholds: Thresholds | None = None,
    failing: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    noise_key: bytes | None = None,
    previous: pl.DataFrame | None = None,
) -> Opened:
    """Open the door on small tables whose stored verdicts are good unless `failing`."""
    thresholds = thresholds or Thresholds()
    return open_door(
        period=PERIOD,
        input_fingerprint=INPUT,
        verdicts=verdicts(tree, thresholds, failing),
        topics=topics(tree, names),
        members=people,
        facets=facets({}) if said is None else said,
        texts=texts(people, names),
        thresholds=thresholds,
        sensitive_facets=sensitive,
        noise_key=noise_key,
        previous=previous,
    )
