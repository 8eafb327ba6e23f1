"""All facets of a batch of conversations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from clio_assets.config import Settings
from clio_assets.facets.concern import concern_levels
from clio_assets.facets.custom import metadata_facets
from clio_assets.facets.language import detect_languages
from clio_assets.facets.request import PLACEHOLDERS, clean_request, without_code
from clio_assets.facets.similarity import OTHER, Embed, closest_option
from clio_assets.facets.sizes import length_bucket, turns_bucket
from clio_assets.facets.tasks import task_options

MAX_USER_CHARACTERS = 20_000
"""Of a conversation's user turns, what length and language look at: bounds a hostile one."""

MAX_USER_TURNS = 500


def facet_schema(settings: Settings) -> dict[str, pl.DataType]:
    """Return the columns of `facets`: one row a conversation, private."""
    return {
        "conversation_id": pl.String(),
        "account": pl.String(),
        "request": pl.String(),
        "task": pl.String(),
        "language": pl.String(),
        "turns": pl.String(),
        "length": pl.String(),
        "concern": pl.Int8(),
    } | {facet.name: pl.String() for facet in settings.facets.custom}


def cell_facets(settings: Settings) -> dict[str, bool]:
    """Return the facets published as cells, each with whether it is sensitive (G-09).

    The built-in ones are not: that nearly all of a topic's conversations are English, short or
    harmless is what the topic is, and tells nothing about a person in it.
    """
    built_in = dict.fromkeys(["task", "language", "turns", "length", "concern"], False)
    return built_in | {facet.name: facet.sensitive for facet in settings.facets.custom}


def extract_facets(conversations: pl.DataFrame, settings: Settings, embed: Embed) -> pl.DataFrame:
    """Return the `facets` rows of a batch of `conversations`, in its order.

    No row depends on the others, so batches may be cut anywhere. `embed` turns texts into
    L2-normalised vectors; it is not called where no facet needs it.

    Raises:
        ConfigError: `facets.languages` holds a code that is not a language's.
    """
    custom = settings.facets.custom
    texts = conversations.select(
        request=clean_request(pl.col("first_request")), said=user_text(pl.col("messages"))
    ).with_columns(plain=without_code(pl.col("said")), length=length_bucket(pl.col("said")))
    columns: dict[str, Sequence[object]] = {
        "language": detect_languages(texts["plain"].to_list(), settings.facets.languages),
        "concern": concern_levels(conversations["messages"]),
        **metadata_facets(conversations["metadata"], custom),
        **_similarity_facets(texts["request"].to_list(), settings, embed),
    }
    schema = facet_schema(settings)
    return conversations.select(
        "conversation_id",
        "account",
        texts["request"],
        turns=turns_bucket(pl.col("turns")),
        length=texts["length"],
        **{name: pl.Series(values, dtype=schema[name]) for name, values in columns.items()},
    ).select(list(schema))


def _similarity_facets(
    requests: list[str], settings: Settings, embed: Embed
) -> dict[str, list[str]]:
    lists = {"task": task_options(settings.facets)} | {
        facet.name: facet.options for facet in settings.facets.custom if facet.options is not None
    }
    # What a placeholder is close to, it is close to by accident.
    worded = [request for request in dict.fromkeys(requests) if request not in PLACEHOLDERS]
    needed = worded and any(lists.values())
    vectors = embed(worded) if needed else np.empty((len(worded), 0), dtype=np.float32)
    columns = {}
    for name, options in lists.items():
        chosen = dict(zip(worded, closest_option(vectors, options, embed), strict=True))
        columns[name] = [chosen.get(request, OTHER) for request in requests]
    return columns


def user_text(messages: pl.Expr) -> pl.Expr:
    """Return what the user wrote, bounded: what length and language look at."""
    turn = pl.element().struct
    said = pl.when(turn.field("role") == "user").then(
        turn.field("content").str.head(MAX_USER_CHARACTERS)
    )
    return (
        messages.list.eval(said)
        .list.drop_nulls()
        .list.head(MAX_USER_TURNS)
        .list.join("\n")
        .str.head(MAX_USER_CHARACTERS)
    )
