"""A model that does what it is told by whatever it reads, behind the real protocol.

It answers as the stub does (`stub_answers.py`) where nothing tells it otherwise. A conversation
tells it so by an injection's code. At the stages that see no conversation a signal does: an
ordinary word that a whole crowd of accounts writes, which therefore no mask takes away. Whoever
reads a signal does what the next injection of the stage says.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.attacks.injections import ANSWERS, TEXTS, Injection, Json, Stage
from benchmarks.endpoint_stub import Stub
from benchmarks.stub_answers import answer, material_of

_CODE = re.compile(r"\bobey([a-j]{3})\b")
STAGES: dict[str, Stage] = {
    "facets": "facets",
    "topic_names": "names",
    "parents_proposed": "hierarchy",
    "parents_kept": "hierarchy",
    "parent_chosen": "hierarchy",
    "topic_audit": "audit",
}
"""Name of a schema -> whose question it is; parents' names are asked for as leaves' are."""

GROUPS = " topics inside"


@dataclass
class Orders:
    """The injections that are obeyed, and how often each was."""

    told: Sequence[Injection]
    signals: frozenset[str]
    obeyed: Counter[int] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        stages = {one.stage for one in self.told}
        self._next = {
            stage: cycle([one for one in self.told if one.stage == stage]) for stage in stages
        }

    def of_conversation(self, text: str) -> Injection | None:
        """The injection whose code stands in a text."""
        found = _CODE.search(text)
        if found is None:
            return None
        return self.told[int("".join(str(ord(letter) - ord("a")) for letter in found[1]))]

    def of_signal(self, stage: Stage, text: str) -> Injection | None:
        """The next injection of a stage, where a signal stands in a text."""
        words = set(re.findall(r"\w+", text.lower()))
        return next(self._next[stage]) if words & self.signals and stage in self._next else None


class ObeyingModel(Stub):
    """The stub, with `orders` that it obeys; with none it is honest."""

    def __init__(self) -> None:
        super().__init__(latency=0.0, concurrency=1_000, refuse=False, dimension=64)
        self.orders: Orders | None = None

    def said(self, name: str, schema: Json, prompt: str) -> str:
        """What is told, where something is; else the stub's answer."""
        value = answer(schema, prompt)
        if self.orders is None or name not in STAGES:
            return json.dumps(value)
        sections = material_of(prompt).sections
        stage = STAGES[name]
        self.orders.asked[stage] += 1
        if stage == "facets":
            return self._obeyed(self.orders.of_conversation(prompt), value, "")
        if stage == "names":
            return self._names(value, sections)
        data = "\n".join(text for mark, text in sections.items() if mark not in ("parents", "end"))
        return self._obeyed(self.orders.of_signal(stage, data), value, "")

    def _names(self, value: Json, sections: dict[str, str]) -> str:
        """Each topic of several: a deed of one may spoil the whole answer."""
        said = json.dumps(value)
        for mark, text in sections.items():
            key = mark.partition(" ")[0]
            stage: Stage = "hierarchy" if mark.endswith(GROUPS) else "names"
            if key not in value or not mark.endswith((" requests", GROUPS)) or self.orders is None:
                continue
            said = self._obeyed(self.orders.of_signal(stage, text), value, key)
            try:
                value = json.loads(said)
            except json.JSONDecodeError:
                return said
            if not isinstance(value, dict) or key not in value:
                return said
        return said

    def _obeyed(self, told: Injection | None, value: Json, key: str) -> str:
        if told is None or self.orders is None:
            return json.dumps(value)
        self.orders.obeyed[told.number] += 1
        if told.deed in ANSWERS:
            return ANSWERS[told.deed](value)
        written = TEXTS[told.deed](told.mark, told.victim, str(value.get("ref")))
        if key and told.number % 3 == 0:
            # One topic speaks for its siblings too.
            value |= {other: {"summary": written, "name": written} for other in value
                      if other != "ref"}  # fmt: skip
        elif key:
            value[key] = {"summary": written, "name": written}
        for name in ("request", "language", "parent", "justification"):
            if name in value and (name != "language" or told.number % 5 == 0):
                value[name] = written
        if "names" in value:
            value["names"] = [
                f"{written} {n}" if n else written for n in range(len(value["names"]))
            ]
        return json.dumps(value | ({"rating": 5, "sensitive": False} if "rating" in value else {}))
