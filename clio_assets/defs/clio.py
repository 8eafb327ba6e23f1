"""The resource every asset uses: settings, storage, the account key and the embedding model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.config import Settings
from clio_assets.defs.partitions import days_of, period_start, previous_period
from clio_assets.privacy.pseudonyms import key_identity, load_key, pseudonymiser
from clio_assets.release.withdraw import release_store
from clio_assets.storage.duckfile import DuckFile, StorageError
from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore

if TYPE_CHECKING:
    from clio_assets.models.embedding import Embedder


@dataclass(frozen=True)
class Clio:
    """One configured pipeline; cheap to make, heavy parts load when first used."""

    settings: Settings

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
        return load_key(self.settings.accounts)

    @property
    def pseudonym(self) -> Callable[[str], str]:
        """Account id to pseudonym."""
        return pseudonymiser(self.key)

    @property
    def key_identity(self) -> str:
        """Names the key without telling it."""
        return key_identity(self.key)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model, loaded once a process."""
        from clio_assets.models.embedding import load_embedder

        return load_embedder(self.settings.embeddings)

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors (n, d) of texts."""
        return self.embedder.embed(texts)

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

    def facets(self, period: str, names: list[str]) -> pl.DataFrame:
        """Conversation_id and the named facets of a period's days."""
        frames = [
            self.layout.day(day).read("facets", ["conversation_id", *names])
            for day in self.days(period)
        ]
        return pl.concat(frames)

    def previous(self, period: str) -> str | None:
        """Key of the period whose topics `period` carries on; None for a cold start."""
        if self.settings.topics.cold_start:
            return None
        start = dt.date.fromisoformat(period)
        first = period_start(self.settings.period, self.settings.source.first_day)
        if start <= first:
            return None
        return str(previous_period(self.settings.period, start))
