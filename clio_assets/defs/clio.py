"""The resource every asset uses: settings, storage, the account key and the embedding model."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.config import Settings
from clio_assets.defs.partitions import days_of, period_start, previous_period
from clio_assets.privacy.pseudonyms import (
    key_identity,
    load_key,
    pseudonymiser,
    remember_key,
)
from clio_assets.release.withdraw import release_store
from clio_assets.storage.duckfile import DuckFile, StorageError
from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore

if TYPE_CHECKING:
    from clio_assets.models.embedding import Embedder
    from clio_assets.models.endpoint_embedding import EndpointEmbedder


ROWS = 2_000
"""Conversations read at a time."""

RECENT_TEXTS = 50_000
"""Vectors kept in memory between two assets of a run: 77 MB at 384 dimensions."""


@dataclass(frozen=True)
class Clio:
    """One configured pipeline; cheap to make, heavy parts load when first used."""

    settings: Settings
    _recent: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @cached_property
    def layout(self) -> Layout:
        """Paths of the private and the release zone."""
        return Layout(self.settings.home, self.settings.period)

    @cached_property
    def releases(self) -> ReleaseStore:
        """What has been released so far."""
        return release_store(self.layout)

    @cached_property
    def key(self) -> bytes:
        """The account key (F32: a missing or rotated one refuses)."""
        key = load_key(self.settings.accounts)
        remember_key(key, self.layout.key_identity)
        return key

    @property
    def pseudonym(self) -> Callable[[str], str]:
        """Account id to pseudonym."""
        return pseudonymiser(self.key)

    @property
    def key_identity(self) -> str:
        """Names the key without telling it."""
        return key_identity(self.key)

    @property
    def model_key(self) -> bytes:
        """What answers and vectors of models are kept under: nobody without it can test a guess."""
        return hmac.digest(self.key, b"model calls", "sha256")

    @property
    def noise_key(self) -> bytes:
        """What released counts are perturbed by (G-10)."""
        return hmac.digest(self.key, b"noise of counts", "sha256")

    @cached_property
    def embedder(self) -> Embedder | EndpointEmbedder:
        """The embedding model, loaded once a process, or the endpoint's."""
        settings = self.settings.embeddings
        if settings.asks:
            from clio_assets.models.endpoint_embedding import EndpointEmbedder

            return EndpointEmbedder(settings, self.layout.vectors, self.model_key)
        from clio_assets.models.embedding import load_embedder

        return load_embedder(settings)

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors (n, d) of texts.

        `facets` and `embeddings` of a day want the same ones, and a text's vector never depends
        on what it was computed with: within a process each is computed once.
        """
        if self.settings.embeddings.asks:
            return self.embedder.embed(texts)  # kept in a store of their own
        if len(self._recent) > RECENT_TEXTS:
            self._recent.clear()
        missing = [text for text in dict.fromkeys(texts) if text not in self._recent]
        self._recent.update(zip(missing, self.embedder.embed(missing), strict=True))
        vectors = np.empty((len(texts), self.embedder.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._recent[text]
        return vectors

    def rows(self, file: DuckFile, step: str) -> int:
        """Rows that `step` last wrote to `file`."""
        state = file.state(step)
        return state.rows if state else 0

    def days(self, period: str) -> list[str]:
        """Keys of the days in a period."""
        return days_of(self.settings, period)

    def upstream(self, file: DuckFile, step: str) -> str:
        """Fingerprint of what `step` last wrote to `file`.

        Raises:
            StorageError: it has not been materialized.
        """
        state = file.state(step)
        if state is None:
            raise StorageError(
                f"`{step}` has not been materialized for {file.path.stem}: run it first."
            )
        return state.fingerprint

    def upstreams(self, period: str, step: str) -> list[str]:
        """Fingerprints of what `step` last wrote for each day of a period."""
        return [self.upstream(self.layout.day(day), step) for day in self.days(period)]

    def has(self, day: str, table: str) -> bool:
        """True where the day's table has been materialized."""
        return self.layout.day(day).state(table) is not None

    def read_day(self, day: str, table: str, columns: list[str]) -> pl.DataFrame:
        """Some columns of a day's table: every later step reads a day by this or `day_batches`."""
        return self.layout.day(day).read(table, columns)

    def day_batches(self, day: str, table: str) -> Iterator[pl.DataFrame]:
        """A day's table, ROWS rows at a time."""
        return self.layout.day(day).batches(table, ROWS)

    def facets(self, period: str, names: list[str]) -> pl.DataFrame:
        """Conversation_id and the named facets of a period's days."""
        columns = ["conversation_id", *names]
        return pl.concat([self.read_day(day, "facets", columns) for day in self.days(period)])

    def conversation_texts(
        self, period: str, roles: Collection[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Batches of (conversation_id, text): what the given roles said, or all of them."""
        said = pl.element()
        if roles is not None:
            said = said.filter(said.struct.field("role").is_in(list(roles)))
        text = pl.col("messages").list.eval(said.struct.field("content")).list.join("\n")
        for day in self.days(period):
            for batch in self.day_batches(day, "conversations"):
                yield batch.select("conversation_id", text=text)

    def previous(self, period: str) -> str | None:
        """Key of the period whose topics `period` carries on; None for a cold start."""
        if self.settings.topics.cold_start:
            return None
        start = dt.date.fromisoformat(period)
        first = period_start(self.settings.period, self.settings.source.first_day)
        if start <= first:
            return None
        return str(previous_period(self.settings.period, start))
