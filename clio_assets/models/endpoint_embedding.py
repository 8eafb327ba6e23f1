"""Texts to vectors by an OpenAI-compatible endpoint, each text paid for once.

A vector is stored before it is used, under a keyed hash of where it was asked for, of which model,
and of its text. So a second run asks nothing, and with the store every run has the same bytes,
which endpoints do not promise.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from clio_assets.config import ConfigError
from clio_assets.models.embedding import Progress
from clio_assets.models.embedding_request import (
    EmbeddingEndpoint,
    Vectors,
    client_of,
    request_vectors,
    sentence,
)
from clio_assets.models.limits import backoff
from clio_assets.models.vector_store import VectorStore

if TYPE_CHECKING:
    import openai

_PASSING = {"again", "pushback", "unreachable"}
_LONGEST_WAIT = 600.0
"""Seconds an endpoint may ask us to wait before we give up on it."""
_PROBE = "dimension"

Place = Callable[[list[str], np.ndarray], None]


class EmbeddingError(RuntimeError):
    """The endpoint answers nobody for now; what was embedded is kept."""


@dataclass(frozen=True)
class EmbeddingUse:
    """What one batch cost, for the ledger; never a text."""

    model: str
    """The model that the server says has answered."""
    texts: int
    tokens_in: int | None
    """None where the server does not say."""
    latency_seconds: float
    retries: int


class EndpointEmbedder:
    """An endpoint's model: `dimension` d, `identity` for fingerprints, `embed` for vectors."""

    def __init__(
        self,
        endpoint: EmbeddingEndpoint,
        store_path: Path,
        key: bytes,
        used: Callable[[EmbeddingUse], None] | None = None,
    ) -> None:
        self.identity = endpoint.identity
        self._endpoint = endpoint
        self._store = VectorStore(store_path)
        self._key = key
        self._used = used

    def close(self) -> None:
        """Close the store; every vector is in it."""
        self._store.close()

    @property
    def dimension(self) -> int:
        """The length of a vector; one is asked for where the store does not know it.

        That first request goes alone, so a wrong key or model costs one.

        Raises:
            ConfigError, EmbeddingError: as `embed`.
        """
        if (known := self._store.answered(self.identity)) is not None:
            return known[1]
        asyncio.run(self._ask([_PROBE], lambda _, __: None))
        return self.dimension

    def embed(self, texts: list[str], progress: Progress | None = None) -> np.ndarray:
        """Return float32 vectors of shape (len(texts), d), L2-normalised, in the order given.

        Equal texts are sent once, and never again once they are in the store. `progress` is told
        (done, total) distinct texts.

        Raises:
            ConfigError: the endpoint will never answer as things are set.
            EmbeddingError: it does not answer now; what was embedded is kept.
        """
        distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        unique = np.empty((len(distinct), self.dimension), dtype=np.float32)
        rows = {self._named(text): row for text, row in distinct.items()}
        missing = dict(enumerate(distinct))
        for identity, vector in self._store.find(list(rows)):
            unique[rows[identity]] = np.frombuffer(vector, dtype=np.float32)
            del missing[rows[identity]]
        done = len(distinct) - len(missing)

        def place(batch: list[str], vectors: np.ndarray) -> None:
            nonlocal done
            unique[[distinct[text] for text in batch]] = vectors
            done += len(batch)
            if progress:
                progress(done, len(distinct))

        if missing:
            asyncio.run(self._ask(list(missing.values()), place))
        elif texts and progress:
            progress(done, len(distinct))
        return unique[[distinct[text] for text in texts]]

    async def _ask(self, texts: list[str], place: Place) -> None:
        """Ask for all `texts`, a batch a request; the first fault that stays stops the others."""
        size = self._endpoint.batch_size
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        turns = asyncio.Semaphore(self._endpoint.concurrency)
        async with client_of(self._endpoint) as client:

            async def embedded(batch: list[str]) -> None:
                async with turns:
                    place(batch, await self._vectors(client, batch))

            try:
                async with asyncio.TaskGroup() as group:
                    for batch in batches:
                        group.create_task(embedded(batch))
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

    async def _vectors(self, client: openai.AsyncOpenAI, batch: list[str]) -> np.ndarray:
        """Ask until there is an answer, keep it, and return it: (len(batch), d)."""
        for attempt in range(self._endpoint.max_retries + 1):
            started = time.monotonic()
            answer = await request_vectors(client, self._endpoint, batch)
            if isinstance(answer, Vectors):
                self._keep(batch, answer)
                if self._used:
                    seconds = time.monotonic() - started
                    self._used(
                        EmbeddingUse(answer.model, len(batch), answer.tokens, seconds, attempt)
                    )
                return answer.vectors
            fault = answer
            if fault.kind not in _PASSING:
                raise ConfigError(sentence(self._endpoint, fault.reason))
            wait = fault.wait or 0.0
            if attempt == self._endpoint.max_retries or wait > _LONGEST_WAIT:
                break
            await asyncio.sleep(max(backoff(attempt), wait))
        if fault.kind == "unreachable":
            raise ConfigError(sentence(self._endpoint, fault.reason))
        raise EmbeddingError(
            f"{self._endpoint.address} has not embedded a batch in {attempt + 1} attempts "
            f"({fault.reason}). What was embedded is kept: run again later, or ask for less at "
            "once with `embeddings.batch_size`."
        )

    def _keep(self, batch: list[str], answer: Vectors) -> None:
        """Store a batch's vectors, unless they cannot be compared with those before."""
        dimension = answer.vectors.shape[1]
        self._store.note_answered(self.identity, answer.model, dimension)
        if self._store.answered(self.identity) != (answer.model, dimension):
            raise ConfigError(
                f"{self._endpoint.address} now embeds with another model than before under the "
                f"name in `embeddings.model` ({self._endpoint.model}), and vectors of two models "
                "cannot be compared: name a version there that does not change, and every day "
                "will be embedded again."
            )
        identities = map(self._named, batch)
        self._store.keep(zip(identities, (row.tobytes() for row in answer.vectors), strict=True))

    def _named(self, text: str) -> bytes:
        """The keyed name of a text's vector: nobody without the key can test a guess at it."""
        canonical = orjson.dumps([self._endpoint.address, self._endpoint.model, text])
        return hmac.digest(self._key, canonical, "sha256")
