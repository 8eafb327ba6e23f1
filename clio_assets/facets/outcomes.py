"""What became of each conversation that a model was asked about."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from clio_assets.models.calls import Answer

FACET_OUTCOMES: dict[str, pl.DataType] = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "outcome": pl.String(),  # ok, refused, invalid, failed, screened
    "reason": pl.String(),  # a short code; null where the outcome is ok or screened
    "model": pl.String(),  # that answered, as the server calls it; null where none did
    "prompt_version": pl.String(),  # null where nobody was asked
}
"""One row a conversation; private."""


UNANSWERED = ("invalid", "failed")
"""Outcomes that are asked again when the day is materialized again."""


class Recorded(NamedTuple):
    """A row of FACET_OUTCOMES, without whose it is."""

    outcome: str
    reason: str | None = None
    model: str | None = None
    prompt_version: str | None = None


NOT_ASKED = Recorded("ok")
"""No word in the conversation, so there was nothing to ask."""


def recorded(answer: Answer, prompt_version: str) -> Recorded:
    """Return the outcome of one call."""
    return Recorded(
        outcome=answer.outcome,
        reason=answer.reason or None,
        model=answer.model or None,
        prompt_version=prompt_version,
    )


def answering_models(outcomes: pl.DataFrame) -> set[str]:
    """Return the models whose answers decide what the rows of FACET_OUTCOMES say."""
    decided = outcomes.filter(pl.col("outcome").is_in(["ok", "screened"]))
    return set(decided["model"].drop_nulls())


def outcomes_offline(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return the outcome rows where no model is asked: every conversation has its facets."""
    return conversations.select(
        "conversation_id",
        "account",
        **{name: pl.lit(value) for name, value in NOT_ASKED._asdict().items()},
    ).cast(dict(FACET_OUTCOMES))  # type: ignore[arg-type]
