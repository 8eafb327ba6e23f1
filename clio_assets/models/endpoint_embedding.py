"""Texts to vectors by an OpenAI-compatible endpoint, each text paid for once.

A vector is stored before it is used, under a keyed hash of where it was asked for, of which model,
and of its text. So a second run asks nothing, and with the store every run has the same bytes,
which endpoints do not promise.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson

from clio_assets.config import ConfigError, EmbeddingSettings
from clio_assets.models.background import Background
from clio_assets.models.embedding import Progress
from clio_assets.models.embedding_request import (
    Vectors,
    request_vectors,
    sentence,
)
from clio_assets.models.endpoint import Endpoint
from clio_assets.models.limits import backoff
from clio_assets.models.vector_store import VectorStore

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


class Payer(Protocol):
    """Who notes what each request cost, and may forbid the next (`embedding_costs.py`)."""

    async def reserve(self, texts: list[str]) -> float:
        """Set dollars aside for a request; BudgetError where there are none left."""

    def paid(self, texts: list[str], use: EmbeddingUse, set_aside: float) -> None:
        """A request has brought vectors, and they are kept."""

    def unpaid(self, set_aside: float) -> None:
        """A request has brought none."""


class EndpointEmbedder:
    """An endpoint's model: `dimension` d, `identity` for fingerprints, `embed` for vectors.

    Set `payer` to have the requests noted and a budget kept.
    """

    def __init__(
        self,
        settings: EmbeddingSettings,
        store_path: Path,
        key: bytes,
        payer: Payer | None = None,
    ) -> None:
        self.identity = settings.endpoint_identity
        self._settings = settings
        self._store = VectorStore(store_path)
        self._key = key
        self.payer = payer
        self._background = Background()
        self._stopped = False

    def close(self) -> None:
        """Close the store; every vector is in it."""
        self._background.close(_nothing)
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
        self._run(self._ask([_PROBE], lambda _, __: None))
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
            self._run(self._ask(list(missing.values()), place))
        elif texts and progress:
            progress(done, len(distinct))
        return unique[[distinct[text] for text in texts]]

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._stopped = False
        self._background.run(work, stop=self._stop)

    def _stop(self) -> None:
        """Begin no other request; what is in flight will be paid for and is kept."""
        self._stopped = True

    async def _ask(self, texts: list[str], place: Place) -> None:
        """Ask for all `texts`, a batch a request; after a fault that stays no other is begun."""
        size = self._settings.batch_size
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        at_once = self._settings.concurrency
        turns = asyncio.Semaphore(at_once)
        endpoint = Endpoint(self._settings, at_once, self._settings.deadline_seconds)
        faults: list[Exception] = []

        async def embedded(batch: list[str]) -> None:
            async with turns:
                if self._stopped:
                    return
                try:
                    place(batch, await self._paid_vectors(endpoint, batch))
                except Exception as error:
                    # What is in flight beside it will be paid for, and is kept.
                    faults.append(error)
                    self._stopped = True

        try:
            await asyncio.gather(*map(embedded, batches))
        finally:
            await endpoint.close()
        if faults:
            raise faults[0]

    async def _paid_vectors(self, endpoint: Endpoint, batch: list[str]) -> np.ndarray:
        if self.payer is None:
            return (await self._vectors(endpoint, batch))[0]
        set_aside = await self.payer.reserve(batch)
        try:
            vectors, use = await self._vectors(endpoint, batch)
        except Exception:
            self.payer.unpaid(set_aside)
            raise
        self.payer.paid(batch, use, set_aside)
        return vectors

    async def _vectors(
        self, endpoint: Endpoint, batch: list[str]
    ) -> tuple[np.ndarray, EmbeddingUse]:
        """Ask until there is an answer, keep it, and return it: (len(batch), d)."""
        for attempt in range(self._settings.max_retries + 1):
            started = time.monotonic()
            answer = await request_vectors(endpoint, self._settings, batch)
            if isinstance(answer, Vectors):
                self._keep(batch, answer)
                seconds = time.monotonic() - started
                use = EmbeddingUse(answer.model, len(batch), answer.tokens, seconds, attempt)
                return answer.vectors, use
            fault = answer
            if fault.kind not in _PASSING:
                raise ConfigError(sentence(self._settings, fault.reason))
            wait = fault.wait or 0.0
            if self._stopped or attempt == self._settings.max_retries or wait > _LONGEST_WAIT:
                break
            await asyncio.sleep(max(backoff(attempt), wait))
        if fault.kind == "unreachable":
            raise ConfigError(sentence(self._settings, fault.reason))
        raise EmbeddingError(
            f"{self._settings.address} has not embedded a batch in {attempt + 1} attempts "
            f"({fault.reason}). What was embedded is kept: run again later, or ask for less at "
            "once with `embeddings.batch_size`."
        )

    def _keep(self, batch: list[str], answer: Vectors) -> None:
        """Store a batch's vectors, unless they cannot be compared with those before."""
        dimension = answer.vectors.shape[1]
        self._store.note_answered(self.identity, answer.model, dimension)
        if self._store.answered(self.identity) != (answer.model, dimension):
            raise ConfigError(
                f"{self._settings.address} now embeds with another model than before under the "
                f"name in `embeddings.model` ({self._settings.model}), and vectors of two models "
                "cannot be compared: name a version there that does not change, and every day "
                "will be embedded again."
            )
        identities = map(self._named, batch)
        self._store.keep(zip(identities, (row.tobytes() for row in answer.vectors), strict=True))

    def _named(self, text: str) -> bytes:
        """The keyed name of a text's vector: nobody without the key can test a guess at it."""
        canonical = orjson.dumps([self._settings.address, self._settings.model, text])
        return hmac.digest(self._key, canonical, "sha256")


async def _nothing() -> None:
    """No connection outlives its batch, so there is none to close."""
