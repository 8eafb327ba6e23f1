"""The facets of a batch of conversations, as a model reads them: one call a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from clio_assets.config import FacetSettings, Settings
from clio_assets.facets.answers import (
    facet_options,
    facets_answer_schema,
    facets_without_words,
    read_facets,
)
from clio_assets.facets.custom import metadata_facets
from clio_assets.facets.extract import facet_schema, user_text
from clio_assets.facets.outcomes import FACET_OUTCOMES, NOT_ASKED, Recorded, recorded
from clio_assets.facets.question import Question, make_question
from clio_assets.facets.request import HAS_WORD
from clio_assets.facets.screener import KEPT_OUT, kept_out
from clio_assets.facets.sizes import length_bucket, turns_bucket
from clio_assets.models.calls import AnswerError, Ask
from clio_assets.models.settings import ModelSettings
from clio_assets.models.transcript import Message


def facet_question(facets: FacetSettings, models: ModelSettings) -> Question:
    """Return what is asked about each conversation: all facets that a model fills in at once.

    Raises:
        ConfigError: `models.facets.max_input_tokens` leaves no room for a conversation.
    """
    lists = [
        "\n".join([f"`{name}`:", *(f"- {option}: {told}" for option, told in options.items())])
        for name, options in facet_options(facets).items()
    ]
    # llama.cpp makes a grammar of every pattern; other servers know some of them or refuse.
    schema = facets_answer_schema(facets, spelled_out=models.provider == "llama_cpp")
    return make_question("facets", "\n\n".join(lists), schema, models, read_facets)


def facets_by_model(
    conversations: pl.DataFrame, settings: Settings, models: ModelSettings, ask: Ask
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the `facets` rows of a batch of `conversations`, and what became of each of them.

    The first frame has only the conversations that were answered, the second (FACET_OUTCOMES) has
    them all; both keep the batch's order. Sizes and metadata facets are computed here. Where the
    user wrote no word the placeholders of the offline path stand and nobody is asked; with a
    screener such a conversation is kept out. No row depends on the others, so batches may be cut
    anywhere; equal conversations make equal calls, of which the client pays one.

    Raises:
        BudgetError: `models.max_cost_per_run` would be passed.
        ConfigError: a setting of the model's is wrong, or leaves no room for a conversation.
    """
    said = dict(with_words(conversations).select("conversation_id", "messages").iter_rows())
    without = [item for item in conversations["conversation_id"] if item not in said]
    facets, outcomes = (
        {},
        dict.fromkeys(without, NOT_ASKED if models.question is None else KEPT_OUT),
    )
    if models.question is None:
        facets = dict.fromkeys(without, facets_without_words(settings.facets))
    outcomes |= kept_out(said, models, ask)
    asked = {item: messages for item, messages in said.items() if item not in outcomes}
    found, answered = _answered(asked, facet_question(settings.facets, models), ask)
    return (
        _facet_rows(conversations, facets | found, settings),
        _outcome_rows(conversations, outcomes | answered),
    )


def with_words(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return the conversations there is something to ask about: the user wrote a word."""
    return conversations.filter(user_text(pl.col("messages")).str.contains(HAS_WORD))


def _answered(
    conversations: Mapping[str, Sequence[Message]], question: Question, ask: Ask
) -> tuple[dict[str, dict[str, Any]], dict[str, Recorded]]:
    """Facets of the conversations that were answered, outcomes of all; both by id."""
    calls = [question.about(item, messages) for item, messages in conversations.items()]
    facets, outcomes = {}, {}
    for call, answer in zip(calls, ask(calls) if calls else [], strict=True):
        outcomes[call.item] = recorded(answer, question.prompt_version)
        if answer.value is None:
            continue
        try:
            facets[call.item] = read_facets(answer.value)
        except AnswerError:
            # Kept by an earlier version, which believed more.
            outcomes[call.item] = outcomes[call.item]._replace(outcome="invalid", reason="check")
    return facets, outcomes


def _facet_rows(
    conversations: pl.DataFrame, facets: Mapping[str, dict[str, Any]], settings: Settings
) -> pl.DataFrame:
    schema = facet_schema(settings)
    ids = conversations["conversation_id"]
    kept = conversations.filter(pl.Series([item in facets for item in ids], dtype=pl.Boolean))
    rows = [facets[item] for item in kept["conversation_id"]]
    chosen = ["request", "language", "concern", *facet_options(settings.facets)]
    columns: dict[str, Sequence[Any]] = {
        **{name: [row[name] for row in rows] for name in chosen},
        **metadata_facets(kept["metadata"], settings.facets.custom),
    }
    return kept.select(
        "conversation_id",
        "account",
        turns=turns_bucket(pl.col("turns")),
        length=length_bucket(user_text(pl.col("messages"))),
        **{name: pl.Series(values, dtype=schema[name]) for name, values in columns.items()},
    ).select(list(schema))


def _outcome_rows(conversations: pl.DataFrame, outcomes: Mapping[str, Recorded]) -> pl.DataFrame:
    rows = [
        (item, account, *outcomes[item])
        for item, account in conversations.select("conversation_id", "account").iter_rows()
    ]
    return pl.DataFrame(rows, schema=FACET_OUTCOMES, orient="row")
