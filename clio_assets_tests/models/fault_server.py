"""An endpoint that speaks the OpenAI chat protocol on loopback and fails as it is told.

    with FaultServer(lambda seen: status(500) if seen.number % 5 == 0 else None) as server:
        ask(server.base_url)
    assert server.calls == ...

A script looks at what was `Seen` and returns a fault, or None for a good answer. A fault is an
async function of the `Exchange`. The server counts calls by a hash of what they ask; it keeps no
text.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from clio_assets.models.structured import _DIALECTS

_REFERENCE = re.compile(r"\[([0-9a-f]{8}) end\]")
_SCHEMA = re.compile(r"^\{.*\}$", re.MULTILINE)
_HTML = b"<html><body><h1>It works</h1></body></html>"


@dataclass(frozen=True)
class Seen:
    """What a script may look at: never a text."""

    number: int
    """How many calls came before."""
    item: str
    """8 hex digits of what the call asks."""
    again: int
    """How often the same was asked before."""
    stage: str
    """The name of the schema, where one was sent."""
    seconds: float
    """Since the server began."""


@dataclass
class Exchange:
    """One request and the way to answer it."""

    server: FaultServer
    request: dict[str, Any]
    seen: Seen
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(
        self, status: int, body: bytes | dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        """Send a whole reply."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        self.writer.write(_head(status, len(content), headers) + content)
        await self.writer.drain()

    async def hung_up(self, seconds: float) -> bool:
        """Wait; True as soon as the client has closed the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(1), seconds) == b""
        except TimeoutError:
            return False

    def completion(self, content: Any = None, finish: str = "stop", **message: Any) -> dict:
        """Return a chat completion; by default a right answer. It counts as paid."""
        self.server.paid += 1
        if content is None:
            content = json.dumps(self.server.answer(self.request))
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        usage["prompt_tokens_details"] = {"cached_tokens": 60}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": self.server.model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish,
                    "message": {"role": "assistant", "content": content, **message},
                }
            ],
            **({"usage": usage} if self.server.gives_usage else {}),
        }


Fault = Callable[[Exchange], Awaitable[None]]
Script = Callable[[Seen], Fault | None]


class FaultServer:
    """The server, in a thread of its own while the `with` block runs."""

    def __init__(
        self,
        script: Script = lambda _: None,
        *,
        latency: float = 0.0,
        model: str = "small-2026-01",
        most_at_once: int | None = None,
        answer: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.script = script
        self.latency = latency
        self.model = model
        self.most_at_once = most_at_once
        """More in flight are refused with a 429."""
        self.answer = answer or answer_by_schema
        self.headers: dict[str, str] = {}
        """Of every good answer."""
        self.gives_usage = True
        self.calls = 0
        self.paid = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.calls_of: Counter[str] = Counter()
        self.times: list[float] = []
        """When each call came, in seconds since the server began."""
        self.connections = 0
        self.keys: set[str] = set()
        """The `Authorization` headers that came."""

    def __enter__(self) -> FaultServer:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(5)
        # The system gives a port again within a long run of tests: what this process learned of an
        # earlier server there is not true of this one.
        for key in [known for known in _DIALECTS if known[0] == self.base_url]:
            del _DIALECTS[key]
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stop_listening(self) -> None:
        """Take no more connections; from a script, which runs in the server's own thread."""
        self._server.close()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(ready))
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._end = asyncio.Event()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]
        self._began = time.monotonic()
        ready.set()
        await self._end.wait()
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.search(rb"content-length: *(\d+)", head.lower())[1])
                self.keys |= set(re.findall(r"(?im)^authorization: *(.+?)\r$", head.decode()))
                request = json.loads(await reader.readexactly(length))
                await self._counted(Exchange(self, request, self._see(request), reader, writer))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _counted(self, exchange: Exchange) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            crowded = self.most_at_once is not None and self.in_flight > self.most_at_once
            fault = status(429) if crowded else self.script(exchange.seen)
            if fault is not None:
                await fault(exchange)
                return
            await asyncio.sleep(self.latency)
            await exchange.send(200, exchange.completion(), self.headers)
        finally:
            self.in_flight -= 1

    def _see(self, request: dict[str, Any]) -> Seen:
        asked = json.dumps([request["model"], request["messages"][-1]["content"]])
        item = hashlib.sha256(asked.encode()).hexdigest()[:8]
        stage = request.get("response_format", {}).get("json_schema", {}).get("name", "")
        seconds = time.monotonic() - self._began
        seen = Seen(self.calls, item, self.calls_of[item], stage, seconds)
        self.calls += 1
        self.calls_of[item] += 1
        self.times.append(seconds)
        return seen


def status(http: int, retry_after: str | None = None, **error: Any) -> Fault:
    """An error of the protocol; `retry_after` is the header's text."""

    async def fault(exchange: Exchange) -> None:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        body = {"error": {"message": "no", "type": "server_error", "param": None, "code": None}}
        body["error"] |= error
        await exchange.send(http, body, headers)

    return fault


