"""Made-up leaves for a model to group, each about one field, and a model that knows the fields."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from clio_assets.clustering.hierarchy import level_sizes
from clio_assets.clustering.hierarchy_by_model import Grouping, group_by_model
from clio_assets.clustering.tree import Level
from clio_assets.models.calls import Call
from clio_assets.models.settings import StageModel
from clio_assets_tests.models.scripted import Reply, Scripted, sections
from clio_assets_tests.naming.worlds import embed

FIELDS = ["baking", "sailing", "knitting", "chess", "pottery", "falconry", "judo", "opera"]
MODEL = StageModel(max_output_tokens=2_000)


@dataclass(frozen=True)
class Period:
    """Leaves, their names, and the topics of the period before."""

    leaves: Level
    names: dict[str, tuple[str, str]]
    previous: pl.DataFrame | None = None


def cold(leaves: int, fields: int = 3) -> Period:
    """Leaf n is about field n % `fields`; its name says so, and its centroid lies by its field."""
    ids = [f"t{n:03}" for n in range(leaves)]
    around = np.random.default_rng(1).normal(size=(fields, 8))
    centroids = around[np.arange(leaves) % fields] + 0.01 * np.arange(leaves)[:, None]
    level = Level(
        ids,
        centroids.astype(np.float32),
        np.repeat(np.arange(leaves), 60),
        ["new"] * leaves,
        ["2026-11-01"] * leaves,
    )
    names = {
        topic: (f"Learn {field(n, fields)} lesson{n}", f"About {field(n, fields)}")
        for n, topic in enumerate(ids)
    }
    return Period(level, names)


def field(leaf: int, fields: int = 3) -> str:
    return FIELDS[leaf % fields]


def warm(leaves: int, parents: list[int], titles: list[str], new: int = 0) -> Period:
    """A period whose first leaves had these parents (-1: none) and whose last are new."""
    of = cold(leaves)
    old = leaves - new
    rows = [
        (of.leaves.ids[n], 0, f"p{parents[n]}" if parents[n] >= 0 else None, "name")
        for n in range(old)
    ]
    rows += [(f"p{n}", 1, None, title) for n, title in enumerate(titles)]
    previous = pl.DataFrame(
        rows,
        schema={"topic_id": pl.String, "level": pl.Int32, "parent_id": pl.String,
                "name": pl.String},
        orient="row",
    )  # fmt: skip
    status = ["continuing" if n < old else "new" for n in range(leaves)]
    return replace(of, leaves=replace(of.leaves, status=status), previous=previous)


def by_field(call: Call) -> dict:
    """A good model: proposes the fields it sees, keeps one of each, files by the field."""
    shown = sections(call)
    if "topics" in shown:
        seen = [one for one in FIELDS if any(one in line for line in shown["topics"])]
        few, many = limits(call)
        return {
            "names": [f"{some} of {one}" for some in ("All", "More") for one in seen][
                : min(many, max(few, len(seen)))
            ]
        }
    if "names" in shown:
        return {"names": sorted(shown["names"])[: limits(call)[1]]}
    mine = shown["topic"][0].split()[1]
    fitting = [name for name in sorted(shown["parents"]) if mine in name]
    return {"parent": fitting[0] if fitting else shown["parents"][0]}


def limits(call: Call) -> tuple[int, int]:
    names = call.schema.document["properties"]["names"]
    return names["minItems"], names["maxItems"]


def group(of: Period, ask: Scripted, top_topics: int = 8, model: StageModel = MODEL) -> Grouping:
    """What a model makes of one level above the leaves."""
    (wanted,) = level_sizes(len(of.leaves.ids), top_topics, 2) or [0]
    return group_by_model(
        of.leaves,
        of.names,
        of.previous,
        ask=ask,
        embed=embed,
        model=model,
        level=1,
        wanted=wanted,
        most=top_topics,
        seed=1,
    )


def families(groups: np.ndarray) -> list[set[int]]:
    return sorted(
        (set(np.flatnonzero(groups == g).tolist()) for g in np.unique(groups[groups >= 0])), key=min
    )


def kinds(ask: Scripted) -> list[str]:
    return [call.schema.name.removeprefix("parents_") for call in ask.calls]


def only(kind: str, told: dict | str) -> Reply:
    """A good model but for one kind of question."""
    return lambda call: told if call.schema.name.endswith(kind) else by_field(call)
