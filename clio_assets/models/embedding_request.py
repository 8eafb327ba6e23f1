"""One request for vectors to an OpenAI-compatible endpoint, and what its faults mean."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from clio_assets.config import EmbeddingSettings
from clio_assets.models.endpoint import Endpoint
from clio_assets.models.faults import Fault


@dataclass(frozen=True)
class Vectors:
    """What a batch became: unit float32 vectors (n, d), and who says to have made them."""

    vectors: np.ndarray
    model: str
    tokens: int | None
    """None where the server does not say."""


async def request_vectors(
    endpoint: Endpoint, settings: EmbeddingSettings, batch: list[str]
) -> Vectors | Fault:
    """Make one attempt at a batch."""
    body = {
        "model": settings.model,
        # An empty text is refused (OpenAI: 400); a space is not.
        "input": [text or " " for text in batch],
        "encoding_format": "base64",
    }
    reply = await endpoint.post("/embeddings", body, settings.deadline_seconds)
    if reply.fault is not None:
        return reply.fault
    return read_vectors(reply.content, len(batch)) or Fault("again", "no_vectors")


def read_vectors(content: bytes, texts: int) -> Vectors | None:
    """Return the vectors in the order asked for, or None where the body is not an answer."""
    try:
        document = orjson.loads(content)
        data = sorted(document["data"], key=lambda item: item["index"])
        if [item["index"] for item in data] != list(range(texts)):
            return None
        vectors = np.stack([_vector(item["embedding"]) for item in data])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    except (ValueError, TypeError, KeyError):
        return None
    if vectors.ndim != 2 or not np.isfinite(norms).all() or not norms.all():
        return None
    model = document.get("model")
    usage = document.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return Vectors(
        vectors / norms,
        model if isinstance(model, str) else "",
        tokens if isinstance(tokens, int) else None,
    )


def sentence(settings: EmbeddingSettings, reason: str) -> str:
    """Say what to do about a fault that will not pass, by its code."""
    url = settings.address
    model = f"`embeddings.model` ({settings.model})"
    key = f"the key in {settings.api_key_variable} (`embeddings.api_key_variable`)"
    sentences = {
        "key": f"{url} refuses {key}: set the right one.",
        "no_credit": f"The account behind {key} has no credit left at {url}: top it up.",
        "forbidden": f"{url} forbids the use of {model} with {key}: choose another of them.",
        "model": f"{url} knows no model of the name in {model}: correct the name.",
        "base_url": f"{url} does not answer at the address /embeddings: correct "
        "`embeddings.base_url`, which usually ends in /v1.",
        "unreachable": f"{url} cannot be reached: see that `embeddings.base_url` is right and its "
        "server runs.",
        "context_length": f"A text is longer than {model} reads: choose a model with a larger "
        "window.",
    }
    other = f"{url} refuses to embed with {model} ({reason}): choose another model."
    return f"{sentences.get(reason, other)} What was embedded is kept."


def _vector(said: Any) -> np.ndarray:
    """Little-endian float32 in base64, or a list from servers that do not know that."""
    if isinstance(said, str):
        return np.frombuffer(base64.b64decode(said, validate=True), dtype="<f4")
    return np.array(said, dtype=np.float32)
