"""A stub of an OpenAI-compatible endpoint, in a process of its own so that its CPU is not counted.

python -m benchmarks.endpoint_stub [--latency 0.2] [--concurrency 64] [--refuse] [--dimension 1536]

It answers chat completions that want a JSON schema or one tool, and embeddings; the answers keep
to the schema and are made from the prompt's words (`stub_answers.py`). Beyond `--concurrency` a
call waits for its turn or, with `--refuse`, gets a 429. It counts, and ends when stdin is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.stub_answers import answer, embedding

Json = dict[str, Any]
Send = Callable[[Json], Awaitable[None]]
Receive = Callable[[], Awaitable[Json]]

RETRY_AFTER = "1"
TOKEN = 4
"""Characters of a token, about."""


@dataclass(frozen=True)
class StubEndpoint:
    """A running stub."""

    url: str

    def counts(self) -> dict[str, int]:
        """Calls by schema or tool ("topic_names", ...), `embeddings`, `texts`, `refused`, and
        `most_in_flight`."""
        return self._get("counts")

    def reset(self) -> None:
        """Begin to count anew."""
        self._get("reset")

    def _get(self, what: str) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/{what}", timeout=10) as answer:  # noqa: S310
            found: dict[str, int] = json.loads(answer.read())
        return found


@contextmanager
def endpoint_stub(
    latency: float = 0.0, concurrency: int = 1_000, *, refuse: bool = False, dimension: int = 1536
) -> Iterator[StubEndpoint]:
    """Run a stub whose every call takes `latency` seconds, `concurrency` at a time."""
    command = [
        *(sys.executable, "-m", "benchmarks.endpoint_stub", "--latency", str(latency)),
        *("--concurrency", str(concurrency), "--dimension", str(dimension)),
        *(["--refuse"] if refuse else []),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    try:
        yield StubEndpoint(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


class Stub:
    """The ASGI application."""

    def __init__(self, latency: float, concurrency: int, refuse: bool, dimension: int) -> None:
        self._latency = latency
        self._concurrency = concurrency
        self._refuse = refuse
        self._dimension = dimension
        self._slots = asyncio.Semaphore(concurrency)
        self._in_flight = 0
        self._counts: Counter[str] = Counter()

    async def __call__(self, scope: Json, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, said = await self._reply(scope["path"], body)
        content = orjson.dumps(said)
        headers = {"content-type": "application/json", "content-length": str(len(content))}
        if status == 429:
            headers["retry-after"] = RETRY_AFTER
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    async def _reply(self, path: str, body: bytes) -> tuple[int, Json]:
        if path.endswith("/counts"):
            return 200, dict(self._counts)
        if path.endswith("/reset"):
            self._counts.clear()
            return 200, {}
        answers = {"/chat/completions": self._completion, "/embeddings": self._embeddings}
        found = next((made for end, made in answers.items() if path.endswith(end)), None)
        if found is None:
            return 404, {"error": {"message": "no such address", "type": "not_found"}}
        if self._refuse and self._in_flight >= self._concurrency:
            self._counts["refused"] += 1
            return 429, {"error": {"message": "too many at once", "type": "rate_limit"}}
        self._in_flight += 1
        most = max(self._counts["most_in_flight"], min(self._in_flight, self._concurrency))
        self._counts["most_in_flight"] = most
        try:
            async with self._slots:
                if self._latency:
                    await asyncio.sleep(self._latency)
                return 200, found(orjson.loads(body))
        finally:
            self._in_flight -= 1

    def said(self, name: str, schema: Json, prompt: str) -> str:  # noqa: ARG002
        """Return the text of an answer to what asks for the schema or tool `name`."""
        return orjson.dumps(answer(schema, prompt)).decode()

    def _completion(self, asked: Json) -> Json:
        prompt = "\n".join(message["content"] for message in asked["messages"][-1:])
        tool = asked["tools"][0]["function"] if asked.get("tools") else None
        form = (asked.get("response_format") or {}).get("json_schema")
        name, schema = ("text", {"type": "object"})
        if tool is not None:
            name, schema = tool["name"], tool["parameters"]
        elif form is not None:
            name, schema = form["name"], form["schema"]
        self._counts[name] += 1
        text = self.said(name, schema, prompt)
        message: Json = {"role": "assistant", "content": text}
        if tool is not None:
            call = {"id": "call_1", "type": "function",
                    "function": {"name": name, "arguments": text}}  # fmt: skip
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        tokens_in = sum(len(one["content"] or "") for one in asked["messages"]) // TOKEN
        tokens_out = len(text) // TOKEN
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            },
        }

    def _embeddings(self, asked: Json) -> Json:
        texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        self._counts["embeddings"] += 1
        self._counts["texts"] += len(texts)
        vectors = [embedding(text, self._dimension) for text in texts]
        said = (
            [base64.b64encode(vector.tobytes()).decode() for vector in vectors]
            if asked.get("encoding_format") == "base64"
            else [vector.tolist() for vector in vectors]
        )
        tokens = sum(map(len, texts)) // TOKEN
        return {
            "object": "list",
            "model": asked["model"],
            "data": [
                {"object": "embedding", "index": index, "embedding": vector}
                for index, vector in enumerate(said)
            ],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }


@contextmanager
def serving(stub: Stub) -> Iterator[str]:
    """Serve a stub from a thread of this process; yields its base URL."""
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    server = uvicorn.Server(uvicorn.Config(stub, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(10)


def main() -> None:
    """Serve on a free port of 127.0.0.1 and print the base URL."""
    import uvicorn

    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint_stub", description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a call takes")
    parser.add_argument("--concurrency", type=int, default=1_000, help="calls at a time")
    parser.add_argument("--refuse", action="store_true", help="429 beyond that, instead of a queue")
    parser.add_argument("--dimension", type=int, default=1536, help="of the embeddings")
    chosen = parser.parse_args()
    app = Stub(chosen.latency, chosen.concurrency, chosen.refuse, chosen.dimension)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)  # before the address is told: whoever is first waits
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    # A client that computes for longer than uvicorn's five seconds must find its connections open:
    # kura waits for ever on those that were closed meanwhile.
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_keep_alive=3_600)
    server = uvicorn.Server(config)
    server.run(sockets=[listener])


def _end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
