"""What a call costs this machine: the project's client, or the openai package alone.

python -m benchmarks.client_cost {clio,openai} URL CONVERSATIONS.jsonl.gz [--calls 4000]
    [--concurrency 64]

Both ask the same facet questions. Prints JSON: calls, seconds, calls_per_second, cpu_ms_per_call
(without imports and the first calls), failed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.stage_costs import StageCosts
from clio_assets.config import FacetSettings
from clio_assets.facets.by_model import facet_question
from clio_assets.models.calls import Call
from clio_assets.models.settings import LimitSettings, ModelSettings, StageModel

WARM_UP = 100
MODEL = StageModel(model="stub", temperature=0.2)
Run = Callable[[Sequence[Call]], int]
"""Asks all; returns how many were not answered."""


def settings_for(url: str, concurrency: int) -> ModelSettings:
    """Every stage asks the stub."""
    return ModelSettings(
        provider="openai",
        base_url=url,
        limits=LimitSettings(max_concurrency=concurrency),
        facets=MODEL,
        names=MODEL,
        hierarchy=MODEL,
        audit=MODEL,
    )


def facet_calls(file: Path, settings: ModelSettings, wanted: int) -> list[Call]:
    """The facet questions of the first `wanted` conversations of a file."""
    question = facet_question(FacetSettings(), settings)
    with gzip.open(file) as lines:
        rows = [orjson.loads(line) for _, line in zip(range(wanted), lines, strict=False)]
    return [question.about(row["conversation_id"], row["messages"]) for row in rows]


def by_clio(settings: ModelSettings, measure: Callable[[Run], None]) -> None:
    """Ask with the project's client: cache, ledger, limits and checks included."""
    from clio_assets.models.client import ModelClient

    with (
        tempfile.TemporaryDirectory() as folder,
        ModelClient(settings, Path(folder) / "calls.sqlite", b"k" * 32, "bench", "day") as client,
    ):
        measure(lambda some: sum(answer.outcome != "ok" for answer in client.ask(some)))


def by_openai(settings: ModelSettings, measure: Callable[[Run], None]) -> None:
    """Ask with the openai package as its documentation shows it, so many at a time."""
    import openai

    from clio_assets.models.structured import Dialect, request_body

    async def all_of(some: Sequence[Call]) -> int:
        turns = asyncio.Semaphore(settings.limits.max_concurrency)
        async with openai.AsyncOpenAI(
            base_url=settings.base_url, api_key="none", max_retries=0
        ) as client:

            async def one(call: Call) -> bool:
                async with turns:
                    reply = await client.chat.completions.create(
                        **request_body(call, settings.facets, Dialect())
                    )
                return not json.loads(reply.choices[0].message.content or "{}")

            return sum(await asyncio.gather(*map(one, some)))

    measure(lambda some: asyncio.run(all_of(some)))


def main() -> int:
    """Measure one of the two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client_cost", description=__doc__)
    parser.add_argument("client", choices=["clio", "openai"])
    parser.add_argument("url")
    parser.add_argument("conversations", type=Path)
    parser.add_argument("--calls", type=int, default=4_000)
    parser.add_argument("--concurrency", type=int, default=64)
    chosen = parser.parse_args()
    settings = settings_for(chosen.url, chosen.concurrency)
    calls = facet_calls(chosen.conversations, settings, chosen.calls + WARM_UP)
    costs, found = StageCosts(), {}

    def measure(run: Run) -> None:
        run(calls[:WARM_UP])
        with costs.stage("calls"):
            found["failed"] = run(calls[WARM_UP:])

    (by_clio if chosen.client == "clio" else by_openai)(settings, measure)
    asked, cost = len(calls) - WARM_UP, costs.stages["calls"]
    print(json.dumps(_result(asked, cost) | found))
    return 0


def _result(calls: int, cost: dict[str, float]) -> dict[str, Any]:
    return {
        "calls": calls,
        "seconds": cost["seconds"],
        "calls_per_second": round(calls / cost["seconds"], 1),
        "cpu_ms_per_call": round(1_000 * cost["cpu_seconds"] / calls, 3),
    }


if __name__ == "__main__":
    sys.exit(main())
