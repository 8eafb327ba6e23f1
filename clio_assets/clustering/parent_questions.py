"""The questions of the hierarchy: which parents, which of these are one, whose is this topic?

An answer chooses among names that it was shown. One that is on no list is snapped to the nearest
by embedding and counted, never taken for a parent of its own; a question without an answer is
decided by nearness, so that no stage is lost with it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.partition import Vectors, repeatable, squared_distances
from clio_assets.models.calls import AnswerSchema, Ask, Call
from clio_assets.models.prompts import load_prompt
from clio_assets.models.questions import answer_schema, lines_within, question, room_for
from clio_assets.models.settings import StageModel
from clio_assets.models.tokens import estimate_tokens
from clio_assets.privacy.names import MAX_NAME

NEIGHBOURHOOD = 40
"""Leaves in a neighbourhood on average (Clio, arXiv 2412.13678)."""

FEWER, MORE = 0.5, 1.5
"""How far the answers may go from the wanted number of parents (the same)."""

OUTSIDE = 10
"""Nearest leaves outside a neighbourhood that are shown with it."""

MOST_OPTIONS = 100
"""Names to choose from in one question."""

LINE_TOKENS = 60
"""Of a leaf's name and summary, about."""

NAME_TOKENS = 25
"""Of a name, about."""

FEWEST_TOKENS = 12 * LINE_TOKENS
"""Room that every question of the hierarchy needs for data."""

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to unit vectors (n, d)."""


@dataclass
class HierarchyCounts:
    """What the hierarchy took.

    calls: questions asked. carried: leaves that stayed where they were. assigned: leaves that were
    put to the model. proposed: names of parents proposed. snapped: answers that were not on the
    list. unanswered: questions without an answer. by_distance: parents were made without a model.
    """

    calls: int = 0
    carried: int = 0
    assigned: int = 0
    proposed: int = 0
    snapped: int = 0
    unanswered: int = 0
    by_distance: bool = False

    def __add__(self, other: HierarchyCounts) -> HierarchyCounts:
        """What two levels took."""
        return HierarchyCounts(
            self.calls + other.calls,
            self.carried + other.carried,
            self.assigned + other.assigned,
            self.proposed + other.proposed,
            self.snapped + other.snapped,
            self.unanswered + other.unanswered,
            self.by_distance or other.by_distance,
        )


@dataclass(frozen=True)
class Child:
    """A named leaf: its id, its name, name and summary as one text, and that text's vector (d,)."""

    topic: str
    name: str = field(repr=False)
    text: str = field(repr=False)
    vector: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True)
