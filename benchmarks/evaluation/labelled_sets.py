"""The labelled sets of the shared data, each request embedded as the platform embeds it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.config import EmbeddingSettings
from clio_assets.conversations.cleaning import cleaned
from clio_assets.facets.request import clean_request
from clio_assets.models.embedding import load_embedder

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[3] / "shared")) / "data"
KEPT = Path(".clio/evaluation")
"""Vectors are kept here: they take minutes, and depend on the texts and the model alone."""

LABELS = {
    "clinc150": ("intent", "domain"),
    "banking77": ("intent",),
    "xsid": ("intent", "language"),
    "mixed": ("source",),
}
"""Set -> what its conversations are labelled with, the finest first."""


@dataclass(frozen=True)
class LabelledSet:
    """n conversations, ordered by id: rows (conversation_id, account, day, started_at, language,
    text and the labels) and their unit vectors (n, d)."""

    name: str
    rows: pl.DataFrame
    vectors: NDArray[np.float32]

    def codes(self, label: str) -> NDArray[np.int64]:
        """A label's values as numbers (n,)."""
        return codes(self.rows[label])

    def where(self, keep: NDArray[np.bool_]) -> LabelledSet:
        """The conversations for which `keep` (n,) is true."""
        return LabelledSet(self.name, self.rows.filter(pl.Series(keep)), self.vectors[keep])


def codes(values: pl.Series) -> NDArray[np.int64]:
    """Values as numbers 0.., in their order."""
    return values.fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def load_set(name: str) -> LabelledSet:
    """Read one of LABELS, and embed it unless that was done before.

    Raises:
        FileNotFoundError: the shared data is not there; the message says what to set.
    """
    rows = rows_of_set(name)
    return LabelledSet(name, rows, embedded(rows["text"].to_list()))


def rows_of_set(name: str) -> pl.DataFrame:
    """Read the rows of one of LABELS (as in `LabelledSet`) without embedding them.

    Raises:
        FileNotFoundError: the shared data is not there; the message says what to set.
    """
    if not (SHARED / name).is_dir():
        raise FileNotFoundError(f"No {name} in {SHARED}: set CLIO_SHARED to what holds data/.")
    labels = pl.DataFrame(list(_lines(SHARED / name / "labels.jsonl.gz")), infer_schema_length=None)
    said = [_said(row) for path in sorted((SHARED / name).glob("2*.gz")) for row in _lines(path)]
    rows = (
        pl.DataFrame(said, infer_schema_length=None)
        .join(labels, on="conversation_id", validate="1:1")
        .with_columns(text=clean_request(cleaned(pl.col("text"))))
        .sort("conversation_id")
    )
    if "language" not in rows.columns:
        rows = rows.with_columns(language=pl.lit("en"))
    return rows


def embedded(texts: list[str]) -> NDArray[np.float32]:
    """Return unit vectors (n, d) of the packaged model."""
    embedder = load_embedder(EmbeddingSettings())
    digest = hashlib.sha256("\0".join([embedder.identity, *texts]).encode()).hexdigest()[:16]
    path = KEPT / f"{digest}.npy"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.npy")
        np.save(part, embedder.embed(texts))
        part.replace(path)
    vectors: NDArray[np.float32] = np.load(path)
    return vectors


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _said(row: dict[str, Any]) -> dict[str, Any]:
    first = next((turn["content"] for turn in row["messages"] if turn["role"] == "user"), "")
    return {
        "conversation_id": row["conversation_id"],
        "account": row["account_id"],
        "day": row["started_at"][:10],
        "started_at": row["started_at"],
        "text": first,
    }
