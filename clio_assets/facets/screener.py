"""The screener: an optional yes-or-no question that decides which conversations enter a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clio_assets.facets.outcomes import Recorded, recorded
from clio_assets.facets.question import Question, make_question
from clio_assets.models.calls import AnswerSchema, Ask
from clio_assets.models.questions import closed_object
from clio_assets.models.references import REFERENCE, REFERENCE_SCHEMA
from clio_assets.models.settings import ModelSettings
from clio_assets.models.transcript import Message

SCREENED = "screened"

KEPT_OUT = Recorded(SCREENED)
"""Without a word there is nothing that could answer the question with yes."""

SCHEMA = AnswerSchema(
    name="screener",
    version="1",
    document=closed_object(
        {REFERENCE: REFERENCE_SCHEMA, "answer": {"type": "string", "enum": ["yes", "no"]}}
    ),
)


def screener_question(models: ModelSettings) -> Question | None:
    """Return `models.question` as it is asked, None where there is none.

    Raises:
        ConfigError: `models.screener.max_input_tokens` leaves no room for a conversation.
    """
    if models.question is None:
        return None
    return make_question("screener", models.question, SCHEMA, models, read=lambda value: value)


def kept_out(
    conversations: Mapping[str, Sequence[Message]], models: ModelSettings, ask: Ask
) -> dict[str, Recorded]:
    """Return the outcomes of the conversations that do not enter, by id.

    A "no" is `screened`. A call without an answer keeps its conversation out too, under its own
    outcome and with `screener_` before the reason: nobody has said that it belongs in.
    """
    question = screener_question(models)
    if question is None or not conversations:
        return {}
    answers = ask([question.about(item, said) for item, said in conversations.items()])
    outcomes = {}
    for item, answer in zip(conversations, answers, strict=True):
        outcome = recorded(answer, question.prompt_version)
        if answer.value is None:
            outcomes[item] = outcome._replace(reason=f"screener_{answer.reason}")
        elif answer.value["answer"] == "no":
            outcomes[item] = outcome._replace(outcome=SCREENED)
    return outcomes
