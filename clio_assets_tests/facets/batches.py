"""Settings, conversations and an embedder that needs no model."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from clio_assets.config import Settings, parse_settings
from clio_assets.conversations.schema import CONVERSATIONS


def settings_with(**facets: Any) -> Settings:
    document = {
        "source": {"path": "logs", "account": "user", "first_day": "2026-11-01"},
        "facets": {"languages": ["en", "de"], **facets},
    }
    return parse_settings(document, base=Path())


def conversations(
    *texts: str | list[str], metadata: dict[str, Any] | None = None, turns: int | None = None
) -> pl.DataFrame:
    """One conversation a text (or list of user turns), each turn answered by the assistant."""
    rows = []
    for number, text in enumerate(texts):
        said = [text] if isinstance(text, str) else text
        rows.append(
            {
                "conversation_id": f"c{number}",
                "account": f"{number:032x}",
                "started_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
                "metadata": json.dumps(metadata) if metadata is not None else None,
                "turns": len(said) if turns is None else turns,
                "messages": [
                    {"role": role, "content": content}
                    for turn in said
                    for role, content in (("user", turn), ("assistant", "Murder is a crime."))
                ],
                "first_request": said[0],
            }
        )
    return pl.DataFrame(rows, schema=CONVERSATIONS)


def bag_of_words(texts: list[str]) -> np.ndarray:
    """Unit vectors in which shared words mean similar texts; (n, 256)."""
    vectors = np.zeros((len(texts), 256), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().replace(".", " ").replace(",", " ").split():
            vectors[row, hashlib.sha256(word.encode()).digest()[0]] += 1
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1)


def no_embedder(texts: list[str]) -> np.ndarray:
    raise AssertionError("no facet needs a vector here")
