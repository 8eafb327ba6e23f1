"""One request to an OpenAI-compatible endpoint, through the openai package.

Its own retries are off, because they would not know of the other calls. Its typed methods are left
aside as well: its `post` keeps the connections, keys and errors without building their models. With
aiohttp underneath (the package's extra of that name) a call costs 0.6 ms of CPU; with httpx2 1.1,
because that looks at every idle connection for every request; by the typed methods 1.9 (64 in
flight, a reply at once, 2026-11-22).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clio_assets.config import ConfigError
from clio_assets.models.faults import Fault, of_exception, of_status
from clio_assets.models.rate_headers import ABOUT_LIMITS
from clio_assets.models.settings import OPENAI, EndpointSettings

_CONNECT_SECONDS = 5.0
_NO_KEY = "none"
"""Local servers want no key, and the openai package wants one."""


@dataclass(frozen=True)
class Reply:
    """An HTTP 200's body, or why there is none; the headers of either."""

    content: bytes = field(default=b"", repr=False)
    fault: Fault | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those that speak of limits, in lower case."""
    reached: bool = True
    """False where no HTTP status came back."""


class Endpoint:
    """At most `connections` to an address; made and used in one event loop.

    `longest` is what any request may take, in seconds.

    Raises:
        ConfigError: there is no key, or one that could be none.
    """

    def __init__(self, settings: EndpointSettings, connections: int, longest: float) -> None:
        import aiohttp
        import httpx2  # what the openai package is built on
        import openai

        self._status_error = openai.APIStatusError
        self._lost = (openai.APIError, aiohttp.ClientError, httpx2.InvalidURL)
        self._response_type = httpx2.Response
        self._client = openai.AsyncOpenAI(
            api_key=_key(settings),
            base_url=settings.address,
            max_retries=0,
            # The deadline of a request is kept outside, for all of it.
            timeout=openai.Timeout(None, connect=min(_CONNECT_SECONDS, longest)),
            http_client=openai.DefaultAioHttpClient(
                limits=httpx2.Limits(max_connections=connections)
            ),
        )

    async def post(self, path: str, body: dict[str, Any], seconds: float) -> Reply:
        """Send one request; the connection is closed where it takes longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.post(path, cast_to=self._response_type, body=body)
        except TimeoutError:
            return Reply(fault=Fault("again", "deadline", may_be_paid=True), reached=False)
        except self._status_error as error:
            headers = _about_limits(error.response.headers.raw)
            return Reply(fault=of_status(error.status_code, error.body, headers), headers=headers)
        except self._lost as error:
            return Reply(fault=of_exception(error), reached=False)
        return Reply(response.content, headers=_about_limits(response.headers.raw))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _about_limits(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """One pass: looking a name up decodes every header there is."""
    return {
        name: value.decode("latin-1")
        for name, value in ((name.lower().decode("latin-1"), value) for name, value in raw)
        if name in ABOUT_LIMITS
    }


def _key(settings: EndpointSettings) -> str:
    variable, setting = settings.api_key_variable, f"`{settings.section}.api_key_variable`"
    key = os.environ.get(variable, "").strip()
    if not key and settings.address == OPENAI:
        raise ConfigError(
            f"{OPENAI} wants a key: set {variable}, or name another variable in {setting}."
        )
    # One that cannot stand in a header would be quoted by the error that says so.
    if not key.isascii() or not key.isprintable():
        raise ConfigError(
            f"The key in {variable} ({setting}) holds characters that no key has: copy it again."
        )
    return key or _NO_KEY
