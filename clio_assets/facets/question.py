"""One question about each of many conversations: what is fixed first, then the transcript."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clio_assets.models.calls import AnswerError, AnswerSchema, Call, Stage
from clio_assets.models.prompts import load_prompt
from clio_assets.models.questions import room_for
from clio_assets.models.references import REFERENCE, check_reference, closing
from clio_assets.models.settings import ModelSettings
from clio_assets.models.tokens import estimate_tokens
from clio_assets.models.transcript import MIN_TOKENS, Message, render_transcript

CLOSING_TOKENS = 40
"""Of the line after the transcript, at most."""


@dataclass(frozen=True)
class Question:
    """What a stage asks of every conversation, and how it reads the answers."""

    stage: Stage
    system: str = field(repr=False)
    prompt_version: str
    schema: AnswerSchema
    transcript_tokens: int
    read: Callable[[dict[str, Any]], object]
    """Raises `AnswerError` for a value that keeps to the schema and is wrong all the same."""

    def about(self, conversation_id: str, messages: Sequence[Message]) -> Call:
        """Return the call for one conversation; the same content makes the same text."""
        transcript = render_transcript(messages, self.transcript_tokens)

        def check(value: dict[str, Any]) -> None:
            check_reference(value, transcript.reference)
            others = [said for name, said in value.items() if name != REFERENCE]
            if any(transcript.reference in str(said) for said in others):
                raise AnswerError(f"`{REFERENCE}` stands where another field's value belongs.")
            self.read(value)

        return Call(
            stage=self.stage,
            item=conversation_id,
            system=self.system,
            user=f"{transcript.text}\n\n{closing(transcript.reference)}",
            schema=self.schema,
            prompt_version=self.prompt_version,
            check=check,
        )


def make_question(
    stage: Stage,
    addition: str,
    schema: AnswerSchema,
    models: ModelSettings,
    read: Callable[[dict[str, Any]], object],
) -> Question:
    """Return the question of a stage: its prompt file, then `addition`, equal for all calls.

    Raises:
        ConfigError: `max_input_tokens` of the stage leaves no room for a conversation.
    """
    prompt = load_prompt(stage)
    system = f"{prompt.text}\n\n{addition}"
    fixed = estimate_tokens(system + json.dumps(schema.document)) + CLOSING_TOKENS
    room = room_for(MIN_TOKENS, beside=fixed, stage=stage, model=models.of(stage))
    return Question(stage, system, prompt.version, schema, room, read)
