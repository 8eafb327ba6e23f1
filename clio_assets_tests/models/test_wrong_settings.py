"""Settings that no call can be answered with: one sentence that names the setting, and no storm."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from clio_assets.config import ConfigError
from clio_assets.models import limits
from clio_assets.models.client import ModelClient
from clio_assets_tests.models import fault_server as faults
from clio_assets_tests.models.fault_server import FaultServer, status
from clio_assets_tests.models.model_calls import (
    KEY,
    SCHEMA,
    ask,
    make_calls,
    make_settings,
    outcomes,
)

SECRET = "sk-a-secret-key-that-nobody-may-see"  # noqa: S105


@pytest.fixture
def quick(monkeypatch):
    """Waits of a fifth, where it is not the waits that are tested."""
    monkeypatch.setattr(limits, "_FIRST_BACKOFF", limits._FIRST_BACKOFF / 5)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.sqlite"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


WRONG = {
    "wrong key": (faults.WRONG_KEY, "refuses the key in OPENAI_API_KEY"),
    "no credit left": (
        status(429, code="insufficient_quota", message="You exceeded your quota."),
        "has no credit left",
    ),
    "payment required": (status(402), "has no credit left"),
    "forbidden": (status(403), r"forbids the use of `models\.facets\.model` \(small\)"),
    "unknown model": (faults.UNKNOWN_MODEL, r"`models\.facets\.model` \(small\)"),
    "unknown model, as a bad request": (
        status(400, message="Invalid model name passed in model=small"),
        r"`models\.facets\.model` \(small\)",
    ),
    "wrong path": (status(404, message="Not Found"), r"correct `models\.base_url`"),
    "schema refused": (faults.SCHEMA_REFUSED, r"refuses the JSON schema `facets`"),
    "schema that makes no grammar": (
        status(400, message="failed to parse grammar"),
        r"`models\.facets\.model`",
    ),
    "temperature refused": (
        status(400, param="temperature", message="Unsupported value: 'temperature'"),
        r"leave `models\.facets\.temperature` out",
    ),
}


@pytest.mark.parametrize(("fault", "sentence"), WRONG.values(), ids=WRONG)
def test_one_sentence_names_the_setting_after_one_call(store, fault, sentence):
    with FaultServer(lambda _: fault) as server:
        with pytest.raises(ConfigError, match=sentence) as refused:
            ask(make_settings(server.base_url), store, make_calls(100))
        assert server.calls == 1
    assert SECRET not in repr(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None
    assert "\n" not in str(refused.value)


def test_a_mistake_in_one_stages_model_costs_one_call_after_others_were_answered(store):
    def script(seen):
        return faults.UNKNOWN_MODEL if seen.stage == "names" else None

    with FaultServer(script, latency=0.02) as server:
        with ModelClient(make_settings(server.base_url), store, KEY, "r", "p") as client:
            client.ask(make_calls(40))
            names = replace(SCHEMA, name="names")
            calls = [replace(call, stage="names") for call in make_calls(40, schema=names)]
            with pytest.raises(ConfigError, match=r"`models\.names\.model`"):
                client.ask(calls)
        assert server.calls == 41


def test_a_key_that_is_missing_where_one_is_wanted_names_the_variable(store, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with FaultServer(lambda _: faults.WRONG_KEY) as server:
        with pytest.raises(ConfigError, match="set MY_KEY, or name another variable"):
            ask(make_settings(server.base_url, api_key_variable="MY_KEY"), store, make_calls(9))
        assert server.calls == 1
    openai = make_settings(server.base_url).model_copy(update={"base_url": None})
    with pytest.raises(ConfigError, match="set OPENAI_API_KEY"):
        ask(openai, store, make_calls(1))


def test_a_key_that_cannot_be_one_is_refused_without_being_shown(store, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET + "\u00e9\n\nx")
    with FaultServer() as server, pytest.raises(ConfigError, match="OPENAI_API_KEY") as refused:
        ask(make_settings(server.base_url), store, make_calls(1))
    assert SECRET not in repr(refused.value)
    assert server.calls == 0


def test_the_key_is_the_one_of_the_variable_that_is_named(store, monkeypatch):
    monkeypatch.setenv("MY_KEY", "another")
    with FaultServer() as server:
        ask(make_settings(server.base_url, api_key_variable="MY_KEY"), store, make_calls(1))
        assert server.keys == {"Bearer another"}


def test_a_mistake_that_shows_in_the_middle_stops_with_what_is_in_flight(store):
    """A key that is revoked: the rest is not sent, what was answered is kept."""

    def script(seen):
        return faults.WRONG_KEY if seen.number >= 30 else None

    with FaultServer(script, latency=0.02) as server:
        settings = make_settings(server.base_url, limits={"max_concurrency": 8})
        with pytest.raises(ConfigError, match="What was answered is kept"):
            ask(settings, store, make_calls(200))
        assert server.calls <= 30 + 8
        server.script = lambda _: None
        answers = ask(settings, store, make_calls(200))
        assert sum(answer.cached for answer in answers) == 30


@pytest.mark.parametrize("address", ["http://127.0.0.1:{free}/v1", "http://nowhere.invalid/v1",
                                     "localhost:1/v1", "ftp://127.0.0.1/v1"])  # fmt: skip
def test_a_host_that_cannot_be_reached_names_the_address_soon(store, quick, address):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"cannot be reached: see that `models\.base_url`"):
        ask(make_settings(address.format(free=free)), store, make_calls(50))
    assert time.monotonic() - began < 10


def test_a_host_that_is_gone_in_the_middle_fails_the_rest_in_bounded_time(store, quick):
    """It was right once, so it is not the setting: the day goes on, and coverage decides."""
    began = time.monotonic()
    server = FaultServer(latency=0.02)

    def script(seen):
        if seen.number == 20:
            server.stop_listening()
            return faults.reset
        return faults.reset if seen.number > 20 else None

    server.script = script
    with server:
        settings = make_settings(
            server.base_url, limits={"max_concurrency": 4, "deadline_seconds": 1}
        )
        answered = outcomes(ask(settings, store, make_calls(300)))
    assert answered.pop(("ok", "")) == 20
    assert sum(answered.values()) == 280
    assert {outcome for outcome, _ in answered} == {"failed"}
    assert server.calls <= 30
    assert time.monotonic() - began < 12


def test_a_context_that_is_too_long_is_one_conversations_affair(store):
    messages = {
        3: faults.CONTEXT_TOO_LONG,
        4: status(400, type="exceed_context_size_error", message="the request exceeds"),
        5: status(500, message="Context size has been exceeded."),
        6: faults.sends(
            b'{"error": {"message": "prompt is too long", "type": "invalid_request_error"}}'
        ),
    }
    with FaultServer(lambda seen: messages.get(seen.number)) as server:
        answers = ask(make_settings(server.base_url), store, make_calls(20))
        assert outcomes(answers) == {("ok", ""): 16, ("failed", "context_length"): 4}
        assert server.calls == 20


def test_a_bad_request_of_one_call_is_not_retried(store):
    with FaultServer(lambda seen: status(400) if seen.number == 3 else None) as server:
        answers = ask(make_settings(server.base_url), store, make_calls(10))
        assert outcomes(answers) == {("ok", ""): 9, ("failed", "http_400"): 1}
        assert server.calls == 10


def test_a_message_that_quotes_a_prompt_stops_nothing_once_the_schema_was_answered(store):
    """Its words are a stranger's: "grammar" may be what the conversation is about."""
    quoting = status(400, message="invalid request: 'please correct the grammar'")
    with FaultServer(lambda seen: quoting if seen.number == 3 else None) as server:
        answers = ask(make_settings(server.base_url), store, make_calls(10))
        assert outcomes(answers) == {("ok", ""): 9, ("failed", "schema_refused"): 1}
