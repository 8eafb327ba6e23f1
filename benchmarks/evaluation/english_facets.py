"""Facets in English as a model gives them, where the true English of every request is known."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

import orjson
import polars as pl

from benchmarks.client_cost import settings_for
from benchmarks.endpoint_stub import Json, Stub, serving
from benchmarks.stub_answers import answer, material_of
from clio_assets.config import parse_settings
from clio_assets.conversations.normalising import normalise
from clio_assets.conversations.schema import RAW_CONVERSATIONS
from clio_assets.facets.by_model import facets_by_model
from clio_assets.models.client import ModelClient

DAY = dt.date(2026, 11, 1)
CONCURRENCY = 64
MAX_CHARACTERS = 10_000
"""Of a conversation; none here is nearly as long."""


class TrueEnglish(Stub):
    """The stub, but what it says of a conversation's request and language is true."""

    def __init__(self, told: pl.DataFrame) -> None:
        """Know the `language` and the `english` of every `request`.

        A sentence may be the same in two languages, or stand for two English ones that its
        language does not tell apart: one of them is as true as the other.
        """
        super().__init__(latency=0.0, concurrency=1_000, refuse=False, dimension=1)
        self._told = {
            request: {"request": english, "language": language}
            for request, english, language in told.select(
                "request", "english", "language"
            ).iter_rows()
        }

    def said(self, name: str, schema: Json, prompt: str) -> str:  # noqa: ARG002
        """Return the facets: the true ones, and of the others what the stub says."""
        known = self._told[material_of(prompt).text.strip()]
        return orjson.dumps(answer(schema, prompt) | known).decode()


def as_conversations(labelled: pl.DataFrame) -> pl.DataFrame:
    """Return CONVERSATIONS of one user turn each, in the order of the set."""
    started = dt.datetime.combine(DAY, dt.time(), dt.UTC)
    raw = [
        {
            "conversation_id": row["conversation_id"],
            "account": row["account"],
            "started_at": started,
            "messages": [{"role": "user", "content": row["request"]}],
        }
        for row in labelled.iter_rows(named=True)
    ]
    return normalise(pl.DataFrame(raw, schema=RAW_CONVERSATIONS), (), MAX_CHARACTERS)


def english_facets(labelled: pl.DataFrame) -> pl.DataFrame:
    """Return the `facets` rows of the set, in its order, asked for one call a conversation.

    Raises:
        RuntimeError: a conversation was not answered.
    """
    with (
        serving(TrueEnglish(labelled)) as url,
        patch.dict(os.environ, {"OPENAI_API_KEY": "none"}),
        tempfile.TemporaryDirectory() as folder,
    ):
        models = settings_for(url, CONCURRENCY)
        settings = parse_settings(
            {
                "source": {"path": folder, "first_day": str(DAY)},
                "models": models.model_dump(),
            },
            base=Path(folder),
        )
        store = Path(folder) / "calls.sqlite"
        with ModelClient(models, store, b"k" * 32, "evaluation", str(DAY)) as client:
            facets, outcomes = facets_by_model(
                as_conversations(labelled), settings, models, client.ask
            )
    if len(facets) != len(labelled):
        raise RuntimeError(f"not all answered: {outcomes['outcome'].value_counts().to_dicts()}")
    return facets
