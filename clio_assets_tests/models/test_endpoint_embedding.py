import base64
import hashlib
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from clio_assets.config import ConfigError, EmbeddingSettings
from clio_assets.models import endpoint_embedding
from clio_assets.models.embedding_request import read_vectors
from clio_assets.models.endpoint_embedding import EmbeddingError, EndpointEmbedder
from clio_assets.storage.errors import StorageError

KEY = b"k" * 32
SECRET = "sk-a-key-nobody-may-see"  # noqa: S105
TEXTS = [f"a request of the number {number}" for number in range(20)]


class Server:
    """Answers /v1/embeddings; `script` holds (status, headers, body) to send before answers."""

    def __init__(self) -> None:
        self.texts: list[list[str]] = []
        self.keys: list[str] = []
        self.script: list[tuple[int, dict[str, str], object]] = []
        self.model, self.dimension, self.base64 = "embedder-1", 8, True
        self.always: tuple[int, dict[str, str], object] | None = None
        self.url = ""

    @property
    def calls(self) -> int:
        return len(self.texts)

    def answer(self, asked: list[str]) -> dict[str, object]:
        data = [
            {"index": index, "embedding": self._said(self.vector(text))}
            for index, text in enumerate(asked)
        ]
        usage = {"prompt_tokens": 7 * len(asked), "total_tokens": 7 * len(asked)}
        # The order of `data` promises nothing; `index` does.
        return {"data": data[::-1], "model": self.model, "usage": usage}

    def vector(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        return (3 * np.random.default_rng(seed).standard_normal(self.dimension)).astype("<f4")

    def _said(self, vector: np.ndarray) -> object:
        return base64.b64encode(vector.tobytes()).decode() if self.base64 else vector.tolist()


@contextmanager
def served() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.texts.append(body["input"])
            server.keys.append(self.headers["Authorization"])
            found = server.always or (server.script.pop(0) if server.script else None)
            status, headers, said = found or (200, {}, server.answer(body["input"]))
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setattr(endpoint_embedding, "backoff", lambda _: 0.01)
    with served() as server:
        yield server


class Noted:
    """A payer that lets everything pass and keeps what it is told."""

    def __init__(self):
        self.uses, self.unpaid_for = [], 0

    async def reserve(self, texts):
        return 0.1 * len(texts)

    def paid(self, texts, use, set_aside):
        assert set_aside == 0.1 * len(texts)
        self.uses.append(use)

    def unpaid(self, set_aside):
        assert set_aside > 0
        self.unpaid_for += 1


@pytest.fixture
def embedder(server, tmp_path):
    made = []

    def make(key=KEY, payer=None, **settings):
        settings = {
            "provider": "openai",
            "model": "small",
            "base_url": server.url,
            "batch_size": 4,
            **settings,
        }
        store = tmp_path / "private" / "vectors.sqlite"
        made.append(EndpointEmbedder(EmbeddingSettings(**settings), store, key, payer))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("as_base64", [True, False])
def test_unit_float32_rows_in_the_order_given(server, embedder, as_base64):
    server.base64 = as_base64
    vectors = embedder().embed(TEXTS)
    assert vectors.shape == (20, 8)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    for text, vector in zip(TEXTS, vectors, strict=True):
        wanted = server.vector(text)
        assert np.allclose(vector, wanted / np.linalg.norm(wanted), atol=1e-6)


def test_equal_texts_are_sent_once_and_empty_ones_as_a_space(server, embedder):
    told, payer = [], Noted()
    vectors = embedder(payer=payer).embed(["same", "", "same"] * 9, lambda *n: told.append(n))
    assert sorted(text for batch in server.texts[1:] for text in batch) == [" ", "same"]
    assert told == [(2, 2)]
    assert (vectors[0::3] == vectors[2::3]).all()
    assert [(use.texts, use.tokens_in, use.model) for use in payer.uses[1:]] == [
        (2, 14, "embedder-1")
    ]


def test_a_second_run_asks_nothing_and_has_the_same_bytes(server, embedder, tmp_path):
    first = embedder().embed(TEXTS)
    calls = server.calls
    assert calls == 1 + 5  # the dimension, then five batches of four
    told = []
    again = embedder().embed(TEXTS[::-1], lambda *n: told.append(n))
    assert server.calls == calls
    assert again[::-1].tobytes() == first.tobytes()
    assert told == [(20, 20)]
    embedder().embed([*TEXTS, "a new one"])
    assert server.texts[calls:] == [["a new one"]]
    store = tmp_path / "private" / "vectors.sqlite"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert b"a request of" not in b"".join(path.read_bytes() for path in store.parent.iterdir())


def test_another_key_model_or_address_is_another_vector(server, embedder):
    embedder().embed(TEXTS[:1])
    for other in ({"key": b"o" * 32}, {"model": "large"}, {"base_url": f"{server.url}/"}):
        before = server.calls
        embedder(**other).embed(TEXTS[:1])
        asked = sum(batch == TEXTS[:1] for batch in server.texts[before:])
        assert asked == (0 if "base_url" in other else 1)


def test_what_was_embedded_before_a_fault_is_kept(server, embedder):
    embedder().embed(["known"])
    server.script = [(200, {}, server.answer(TEXTS[:4])), (401, {}, {"error": {"message": "no"}})]
    payer = Noted()
    with pytest.raises(ConfigError, match=r"embeddings\.api_key_variable"):
        embedder(concurrency=1, payer=payer).embed(TEXTS[:8])
    assert (len(payer.uses), payer.unpaid_for) == (1, 1)
    before = server.calls
    embedder().embed(TEXTS[:8])
    assert server.texts[before:] == [TEXTS[4:8]]


@pytest.mark.parametrize("change", [{"dimension": 9}, {"model": "embedder-2"}])
def test_another_model_behind_the_name_is_refused_and_not_kept(server, embedder, change):
    embedder().embed(TEXTS[:4])
    before = {name: getattr(server, name) for name in change}
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(ConfigError, match=r"embeddings\.model.*every day will be embedded again"):
        embedder().embed(TEXTS)
    for name, value in before.items():
        setattr(server, name, value)
    calls = server.calls
    assert len(embedder().embed(TEXTS)) == 20
    assert server.calls == calls + 4  # nothing of the other model was kept


def test_a_passing_fault_is_tried_again(server, embedder):
    payer = Noted()
    html = b"<html>Bad gateway</html>"
    for status, headers, body in [
        (429, {"Retry-After": "0.3"}, {"error": {"message": "slow down"}}),
        (503, {}, html),
        (200, {}, html),
        (200, {}, b""),
        (200, {}, {"data": []}),
        (200, {}, {"data": [{"index": 0, "embedding": [float("inf")] * 8}], "model": "x"}),
        (200, {}, {"data": [{"index": 0, "embedding": [0.0] * 8}], "model": "x"}),
        (200, {}, {"data": [{"index": 7, "embedding": [1.0] * 8}], "model": "x"}),
        (200, {}, {"data": [{"index": 0, "embedding": "?"}], "model": "x"}),
    ]:
        one = embedder(payer=payer)
        _ = one.dimension
        server.script, before = [(status, headers, body)], server.calls
        vector = one.embed([f"after {status} {body!r}"])
        assert np.isfinite(vector).all()
        assert server.calls == before + 2
    assert [use.retries for use in payer.uses] == [0] + [1] * 9


def test_retry_after_is_honoured(server, embedder, monkeypatch):
    waits = []

    async def rest(seconds):
        waits.append(seconds)

    monkeypatch.setattr(endpoint_embedding.asyncio, "sleep", rest)
    server.script = [(429, {"Retry-After": "7"}, {})]
    embedder().embed(["text"])
    assert waits == [7]


def test_an_endpoint_that_stays_down_is_given_up_on(server, embedder):
    server.always = (503, {}, {})
    with pytest.raises(EmbeddingError, match=r"in 3 attempts \(http_503\).*kept") as caught:
        embedder(max_retries=2).embed(TEXTS)
    assert server.calls == 3
    assert_says_nothing(caught.value)


def test_a_hanging_endpoint_is_given_up_on(server, embedder, monkeypatch):
    hang = threading.Event()
    monkeypatch.setattr(server, "answer", lambda _: hang.wait(10) and {})
    with pytest.raises(EmbeddingError, match=r"in 2 attempts \(deadline\)"):
        embedder(max_retries=1, deadline_seconds=0.2).embed(["text"])
    hang.set()


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (401, f"Incorrect API key provided: {SECRET}", "refuses the key in OPENAI_API_KEY"),
        (429, "insufficient_quota", "has no credit left"),
        (404, "The model `small` does not exist", "knows no model of the name in `embeddings.m"),
        (404, "", r"correct `embeddings\.base_url`"),
        (400, "maximum context length is 8192 tokens", "is longer than `embeddings.model`"),
        (422, "input: a request of the number", r"`embeddings\.model` \(small\) \(http_422\)"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_one_request(
    server, embedder, status, message, sentence
):
    server.always = (status, {}, {"error": {"message": message}})
    with pytest.raises(ConfigError, match=sentence) as caught:
        embedder().embed(TEXTS)
    assert server.calls == 1
    assert_says_nothing(caught.value)


def test_an_unreachable_host_and_a_missing_key_are_one_sentence(server, embedder, monkeypatch):
    with pytest.raises(ConfigError, match=r"cannot be reached: see that `embeddings\.base_url`"):
        embedder(base_url="http://127.0.0.1:9/v1", max_retries=1).embed(["text"])
    with pytest.raises(ConfigError, match="holds characters that no key has"):
        monkeypatch.setenv("OPENAI_API_KEY", "two\nlines")
        embedder().embed(["text"])
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="wants a key: set OPENAI_API_KEY"):
        embedder(base_url=None).embed(["text"])
    assert server.calls == 0
    embedder().embed(["text"])  # a local server may want none
    assert set(server.keys) == {"Bearer none"}


def test_a_damaged_store_is_refused_by_name(embedder, tmp_path):
    store = tmp_path / "private" / "vectors.sqlite"
    store.parent.mkdir()
    store.write_bytes(b"not a database " * 100)
    with pytest.raises(StorageError, match=rf"{store} is damaged"):
        embedder()


def test_the_identity_asks_nobody_and_ends_no_address_with_a_slash(server, embedder):
    assert embedder(base_url=f"{server.url}/").identity == f"small ({server.url})"
    assert (
        EmbeddingSettings(provider="openai", model="m").endpoint_identity
        == "m (https://api.openai.com/v1)"
    )
    assert server.calls == 0


def test_ragged_vectors_are_no_answer():
    data = [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]
    assert read_vectors(json.dumps({"data": data}).encode(), 2) is None


def assert_says_nothing(error: BaseException) -> None:
    """Neither a key nor a text, nor an exception behind it that tracebacks would show."""
    assert SECRET not in str(error)
    assert "request of" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
