"""One request for vectors to an OpenAI-compatible endpoint, through the openai package.

Its `post` keeps connections, keys and errors; its typed answer is left aside, because that turns
each vector into a list of Python floats.
"""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from clio_assets.config import ConfigError, EmbeddingSettings
from clio_assets.models.faults import Fault, of_exception, of_status
from clio_assets.models.identity import OPENAI

if TYPE_CHECKING:
    import openai

_CONNECT_SECONDS = 5.0
_NO_KEY = "none"
"""Local servers want no key, and the openai package wants one."""


@dataclass(frozen=True)
class EmbeddingEndpoint:
    """Where vectors are asked for, and how hard."""

    model: str
    base_url: str | None = None
    api_key_variable: str = "OPENAI_API_KEY"
    batch_size: int = 128
    """Texts a request; OpenAI takes 2,048 of them and 300,000 tokens."""
    concurrency: int = 4
    deadline_seconds: float = 60
    max_retries: int = 5

    @property
    def address(self) -> str:
        """Where requests are sent; never taken from the environment, so that it is known."""
        return (self.base_url or OPENAI).rstrip("/")

    @property
    def identity(self) -> str:
        """Name the model and its endpoint, for fingerprints; asks nobody."""
        return f"{self.model} ({self.address})"


def endpoint_of(settings: EmbeddingSettings) -> EmbeddingEndpoint:
    """Return the endpoint that the section `embeddings` names."""
    return EmbeddingEndpoint(
        model=settings.model,
        base_url=settings.base_url,
        api_key_variable=settings.api_key_variable,
        batch_size=settings.batch_size,
        concurrency=settings.concurrency,
        deadline_seconds=settings.deadline_seconds,
        max_retries=settings.max_retries,
    )


@dataclass(frozen=True)
class Vectors:
    """What a batch became: unit float32 vectors (n, d), and who says to have made them."""

    vectors: np.ndarray
    model: str
    tokens: int | None
    """None where the server does not say."""


def client_of(endpoint: EmbeddingEndpoint) -> openai.AsyncOpenAI:
    """Return a client for one event loop.

    Raises:
        ConfigError: there is no key, or one that could be none.
    """
    import openai

    variable = endpoint.api_key_variable
    key = os.environ.get(variable, "").strip()
    if not key and endpoint.address == OPENAI:
        raise ConfigError(f"{OPENAI} wants a key: set {variable} (`embeddings.api_key_variable`).")
    # One that cannot stand in a header would be quoted by the error that says so.
    if not key.isascii() or not key.isprintable():
        raise ConfigError(
            f"The key in {variable} (`embeddings.api_key_variable`) holds characters that no key "
            "has: copy it again."
        )
    seconds = min(_CONNECT_SECONDS, endpoint.deadline_seconds)
    return openai.AsyncOpenAI(
        api_key=key or _NO_KEY,
        base_url=endpoint.address,
        max_retries=0,  # ours know a wrong setting from a passing fault
        timeout=openai.Timeout(None, connect=seconds),  # the deadline is kept outside, for all
        http_client=openai.DefaultAioHttpClient(),
    )


async def request_vectors(
    client: openai.AsyncOpenAI, endpoint: EmbeddingEndpoint, batch: list[str]
) -> Vectors | Fault:
    """Make one attempt at a batch."""
    import aiohttp
    import httpx2  # what the openai package is built on
    import openai

    body = {
        "model": endpoint.model,
        # An empty text is refused (OpenAI: 400); a space is not.
        "input": [text or " " for text in batch],
        "encoding_format": "base64",
    }
    try:
        async with asyncio.timeout(endpoint.deadline_seconds):
            response = await client.post("/embeddings", cast_to=httpx2.Response, body=body)
    except TimeoutError:
        return Fault("again", "deadline", may_be_paid=True)
    except openai.APIStatusError as error:
        return of_status(error.status_code, error.body, error.response.headers)
    except (openai.APIError, aiohttp.ClientError, httpx2.InvalidURL) as error:
        return of_exception(error)
    return read_vectors(response.content, len(batch)) or Fault("again", "no_vectors")


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


def sentence(endpoint: EmbeddingEndpoint, reason: str) -> str:
    """Say what to do about a fault that will not pass, by its code."""
    url = endpoint.address
    model = f"`embeddings.model` ({endpoint.model})"
    key = f"the key in {endpoint.api_key_variable} (`embeddings.api_key_variable`)"
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
