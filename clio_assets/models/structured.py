"""Questions in the protocol's words, and answers that keep to their schema or are none.

A server is asked for JSON that follows the schema (`response_format: json_schema`, strict); one
that lacks this, for JSON, and one that lacks that too, for text: both are shown the schema. Which
it is shows in its first answers and is remembered in the process.

An answer is parsed and validated (jsonschema, draft 2020-12, about 35 us), never repaired: the only
thing taken off is a code fence around the whole of it, where no format could be asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

from clio_assets.models.calls import AnswerError, AnswerSchema, Call, Outcome
from clio_assets.models.faults import NO_MAX_TOKENS, Fault, of_status
from clio_assets.models.prices import Usage, estimated_usage
from clio_assets.models.references import REFERENCE
from clio_assets.models.settings import StageModel

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Format = Literal["json_schema", "json_object", "text"]
_NEXT: dict[Format, Format] = {"json_schema": "json_object", "json_object": "text"}
_SHOWN = (
    "\n\nAnswer with one JSON object and nothing else: no explanation, no code fence. It keeps to "
    "this JSON schema:\n"
)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)


@dataclass
class Dialect:
    """What an endpoint's model understands, as far as its answers have shown."""

    format: Format = "json_schema"
    shows_schema: bool = False
    max_tokens: str = "max_tokens"
    """The older name, which every server knows; some models insist on the newer one."""
    keeps: bool = False
    """True once an answer has kept to a schema."""
    deaf: int = 0
    """Answers that were no JSON although a schema was sent, before any was."""

    def lower(self, missing: str, as_sent: Dialect) -> bool:
        """Do without a parameter the server lacks; False where nothing is left to leave out.

        `as_sent` is how the request was put: the answers to others may have lowered it already.
        """
        if (as_sent.format, as_sent.max_tokens) != (self.format, self.max_tokens):
            return True
        if missing == NO_MAX_TOKENS and self.max_tokens == "max_tokens":
            self.max_tokens = "max_completion_tokens"
            return True
        if missing == NO_MAX_TOKENS or self.format not in _NEXT:
            return False
        self.format = _NEXT[self.format]
        self.shows_schema = True
        return True

    def read(self, reading: Reading) -> None:
        """Learn from an answer: some servers take a schema and never look at it."""
        if reading.outcome == "ok":
            self.keeps = True
        elif reading.reason == "not_json" and not self.keeps:
            self.deaf += 1
            # One such answer is bad luck; with the schema shown as well nothing is lost.
            self.shows_schema = self.shows_schema or self.deaf > 1

    def in_question(self, reading: Reading) -> bool:
        """True while it may be that the server never looks at the schema it is sent."""
        return reading.reason == "not_json" and not self.keeps and not self.shows_schema


@dataclass(frozen=True)
class Reading:
    """What came of an HTTP 200."""

    outcome: Outcome
    usage: Usage
    value: dict[str, Any] | None = None
    model: str = ""
    reason: str = ""


_DIALECTS: defaultdict[tuple[str, str], Dialect] = defaultdict(Dialect)


def dialect_of(address: str, model: str) -> Dialect:
    """Return what this process has learned of a model of an endpoint."""
    return _DIALECTS[address, model]


def request_body(call: Call, asked: StageModel, dialect: Dialect) -> dict[str, Any]:
    """Return the request: the fixed part first, so that the provider can cache it."""
    system = call.system
    if dialect.shows_schema:
        system += _SHOWN + orjson.dumps(call.schema.document).decode()
    body: dict[str, Any] = {
        "model": asked.model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": call.user},
        ],
        dialect.max_tokens: asked.max_output_tokens,
    }
    if asked.temperature is not None:
        body["temperature"] = asked.temperature
    if dialect.format == "json_schema":
        schema = {"name": call.schema.name, "strict": True, "schema": call.schema.document}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif dialect.format == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def read_reply(content: bytes, headers: Mapping[str, str], call: Call) -> Reading | Fault:
    """Return what the body of an HTTP 200 says: an answer, a refusal, or neither.

    Some servers send their errors with a 200 (LM Studio, proxies): those come back as faults.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        document = None
    match document:
        case {"choices": [{"message": dict(message)} as choice, *_]}:
            return _read_choice(document, choice, message, call)
        case {"error": dict(error)}:
            status = error.get("code")
            return of_status(status if isinstance(status, int) else 400, document, headers)
    # A web page, an empty body, the answer of another program.
    return Reading("invalid", estimated_usage(call, ""), reason="no_completion")


def _read_choice(
    document: dict[str, Any], choice: dict[str, Any], message: dict[str, Any], call: Call
) -> Reading:
    content = message.get("content")
    said = content if isinstance(content, str) else ""
    usage = _usage(document) or estimated_usage(call, said)
    model = document.get("model")
    served = model if isinstance(model, str) else ""
    finish = choice.get("finish_reason")
    if message.get("refusal"):
        return Reading("refused", usage, model=served, reason="refusal")
    if finish == "content_filter":
        return Reading("refused", usage, model=served, reason="content_filter")
    value, reason = (None, "length") if finish == "length" else _parsed(said, call)
    if value is None:
        return Reading("invalid", usage, model=served, reason=reason)
    # The reference has been checked, and is not kept: as a hash of the content without a key it
    # would let anybody who reads the store test a guess at a conversation.
    said_apart = {name: part for name, part in value.items() if name != REFERENCE}
    return Reading("ok", usage, said_apart, served)


def _parsed(said: str, call: Call) -> tuple[dict[str, Any] | None, str]:
    """Return an answer's value, or None and the code of what is wrong with it."""
    text = said.strip()
    if not text:
        return None, "empty"
    if fenced := _FENCE.match(text):
        text = fenced[1]
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, "not_json"
    if not _validator(call.schema).is_valid(value):
        return None, "schema"
    if call.check is not None:
        try:
            call.check(value)
        except AnswerError:
            return None, "wrong_answer"
    return value, ""


_VALIDATORS: dict[bytes, Draft202012Validator] = {}


def _validator(schema: AnswerSchema) -> Draft202012Validator:
    """One validator a schema: making one costs a thousand times what using it does."""
    key = orjson.dumps(schema.document)
    if key not in _VALIDATORS:
        from jsonschema import Draft202012Validator

        _VALIDATORS[key] = Draft202012Validator(schema.document)
    return _VALIDATORS[key]


def _usage(document: dict[str, Any]) -> Usage | None:
    match document.get("usage"):
        case {"prompt_tokens": int(tokens_in), "completion_tokens": int(tokens_out), **rest}:
            cached = 0
            match rest.get("prompt_tokens_details"):
                case {"cached_tokens": int(cached)}:
                    pass
            return Usage(tokens_in, tokens_out, min(cached, tokens_in))
    return None
