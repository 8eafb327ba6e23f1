"""A question about short texts: parts between marks that no text can forge.

    [5d0c4e11 topic_1 requests]
    book a train to the coast
    [5d0c4e11 end]

Each mark carries the question's reference (`references.py`), which the answer repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clio_assets.config import ConfigError
from clio_assets.models.calls import AnswerSchema, Call, Stage
from clio_assets.models.prompts import Prompt
from clio_assets.models.references import (
    REFERENCE,
    REFERENCE_SCHEMA,
    check_reference,
    closing,
    reference_of,
)
from clio_assets.models.settings import StageModel
from clio_assets.models.tokens import estimate_tokens

Part = tuple[str, Sequence[str]]
"""What a mark says, and the lines under it."""

MARK_TOKENS = 24
"""Of a mark's line at most, by `estimate_tokens`."""


def question(
    stage: Stage,
    item: str,
    prompt: Prompt,
    parts: Sequence[Part],
    schema: AnswerSchema,
    check: Callable[[dict[str, Any]], None] | None = None,
) -> Call:
    """Return the call that asks `prompt` about `parts`; `schema` is one of `answer_schema`.

    `check` looks at what the schema cannot say, after the reference was found right.
    """
    reference, text = marked(parts)

    def answers_this(value: dict[str, Any]) -> None:
        check_reference(value, reference)
        if check is not None:
            check(value)

    return Call(
        stage=stage,
        item=item,
        system=prompt.text,
        user=f"{text}\n\n{closing(reference)}",
        schema=schema,
        prompt_version=prompt.version,
        check=answers_this,
    )


def answer_schema(name: str, version: str, properties: dict[str, Any]) -> AnswerSchema:
    """A closed object of the reference and `properties`, all required, in this order."""
    return AnswerSchema(name, version, closed_object({REFERENCE: REFERENCE_SCHEMA, **properties}))


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def marked(parts: Sequence[Part]) -> tuple[str, str]:
    """Return the reference and the text of the parts under their marks.

    A line break inside a line becomes a space, so that no line can look like a mark.
    """
    lines = [(mark, [" ".join(line.split()) for line in under]) for mark, under in parts]
    content = "\x1e".join("\x1f".join([mark, *under]) for mark, under in lines)
    reference = reference_of(content)
    text = [line for mark, under in lines for line in (f"[{reference} {mark}]", *under)]
    return reference, "\n".join([*text, f"[{reference} end]"])


def room_for(tokens: int, *, beside: int, stage: Stage, model: StageModel) -> int:
    """Return the tokens that a stage may fill with data, beside so many that are fixed.

    Raises:
        ConfigError: they are fewer than `tokens`.
    """
    room = model.max_input_tokens - beside
    if room < tokens:
        raise ConfigError(
            f"`models.{stage}.max_input_tokens` is {model.max_input_tokens}, and this stage's "
            f"prompt needs {beside + tokens}: raise it, with a model whose context is as long."
        )
    return room


def lines_within(lines: Sequence[str], tokens: int) -> list[str]:
    """Return the first lines that fit in `tokens` together."""
    fitting = []
    for line in lines:
        tokens -= estimate_tokens(line) + 1
        if tokens < 0:
            break
        fitting.append(line)
    return fitting