class Hierarchist:
    """Who is asked, and with what; `counts` grows with each question."""

    ask: Ask
    embed: Embed
    model: StageModel
    seed: int
    counts: HierarchyCounts = field(default_factory=HierarchyCounts)

    def propose(self, children: Sequence[Child], wanted: int, most: int) -> list[str]:
        """Return distinct names for about `wanted` parents, never more than `most`.

        One question a neighbourhood, and one more where there are several of these.
        """
        vectors = np.stack([one.vector for one in children])
        groups = neighbourhoods(vectors, self._neighbourhood, self.seed)
        calls, central = [], []
        for rows in groups:
            near = np.argsort(_away(vectors, vectors[rows].mean(0)), kind="stable").tolist()
            mine = set(rows)
            inside = [children[n] for n in near if n in mine]
            outside = [children[n] for n in near if n not in mine][:OUTSIDE]
            share = wanted * len(rows) / len(children)
            fewest = 2 if len(groups) == 1 else 1
            calls.append(self._proposing(inside, outside, *_range(share, fewest, most)))
            central.append(inside[0].name)
        # Its most central leaf stands for a neighbourhood without an answer.
        answers = [
            told["names"] if told else [name]
            for told, name in zip(self._answers(calls), central, strict=True)
        ]
        names = distinct([name for some in answers for name in some])
        self.counts.proposed += len(names)
        return names if len(groups) == 1 else self.deduplicate(names, wanted, most)

    def deduplicate(self, names: list[str], wanted: int, most: int) -> list[str]:
        """Return about `wanted` of `names`, one for each subject."""
        few, many = _range(wanted, 2, most)
        if len(names) <= few:
            return names
        vectors = self.embed(names)
        if len(names) > (readable := self._most("hierarchy_deduplicate")):
            rows = stand_ins(vectors, readable, self.seed)
            names, vectors = [names[row] for row in rows], vectors[rows]
        prompt = load_prompt("hierarchy_deduplicate")
        parts = [("names", names), ("wanted", [f"{few} to {many}"])]
        schema = _names_schema("kept", few, many)
        call = question("hierarchy", "parents", prompt, parts, schema)
        (told,) = self._answers([call])
        if told is None:
            return [names[row] for row in stand_ins(vectors, min(wanted, most), self.seed)]
        return distinct([names[row] for row in self._on_the_list(told["names"], names, vectors)])

    def assign(self, children: Sequence[Child], options: list[str]) -> list[int]:
        """Return for each child the row of its parent among `options`; one question a child."""
        if not children:
            return []
        vectors = self.embed(options)
        own = np.stack([one.vector for one in children])
        nearest = np.argsort(squared_distances(own, vectors), axis=1, kind="stable")
        readable = self._most("hierarchy_assign")
        answers = self._answers(
            [
                self._assigning(child, [options[row] for row in rows[:readable]])
                for child, rows in zip(children, nearest.tolist(), strict=True)
            ]
        )
        self.counts.assigned += len(children)
        rows = nearest[:, 0].tolist()
        answered = [n for n, told in enumerate(answers) if told is not None]
        said = [told["parent"] for told in answers if told is not None]
        for n, row in zip(answered, self._on_the_list(said, options, vectors), strict=True):
            rows[n] = row
        return rows

    @property
    def _neighbourhood(self) -> int:
        """Leaves in a neighbourhood on average: as many as can be read, if that is fewer."""
        return max(2, min(NEIGHBOURHOOD, self._room("hierarchy_propose") // LINE_TOKENS - OUTSIDE))

    def _most(self, prompt: str) -> int:
        """Names that can be chosen from in one question."""
        return min(MOST_OPTIONS, self._room(prompt) // NAME_TOKENS)

    def _room(self, prompt: str) -> int:
        fixed = estimate_tokens(load_prompt(prompt).text) + LINE_TOKENS
        return room_for(FEWEST_TOKENS, beside=fixed, stage="hierarchy", model=self.model)

    def _proposing(self, inside: list[Child], outside: list[Child], few: int, many: int) -> Call:
        room = self._room("hierarchy_propose")
        parts = [
            ("topics", lines_within([one.text for one in inside], room * 4 // 5)),
            ("nearest outside", lines_within([one.text for one in outside], room // 5)),
            ("wanted", [f"{few} to {many}"]),
        ]
        prompt, schema = load_prompt("hierarchy_propose"), _names_schema("proposed", few, many)
        return question("hierarchy", inside[0].topic, prompt, parts, schema)

    def _assigning(self, child: Child, options: list[str]) -> Call:
        shuffled = np.random.default_rng(_seed_of(self.seed, child.topic)).permutation(options)
        parts = [("topic", [child.text]), ("parents", shuffled.tolist())]
        schema = answer_schema("parent_chosen", "1", {"parent": _NAME})
        return question("hierarchy", child.topic, load_prompt("hierarchy_assign"), parts, schema)

    def _answers(self, calls: list[Call]) -> list[dict[str, Any] | None]:
        answers = [one.value if one.outcome == "ok" else None for one in self.ask(calls)]
        self.counts.calls += len(calls)
        self.counts.unanswered += sum(one is None for one in answers)
        return answers

    def _on_the_list(self, said: list[str], options: list[str], vectors: Vectors) -> list[int]:
        """Return the row of each name said; one that is no option is snapped to the nearest."""
        row_of = {folded(name): row for row, name in enumerate(options)}
        strange = sorted({name for name in said if folded(name) not in row_of})
        if strange:
            nearest = squared_distances(self.embed(strange), vectors).argmin(1).tolist()
            row_of |= {folded(name): row for name, row in zip(strange, nearest, strict=True)}
            self.counts.snapped += sum(name in strange for name in said)
        return [row_of[folded(name)] for name in said]


def neighbourhoods(vectors: Vectors, average: int, seed: int) -> list[list[int]]:
    """Split (n, d) vectors by k-means into groups of `average` rows on average, in row order."""
    from sklearn.cluster import KMeans

    count = max(1, round(len(vectors) / average))
    with repeatable():
        labels = KMeans(count, n_init=4, random_state=seed).fit_predict(vectors)
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]


def stand_ins(vectors: Vectors, count: int, seed: int) -> list[int]:
    """Return the rows nearest to the centres of `count` clusters: what is near counts once."""
    groups = neighbourhoods(vectors, max(1, math.ceil(len(vectors) / count)), seed)
    return [rows[int(_away(vectors[rows], vectors[rows].mean(0)).argmin())] for rows in groups]


def distinct(names: Sequence[str]) -> list[str]:
    """Names that differ in more than case and spacing, each as first written; no empty one."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), " ".join(name.split()))
    return [name for key, name in found.items() if key]


def folded(name: str) -> str:
    """A name without case and spacing."""
    return " ".join(name.split()).casefold()


_NAME = {"type": "string", "maxLength": 2 * MAX_NAME}


def _names_schema(name: str, few: int, many: int) -> AnswerSchema:
    listed = {"type": "array", "items": _NAME, "minItems": few, "maxItems": many}
    return answer_schema(f"parents_{name}", "1", {"names": listed})


def _range(wanted: float, fewest: int, most: int) -> tuple[int, int]:
    many = max(fewest, min(most, math.ceil(MORE * wanted)))
    return min(many, max(fewest, math.ceil(FEWER * wanted))), many


def _away(vectors: Vectors, point: NDArray[np.float32]) -> NDArray[np.float32]:
    away: NDArray[np.float32] = np.linalg.norm(vectors - point, axis=1)
    return away


def _seed_of(seed: int, topic: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{topic}".encode()).digest()[:8])
