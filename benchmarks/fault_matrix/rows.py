"""What a row of the matrix is: how often a fault was done, how often all invariants held."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fault_matrix.invariants import InvariantBroken
from benchmarks.fault_matrix.pipeline import Pipeline

MOST_TOLD = 500
"""Characters of a failure: dbt quotes its whole traceback."""


@dataclass
class Row:
    """One row of docs/reliability.md; `part` is an asset, a file or a case."""

    id: str
    runs: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    worst: dict[str, float] = field(default_factory=dict)
    """The highest of each figure in any run, such as `calls_ratio`."""
    seconds: float = 0.0

    @contextmanager
    def attempt(self, part: str) -> Iterator[None]:
        """Count one fault; an assertion that fails inside is told and counted, not raised."""
        self.runs[part] += 1
        try:
            yield
        except InvariantBroken as broken:
            self.failures.append(f"{self.id} {part}: {str(broken)[:MOST_TOLD]}")
        else:
            self.passed[part] += 1

    def measured(self, **figures: float) -> None:
        """Keep the worst of each figure: the highest."""
        for name, figure in figures.items():
            self.worst[name] = max(figure, self.worst.get(name, figure))

    def add(self, other: Row) -> None:
        """Take over what another process counted."""
        self.runs += other.runs
        self.passed += other.passed
        self.notes += other.notes
        self.measured(**other.worst)
        self.seconds += other.seconds
        self.failures += other.failures

    def as_json(self) -> dict[str, Any]:
        """Runs and passed, in all and by part, and the worst figures."""
        return {
            "runs": self.runs.total(),
            "passed": self.passed.total(),
            **{name: round(figure, 3) for name, figure in sorted(self.worst.items())},
            "seconds": round(self.seconds, 1),
            "parts": {
                part: {"runs": runs, "passed": self.passed[part]}
                for part, runs in self.runs.items()
            },
            "notes": dict(sorted(self.notes.items())),
            "failures": self.failures,
        }


@dataclass(frozen=True)
class Bench:
    """What every row works with.

    `stages` are copies of the home: `stages/<asset>` as it was before the asset ran on the second
    day, `stages/end` when all had run. `kills` is how often each part is killed. With `full` an
    endpoint that refuses does so for a minute, else for some seconds (F14).
    """

    pipeline: Pipeline
    stages: Path
    kills: int
    seed: int
    full: bool = False

    def random(self, *names: str) -> random.Random:
        """The same draws for a row and part, whatever ran before."""
        return random.Random("/".join((str(self.seed), *names)))  # noqa: S311 - no secrets
