"""A plausible `released.duckdb` without running the pipeline: invented topics, drawn counts.

The tables are those the door writes (docs/privacy.md): counts in fives, parents that are the sum
of their children plus a rest, facet cells that never add up to more than their topic.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from clio_assets.privacy.thresholds import Thresholds

FIRST_DAY = dt.date(2026, 11, 2)

CATALOGUE: dict[str, list[str]] = {
    "Building and fixing software": [
        "Debug Python data scripts",
        "Write SQL for sales tables",
        "Style web page layouts",
        "Set up container builds",
        "Explain regular expressions",
    ],
    "Writing and editing text": [
        "Polish cover letters",
        "Shorten meeting notes",
        "Draft birthday speeches",
        "Check grammar in essays",
        "Translate product labels",
    ],
    "Home, food and travel": [
        "Plan vegetarian dinners",
        "Compare train journeys",
        "Repair garden furniture",
        "Choose indoor plants",
    ],
    "Learning and teaching": [
        "Practise fraction exercises",
        "Prepare chemistry quizzes",
        "Learn guitar chords",
        "Summarise history chapters",
    ],
    "Running a small business": [
        "Price handmade goods",
        "Plan shop opening hours",
        "Answer customer complaints",
        "Outline podcast episodes",
    ],
}
AUDIENCES = (
    *("students", "nurses", "farmers", "parents", "teachers", "drivers", "beginners", "pensioners"),
    *("gardeners", "engineers", "musicians", "volunteers", "neighbours", "travellers", "cooks"),
)
OCCASIONS = (
    *(
        "at work",
        "at home",
        "for an exam",
        "in winter",
        "on a budget",
        "in a hurry",
        "for a friend",
    ),
    *("after a move", "before a trip", "for a club", "on a phone", "in a team", "for a talk"),
    *("with children", "for a shop", "in the evening"),
)
FACETS: dict[str, dict[str, float]] = {
    "language": {"en": 0.52, "es": 0.18, "de": 0.12, "ja": 0.10, "fr": 0.08},
    "task": {"create": 0.34, "explain": 0.28, "fix": 0.20, "plan": 0.18},
    "turns": {"1": 0.45, "2-3": 0.30, "4-9": 0.20, "10+": 0.05},
    "length": {"short": 0.40, "medium": 0.40, "long": 0.20},
    "concern": {"1": 0.90, "2": 0.10},
}
SMALLEST_CELL = 15

SCHEMAS: dict[str, dict[str, Any]] = {
    "released_periods": {
        "period": pl.String,
        "period_kind": pl.String,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "version": pl.Int32,
        "mode": pl.String,
        "profile": pl.String,
        "counts_unit": pl.String,
        "conversations": pl.Int64,
        "leaf_coverage": pl.Float64,
        "top_coverage": pl.Float64,
        "topics": pl.Int32,
        "withheld": pl.Int32,
        "thresholds": pl.String,
        "input_fingerprint": pl.String,
        "configuration_fingerprint": pl.String,
        "code_version": pl.String,
        "gate_version": pl.String,
    },
    "released_topics": {
        "period": pl.String,
        "topic_id": pl.String,
        "level": pl.Int32,
        "parent_id": pl.String,
        "name": pl.String,
        "summary": pl.String,
        "conversations": pl.Int64,
        "accounts": pl.Int64,
        "share": pl.Float64,
        "x": pl.Float64,
        "y": pl.Float64,
        "status": pl.String,
        "first_period": pl.String,
    },
    "released_cells": {
        "period": pl.String,
        "topic_id": pl.String,
        "facet": pl.String,
        "value": pl.String,
        "conversations": pl.Int64,
        "share": pl.Float64,
    },
    "released_decisions": {
        "period": pl.String,
        "topic_id": pl.String,
        "rule": pl.String,
        "requirement": pl.String,
        "decision": pl.String,
    },
    "released_model_usage": {
        "period": pl.String,
        "stage": pl.String,
        "model": pl.String,
        "calls": pl.Int64,
        "tokens_in": pl.Int64,
        "tokens_out": pl.Int64,
        "tokens_cached": pl.Int64,
        "dollars": pl.Float64,
    },
}
DECISIONS = [
    ("G-01", "at least 25 accounts"),
    ("G-02", "at least 50 conversations"),
    ("G-03", "no account holds more than 10 % of it"),
    ("G-04", "at least 15 effective accounts"),
    ("G-05", "not asked for"),
    ("G-06", "at least 25 accounts that say different things"),
    ("G-08", "no single hidden topic beneath"),
    ("G-09", "cells of 15 conversations, 10 accounts"),
    ("G-10", "counts perturbed by at most 5 and rounded to it"),
    ("G-12", "no run of 6 words said by fewer than 25 accounts"),
    ("G-14", "an outsider's rules object to nothing"),
    ("G-15", "at least 50 accounts where a name is sensitive"),
    ("G-13", "plain text, no pattern hit"),
    ("G-11", "every word of the name used by at least 13 accounts"),
]

USAGE = [
    ("facets", "small", 1_500, 2_400_000, 0.41),
    ("names", "large", None, 12_000, 0.08),
    ("audit", "unpriced", 50, 0, None),
]
"""Stage, model, calls, tokens in, dollars: few calls, no tokens, no price."""


def write_released(
    path: Path,
    periods: int = 3,
    topics: int = 14,
    seed: int = 1,
    empty: Collection[int] = (),
    three_levels: bool = False,
) -> None:
    """Write `periods` daily releases of up to `topics` leaves each to a DuckDB file at `path`.

    `three_levels`: for many topics, with a group for every dozen of them between leaf and top.

    From the second period on the last leaf is born, split off the first; from the third the first
    one is gone, merged into the second; sizes drift. Periods whose index is in `empty` are releases
    in which nothing passed.
    """
    random = np.random.default_rng(seed)
    leaves = _many_leaves(topics) if three_levels else _leaves(topics)
    level = random.integers(120, 420, size=topics)
    place = _near_parents(leaves, random.normal(0, 1, size=(topics, 2)))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    born: dict[str, str] = {}
    before: list[str] = []
    for index in range(periods):
        level = np.maximum(60, level * random.normal(1, 0.15, size=topics)).astype(int)
        present = [] if index in empty else [
            leaf for leaf in range(topics)
            if not (leaf == topics - 1 and index == 0 < periods - 1)
            and not (leaf == 0 and index >= 2)
        ]  # fmt: skip
        day = FIRST_DAY + dt.timedelta(days=index)
        shown = [(*leaves[i], _fives(level[i]), place[i]) for i in present]
        _add_period(rows, day, shown, born)
        if shown:
            rows["released_cells"] += _lineage(day.isoformat(), shown, before)
            before = [name for name, *_ in shown]
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (path, path.with_name(f"{path.name}.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        for name, schema in SCHEMAS.items():
            con.register("rows_in", pl.DataFrame(rows[name], schema=schema).to_arrow())
            con.execute(f"CREATE TABLE {name} AS FROM rows_in")
            con.unregister("rows_in")


def topic_id(name: str) -> str:
    """The identity a topic keeps between periods."""
    return "t-" + hashlib.sha256(name.encode()).hexdigest()[:10]


def _leaves(count: int) -> list[tuple[str, str]]:
    """(name, parent's name) of `count` leaves, spread over the parents; names repeat numbered."""
    pairs = [(name, parent) for parent, names in CATALOGUE.items() for name in names]
    order = sorted(pairs, key=lambda pair: CATALOGUE[pair[1]].index(pair[0]))
    return [
        (name if turn == 0 else f"{name} {turn + 1}", parent)
        for turn in range(-(-count // len(order)) if count else 0)
        for name, parent in order
    ][:count]


def _many_leaves(count: int) -> list[tuple[str, str]]:
    """The same for thousands, with names of their own, under numbered leaves of the catalogue."""
    tasks = [name for names in CATALOGUE.values() for name in names]
    leaves = []
    for number in range(count):
        turn, task = divmod(number, len(tasks))
        occasion, audience = divmod(turn, len(AUDIENCES))
        said = f"{tasks[task]} for {AUDIENCES[audience]} {OCCASIONS[occasion % len(OCCASIONS)]}"
        again = occasion // len(OCCASIONS)
        leaves.append(
            (said + (f" {again + 1}" if again else ""), f"{tasks[task]}, {turn // 12 + 1}")
        )
    return leaves


def _above(parent: str) -> str | None:
    """The catalogue's top over a group of `_many_leaves`; None over a top itself."""
    task = parent.rpartition(", ")[0]
    return next((top for top, names in CATALOGUE.items() if task in names), None)


def _near_parents(leaves: list[tuple[str, str]], drawn: Any) -> Any:
    """Places near the own parent, and parents near their own, as a layout of meanings has it."""
    tops = list(CATALOGUE)

    def centre(parent: str) -> Any:
        above = _above(parent)
        turn = 2 * np.pi * tops.index(above or parent) / len(tops)
        middle = 3.2 * np.array([np.cos(turn), np.sin(turn)])
        if above is None:
            return middle
        own = np.random.default_rng(int(topic_id(parent)[2:10], 16))
        return middle + own.normal(0, 0.95, size=2)

    spread = np.array([0.09 if _above(parent) else 0.9 for _, parent in leaves])
    centres = {parent: centre(parent) for _, parent in leaves}
    return np.array([centres[parent] for _, parent in leaves]).reshape(-1, 2) + (
        spread[:, None] * drawn
    )


def _add_period(
    rows: dict[str, list[dict[str, Any]]],
    day: dt.date,
    leaves: list[tuple[str, str, int, Any]],
    born: dict[str, str],
) -> None:
    period = day.isoformat()
    parents: dict[str, list[tuple[str, str, int, Any]]] = {}
    for leaf in leaves:
        parents.setdefault(leaf[1], []).append(leaf)
    rest = {parent: _fives(0.08 * sum(leaf[2] for leaf in parents[parent])) for parent in parents}
    in_topics = sum(leaf[2] for leaf in leaves) + sum(rest.values())
    total = in_topics + _fives(0.06 * in_topics)

    def add_topic(name: str, level: int, parent: str | None, count: int, place: Any) -> None:
        identity = topic_id(name)
        status = "continuing" if identity in born else "new"
        rows["released_topics"].append({
            "period": period, "topic_id": identity, "level": level,
            "parent_id": topic_id(parent) if parent else None, "name": name,
            "summary": f"People ask for help to {name[0].lower() + name[1:]}.",
            "conversations": count, "accounts": _fives(0.8 * count),
            "share": round(100 * count / total, 1), "x": float(place[0]), "y": float(place[1]),
            "status": status, "first_period": born.setdefault(identity, period),
        })  # fmt: skip
        rows["released_cells"] += _cells(period, identity, count)
        rows["released_decisions"] += [
            {"period": period, "topic_id": identity, "rule": rule,
             "requirement": requirement, "decision": "passed"}
            for rule, requirement in DECISIONS
        ]  # fmt: skip

    tops: dict[str, list[tuple[int, Any]]] = {}
    for parent, children in parents.items():
        count = sum(leaf[2] for leaf in children) + rest[parent]
        centre = np.mean([leaf[3] for leaf in children], axis=0)
        above = _above(parent)
        if above:
            tops.setdefault(above, []).append((count, centre))
        add_topic(parent, 1, above, count, centre)
        for name, _, conversations, place in children:
            add_topic(name, 0, parent, conversations, place)
    for top, groups in tops.items():
        counts, centres = zip(*groups, strict=True)
        add_topic(top, 2, None, sum(counts), np.mean(centres, axis=0))
    rows["released_cells"] += _cells(period, "*", total)
    leaf_total = sum(leaf[2] for leaf in leaves)
    rows["released_periods"].append({
        "period": period, "period_kind": "day", "period_start": day,
        "period_end": day + dt.timedelta(days=1), "version": 1, "mode": "gate",
        "profile": "internal", "counts_unit": "accounts", "conversations": total,
        "leaf_coverage": round(leaf_total / total, 2) if total else 0.0,
        "top_coverage": round(in_topics / total, 2) if total else 0.0,
        "topics": len(leaves), "withheld": 5,
        "thresholds": Thresholds().model_dump_json(),
        "input_fingerprint": hashlib.sha256(f"input {period}".encode()).hexdigest()[:16],
        "configuration_fingerprint": hashlib.sha256(b"configuration").hexdigest()[:16],
        "code_version": "1", "gate_version": "1",
    })  # fmt: skip
    # A period in which nothing passed has been paid for all the same.
    rows["released_model_usage"] += [
        {"period": period, "stage": stage, "model": model, "calls": calls, "tokens_in": tokens_in,
         "tokens_out": 80_000, "tokens_cached": tokens_in // 4_000 * 1_000, "dollars": dollars}
        for stage, model, calls, tokens_in, dollars in USAGE
    ]  # fmt: skip


def _cells(period: str, identity: str, count: int) -> list[dict[str, Any]]:
    """Cells of one topic; its identity tilts the mix, so that lifts differ from 1."""
    tilt = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], "big")
    cells = []
    for number, (facet, mix) in enumerate(FACETS.items()):
        weights = np.array(list(mix.values()))
        if identity != "*":
            weights = weights.copy()
            weights[(tilt + number) % len(weights)] *= 1.8
        shares = 0.98 * weights / weights.sum()
        for value, share in zip(mix, shares, strict=True):
            conversations = int(share * count) // 5 * 5
            if conversations >= SMALLEST_CELL:
                cells.append({
                    "period": period, "topic_id": identity, "facet": facet, "value": value,
                    "conversations": conversations, "share": round(100 * conversations / count, 1),
                })  # fmt: skip
    return cells


def _lineage(
    period: str, leaves: list[tuple[str, str, int, Any]], before: list[str]
) -> list[dict[str, Any]]:
    """Cells of where leaves come from: most from themselves, a new one from the first two before.

    What the leaves that are gone would have held is in the first leaf.
    """
    now = {name: (parent, count) for name, parent, count, _ in leaves}
    flows = [(name, name if name in before else before[0], 0.8) for name in now if before]
    flows += [(name, before[1], 0.2) for name in now if before[1:] and name not in before]
    flows += [(next(iter(now)), name, 0.1) for name in before if name not in now]
    cells: dict[tuple[str, str], int] = {}
    whole = dict.fromkeys([*now, *(parent for parent, _ in now.values()), "*"], 0)
    for name, (parent, count) in now.items():
        for node in (name, parent, "*"):
            whole[node] += count
        for _, origin, part in [flow for flow in flows if flow[0] == name]:
            told = max(SMALLEST_CELL, _fives(part * count))
            for node in (name, parent, "*"):
                cells[node, origin] = cells.get((node, origin), 0) + told
    return [
        {"period": period, "topic_id": node if node == "*" else topic_id(node),
         "facet": "came_from", "value": topic_id(origin), "conversations": told,
         "share": round(100 * told / whole[node], 1)}
        for (node, origin), told in cells.items()
    ]  # fmt: skip


def _fives(count: float) -> int:
    return 5 * round(count / 5)
