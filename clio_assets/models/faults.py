"""What went wrong with an attempt, and what that means: try again, wait, give up, or stop all.

Only codes leave this file. A server's message may quote the prompt, so it is looked at and dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clio_assets.models.rate_headers import retry_after

Kind = Literal["again", "pushback", "unreachable", "downgrade", "call", "refused", "everything"]
"""`again`: one attempt's bad luck; `pushback`: everybody must wait; `unreachable`: nothing was
sent; `downgrade`: the server lacks a parameter that can be left out; `call`: this call can never
be answered; `refused`: the provider's filter will not have it; `everything`: no call can be
answered as things are set."""


@dataclass(frozen=True)
class Fault:
    """Why an attempt brought nothing to read."""

    kind: Kind
    reason: str
    """A short code, as in the ledger."""
    wait: float | None = None
    """Seconds that the server asked to wait."""
    may_be_paid: bool = False
    """True where the request was sent and the reply was lost: it may have been answered."""


NO_JSON_SCHEMA = "no_json_schema"
NO_MAX_TOKENS = "no_max_tokens"

_CONTEXT = re.compile(
    r"context[ _](?:length|size|window|limit)|context_exceeded|maximum (?:context|prompt)|"
    r"(?:prompt|input|request)[^.]{0,40} too (?:long|large)|too many tokens",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"content_filter|content_policy|ResponsibleAIPolicy|flagged|moderation", re.IGNORECASE
)
_BAD_SCHEMA = re.compile(
    r"invalid[ _](?:json[ _])?schema|schema (?:conversion|is invalid|is not valid)|grammar|"
    r"invalid_json_schema",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"response_format|json_schema|json_object|structured output", re.IGNORECASE)
_MAX_TOKENS = re.compile(r"max_completion_tokens", re.IGNORECASE)
_TEMPERATURE = re.compile(r"temperature", re.IGNORECASE)
_MODEL = re.compile(r"model", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_not_found|(?:model\b.*(?:not found|not exist|unknown|invalid|not available))|"
    r"(?:unknown|invalid|no such) model",
    re.IGNORECASE | re.DOTALL,
)
_NO_CREDIT = re.compile(r"insufficient_quota|billing|credit balance", re.IGNORECASE)
_LOOKED_AT = 400
"""Characters of a message: what is quoted from a prompt comes later, and must not be matched."""
_TRANSIENT = {408, 409, 425}


def of_exception(error: BaseException) -> Fault:
    """Return what it means that no HTTP status came back.

    What the openai package raises names the phase wrongly with aiohttp underneath (a connection
    that is reset is a `ConnectTimeout` to it), so it is aiohttp's own exception that counts.
    """
    import aiohttp

    not_sent = (
        aiohttp.ClientConnectorError,  # refused, no such host, TLS
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
        aiohttp.NonHttpUrlClientError,
    )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, not_sent):
            return Fault("unreachable", "unreachable")
        cause = cause.__cause__
    return Fault("again", "connection_lost", may_be_paid=True)


def of_status(status: int, body: object, headers: Mapping[str, str]) -> Fault:
    """Return what an HTTP status with an error's body means."""
    said = _said(body)
    wait = retry_after(headers)
    if _CONTEXT.search(said) and status not in {401, 403, 404}:
        return Fault("call", "context_length")
    if status == 429:
        if _NO_CREDIT.search(said):
            return Fault("everything", "no_credit")
        return Fault("pushback", "rate_limited", wait)
    if status >= 500 or status in _TRANSIENT:
        if _BAD_SCHEMA.search(said) or (status == 501 and _FORMAT.search(said)):
            return _of_format(said)
        return Fault("again", f"http_{status}", wait)
    if status in {400, 403, 422} and _FILTER.search(said):
        return Fault("refused", "content_filter")
    if status in {401, 402, 403}:
        return Fault("everything", {401: "key", 402: "no_credit", 403: "forbidden"}[status])
    if status == 404:
        return Fault("everything", "model" if _MODEL.search(said) else "base_url")
    return _of_bad_request(status, said)


def _of_bad_request(status: int, said: str) -> Fault:
    if status in {400, 422}:
        if _FORMAT.search(said) or _BAD_SCHEMA.search(said):
            return _of_format(said)
        if _MAX_TOKENS.search(said):
            return Fault("downgrade", NO_MAX_TOKENS)
        if _NO_MODEL.search(said):
            return Fault("everything", "model")
        if _TEMPERATURE.search(said):
            return Fault("everything", "temperature")
    return Fault("call", f"http_{status}")


def _of_format(said: str) -> Fault:
    """A server that has no JSON schemas, or one that has them and refuses this one."""
    if _BAD_SCHEMA.search(said):
        return Fault("everything", "schema_refused")
    return Fault("downgrade", NO_JSON_SCHEMA)


def _said(body: object) -> str:
    """The codes and the message of an error's body, in whatever shape the server gives it."""
    match body:
        case {"error": dict(inner)}:
            return _said(inner)
        case dict():
            parts: list[Any] = [body.get(key) for key in ("code", "type", "param", "message",
                                                          "detail", "error")]  # fmt: skip
            return " ".join(str(part)[:_LOOKED_AT] for part in parts if part is not None)
        case str():
            return body[:_LOOKED_AT]
    return ""