def hang(seconds: float = 60.0) -> Fault:
    """The request is taken and nothing comes back."""

    async def fault(exchange: Exchange) -> None:
        await exchange.hung_up(seconds)

    return fault


def slow_loris(bytes_a_second: float = 1.0) -> Fault:
    """A good answer that trickles in."""

    async def fault(exchange: Exchange) -> None:
        content = json.dumps(exchange.completion()).encode()
        for byte in _head(200, len(content)) + content:
            exchange.writer.write(bytes([byte]))
            await exchange.writer.drain()
            if await exchange.hung_up(1 / bytes_a_second):
                return

    return fault


async def reset(exchange: Exchange) -> None:
    """The connection is reset after the whole request was read: the answer may be paid."""
    exchange.completion()
    _abort(exchange)


async def reset_within_body(exchange: Exchange) -> None:
    """The connection is reset in the middle of the answer."""
    content = json.dumps(exchange.completion()).encode()
    exchange.writer.write(_head(200, len(content)) + content[: len(content) // 2])
    await exchange.writer.drain()
    await asyncio.sleep(0.05)
    _abort(exchange)


def says(content: Any, finish: str = "stop", **message: Any) -> Fault:
    """A completion with this content, whatever was asked."""

    async def fault(exchange: Exchange) -> None:
        await exchange.send(200, exchange.completion(content, finish, **message))

    return fault


def sends(body: bytes, kind: str = "application/json") -> Fault:
    """An HTTP 200 with any body at all."""

    async def fault(exchange: Exchange) -> None:
        await exchange.send(200, body, {"Content-Type": kind})

    return fault


def altered(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """A right answer with something changed; returns the new value."""

    async def fault(exchange: Exchange) -> None:
        value = change(exchange.server.answer(exchange.request))
        await exchange.send(200, exchange.completion(json.dumps(value)))

    return fault


async def truncated(exchange: Exchange) -> None:
    """A right answer, cut short, that claims to be whole."""
    said = json.dumps(exchange.server.answer(exchange.request))
    await exchange.send(200, exchange.completion(said[: len(said) // 2]))


async def truncated_body(exchange: Exchange) -> None:
    """A body that is not whole, although its length says so."""
    content = json.dumps(exchange.completion()).encode()
    await exchange.send(200, content[: len(content) // 2])


EMPTY = sends(b"")
HTML = sends(_HTML, "text/html")
WRONG_TYPE = altered(lambda value: {**value, "concern": str(value.get("concern"))})
ANOTHER_ITEM = altered(lambda value: {**value, "ref": "00000000"})
REFUSAL = says(None, refusal="I cannot help with that.")
CONTENT_FILTER = says("", finish="content_filter")
FILTERED_PROMPT = status(400, code="content_filter", message="The prompt was filtered.")
LENGTH = says('{"ref": "', finish="length")
WRONG_KEY = status(401, code="invalid_api_key", message="Incorrect API key provided.")
UNKNOWN_MODEL = status(404, code="model_not_found", message="The model does not exist.")
CONTEXT_TOO_LONG = status(
    400,
    code="context_length_exceeded",
    message="This model's maximum context length is 8192 tokens.",
)
SCHEMA_REFUSED = status(
    400, param="response_format", message="Invalid schema for response_format 'facets'."
)


def lacks(*formats: str) -> Script:
    """A server that does not know some `response_format` types."""

    async def checked(exchange: Exchange) -> None:
        asked = exchange.request.get("response_format", {}).get("type")
        if asked in formats:
            message = f"response_format of type {asked} is not supported"
            await status(400, param="response_format", message=message)(exchange)
        else:
            await exchange.send(200, exchange.completion())

    return lambda _: checked


def answer_by_schema(request: dict[str, Any]) -> dict[str, Any]:
    """An answer that keeps to the schema that came with the request, or is shown in it."""
    system, user = (message["content"] for message in request["messages"])
    sent = request.get("response_format", {}).get("json_schema", {}).get("schema")
    schema = sent or json.loads(_SCHEMA.findall(system)[-1])
    seed = int(hashlib.sha256(user.encode()).hexdigest()[:8], 16)
    value = _instance(schema, seed)
    if reference := _REFERENCE.findall(user):
        value["ref"] = reference[-1]
    return value


def _instance(schema: dict[str, Any], seed: int) -> Any:
    if "enum" in schema:
        return schema["enum"][seed % len(schema["enum"])]
    match schema["type"]:
        case "object":
            return {name: _instance(part, seed) for name, part in schema["properties"].items()}
        case "array":
            return [_instance(schema["items"], seed + n) for n in range(schema.get("minItems", 1))]
        case "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 9)
            return low + seed % (high - low + 1)
        case "boolean":
            return bool(seed % 2)
        case "number":
            return 0.5
    return f"text {seed}"


def _head(status: int, length: int, headers: dict[str, str] | None = None) -> bytes:
    lines = {"Content-Type": "application/json", "Content-Length": str(length)} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode()


def _abort(exchange: Exchange) -> None:
    """Close with a reset: SO_LINGER of no time."""
    connection = exchange.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()
