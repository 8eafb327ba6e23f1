"""Calls, settings and clients for the tests of the client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clio_assets.models.calls import Answer, AnswerSchema, Call
from clio_assets.models.client import ModelClient
from clio_assets.models.prompts import Prompt
from clio_assets.models.questions import answer_schema, question
from clio_assets.models.settings import ModelSettings

KEY = b"a key of thirty-two random bytes"
STAGES = ("screener", "facets", "names", "hierarchy", "audit")
PROMPT = Prompt("Describe the conversation.", "1-0000aaaa")
SCHEMA = answer_schema(
    "facets",
    "1",
    {
        "request": {"type": "string"},
        "concern": {"type": "integer", "minimum": 1, "maximum": 5},
    },
)


def make_calls(
    count: int,
    prompt: Prompt = PROMPT,
    schema: AnswerSchema = SCHEMA,
    word: str = "words",
) -> list[Call]:
    """Calls about different short conversations."""
    return [
        question("facets", f"c{n}", prompt, [("user", [f"{word} {n}"])], schema)
        for n in range(count)
    ]


def make_settings(
    base_url: str,
    model: str = "small",
    temperature: float | None = 0.2,
    max_output_tokens: int = 100,
    **more: Any,
) -> ModelSettings:
    """Settings for an endpoint; every stage asks the same model."""
    stage = {
        "model": model, "temperature": temperature, "max_output_tokens": max_output_tokens,
    }  # fmt: skip
    section = {"provider": "openai", "base_url": base_url, **dict.fromkeys(STAGES, stage), **more}
    return ModelSettings.model_validate(section)


def ask(
    settings: ModelSettings, store: Path, calls: list[Call], run_id: str = "run"
) -> list[Answer]:
    """Ask with a client of its own, as each run does."""
    with ModelClient(settings, store, KEY, run_id, "2026-11-01") as client:
        return client.ask(calls)


def outcomes(answers: list[Answer]) -> dict[tuple[str, str], int]:
    """Count the answers by outcome and reason."""
    counted: dict[tuple[str, str], int] = {}
    for answer in answers:
        key = (answer.outcome, answer.reason)
        counted[key] = counted.get(key, 0) + 1
    return counted
