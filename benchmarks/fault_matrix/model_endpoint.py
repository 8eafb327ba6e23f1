"""The asset `facets` asking a model at an endpoint that fails as it is told (F05, F14 to F21)."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.fault_matrix.forking import Child, Outcome
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.pipeline import SECOND_DAY, Pipeline
from benchmarks.fault_matrix.rows import Bench, Row
from benchmarks.stub_answers import answer
from clio_assets_tests.models.fault_server import Fault, FaultServer, Script, Seen

FACETS = "facets"
MODEL, OTHER_MODEL = "small-2026-01", "small-2026-02"
STAGES = ("facets", "names", "hierarchy", "audit")
SETTLED_SECONDS = 10.0
"""What a killed process had asked for is answered or given up well within this."""


@dataclass(frozen=True)
class Day:
    """What the day's file says after `facets`: by conversation, hashes of rows and outcomes."""

    facets: dict[str, str]
    outcomes: dict[str, list[str]]
    """[outcome, reason, model]"""

    def of(self, outcome: str) -> dict[str, str]:
        """The conversations with this outcome, and the reason that stands there."""
        return {item: why for item, (found, why, _) in self.outcomes.items() if found == outcome}

    def models(self) -> Counter[str]:
        """How many answers each model gave."""
        return Counter(model for _, _, model in self.outcomes.values() if model)


@dataclass(frozen=True)
class Free:
    """The run without a fault that the others are compared with."""

    day: Day
    calls: int
    items: list[str]
    """What was asked, as `Seen.item`."""
    seconds: float


class Asked:
    """The second day, ready for `facets`, and the endpoint that is asked."""

    free: Free

    def __init__(self, bench: Bench, server: FaultServer, limits: dict[str, Any]) -> None:
        self.bench, self.server = bench, server
        self.pipeline = self.with_settings(limits=limits)
        self._limits = limits
        self.faulted: Counter[str] = Counter()
        """How often a call about an item met a fault, since `expect`."""
        self.seen: list[Seen] = []
        self.said: deque[dict[str, Any]] = deque(maxlen=3)
        """The last right answers: of two conversations or more."""
        server.answer = self._answer

    def with_settings(self, **models: Any) -> Pipeline:
        """The pipeline over the same home, with other settings of models."""
        base = self.bench.pipeline
        stages = {stage: {"model": "small"} for stage in STAGES}
        section = {"provider": "openai", "base_url": self.server.base_url} | stages | models
        return Pipeline(base.folder, base.settings.source.path, models=section)

    def allowing_mixed_models(self) -> Pipeline:
        """The same settings but for the one that F21 is about."""
        return self.with_settings(limits=self._limits, allow_mixed_models=True)

    def begin(self, script: Script = lambda _: None) -> None:
        """Make the home as it was before `facets`, nothing ever asked, and the faults to come."""
        self.pipeline.restore(self.bench.stages / FACETS)
        self.server.model = MODEL
        self.expect(script)

    def expect(self, script: Script = lambda _: None) -> None:
        """Count anew, with other faults or none."""
        self.settle()
        self.faulted.clear()
        self.seen.clear()
        self.server.calls = self.server.paid = self.server.most_in_flight = 0
        self.server.calls_of.clear()

        def counted(seen: Seen) -> Fault | None:
            self.seen.append(seen)
            fault = script(seen)
            self.faulted[seen.item] += fault is not None
            return fault

        self.server.script = counted

    def forget_day(self) -> None:
        """Put the day's file back as it was before `facets`; what was answered stays kept."""
        days = Path("private", "days")
        for file in (self.bench.stages / FACETS / days).iterdir():
            (self.pipeline.home / days / file.name).write_bytes(file.read_bytes())

    def settle(self) -> None:
        """Wait until the endpoint works on nothing that a process which has ended asked for."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while self.server.in_flight:
            require(time.monotonic() < deadline, "calls are held open after the run's end")
            time.sleep(0.01)

    def run(self, pipeline: Pipeline | None = None) -> Outcome:
        """Run `facets` with its checks to the end."""
        return (pipeline or self.pipeline).run(SECOND_DAY, [FACETS])

    def start(self) -> Child:
        """Begin to run `facets`."""
        return self.pipeline.start(SECOND_DAY, [FACETS])

    def day(self) -> Day:
        """What an independent reader finds in the day's file."""
        path = self.pipeline.home / "private" / "days" / f"{SECOND_DAY}.duckdb"
        outcome = Child(partial(_read, path), self.pipeline.log).outcome()
        require(outcome.error is None, f"{outcome.error}: {outcome.message}")
        return Day(**outcome.value)

    def right_answers(self) -> int:
        """Calls that the endpoint answered as it should, since `expect`."""
        return self.server.calls - self.faulted.total()

    def count(self, row: Row, calls: int) -> None:
        """Keep the ratio of calls made to those of the run without a fault."""
        row.measured(calls_ratio=calls / self.free.calls)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """A right answer made of the conversation's own words."""
        schema = request["response_format"]["json_schema"]["schema"]
        value: dict[str, Any] = answer(schema, request["messages"][-1]["content"])
        self.said.append(value)
        return value


@contextmanager
def asking(bench: Bench, latency: float = 0.02, **limits: Any) -> Iterator[Asked]:
    """Give an endpoint, a day before `facets`, and what a run without faults makes of it.

    Raises:
        InvariantBroken: the day does not work even without faults.
    """
    with FaultServer(latency=latency, model=MODEL) as server:
        asked = Asked(bench, server, limits)
        asked.begin()
        outcome = asked.run()
        require(outcome.error is None, f"before any fault: {outcome.message}")
        seconds = asked.seen[-1].seconds - asked.seen[0].seconds
        asked.free = Free(asked.day(), server.calls, sorted(server.calls_of), seconds)
        require(server.calls == len(server.calls_of), "a call was made twice without any fault")
        yield asked


def same_day(found: Day, expected: Day, but: set[str] | None = None) -> None:
    """I1 for `facets` and `facet_outcomes`: the same rows, but for some conversations.

    Raises:
        InvariantBroken: saying how many rows differ.
    """
    for table in ("facets", "outcomes"):
        one, other = getattr(found, table), getattr(expected, table)
        ids = (one.keys() | other.keys()) - (but or set())
        differ = sum(one.get(item) != other.get(item) for item in ids)
        require(not differ, f"{differ} rows of {table} differ")


def _read(path: Path) -> dict[str, Any]:
    with duckdb.connect(str(path), read_only=True) as con:
        facets = con.execute("SELECT conversation_id, md5(f::VARCHAR) FROM facets AS f").fetchall()
        outcomes = con.execute(
            "SELECT conversation_id, outcome, coalesce(reason, ''), coalesce(model, '') "
            "FROM facet_outcomes"
        ).fetchall()
    return {"facets": dict(facets), "outcomes": {item: said for item, *said in outcomes}}
