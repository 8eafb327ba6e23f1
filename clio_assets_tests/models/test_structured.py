"""Structured output, with servers that have it, have less, or pretend."""

from __future__ import annotations

import json

import pytest

from clio_assets.models.questions import answer_schema
from clio_assets.models.structured import Dialect, read_reply, request_body
from clio_assets_tests.models.fault_server import FaultServer, answer_by_schema, lacks, says, status
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings, outcomes

OK = {("ok", ""): 30}


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.sqlite"


def test_the_fixed_part_comes_first_and_the_schema_is_strict():
    call = make_calls(1)[0]
    asked = make_settings("http://127.0.0.1/v1").facets
    body = request_body(call, asked, Dialect())
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][0]["content"] == call.system
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"] == call.schema.document
    assert body["temperature"] == 0.2
    assert body["max_tokens"] == 100
    plain = asked.model_copy(update={"temperature": None})
    assert "temperature" not in request_body(call, plain, Dialect())


@pytest.mark.parametrize(
    ("missing", "tries"), [(["json_schema"], 1), (["json_schema", "json_object"], 2)]
)
def test_a_server_without_schemas_is_found_out_once_a_process(store, missing, tries):
    with FaultServer(lacks(*missing)) as server:
        settings = make_settings(server.base_url)
        assert outcomes(ask(settings, store, make_calls(30))) == OK
        assert server.calls == 30 + tries
        assert outcomes(ask(settings, store, make_calls(30, word="other"))) == OK
        assert server.calls == 60 + tries


def test_a_server_that_takes_a_schema_and_ignores_it_is_shown_it_too(store):
    async def talks(exchange):
        shown = "JSON schema" in exchange.request["messages"][0]["content"]
        content = None if shown else "Surely! It is about spreadsheets."
        await exchange.send(200, exchange.completion(content))

    with FaultServer(lambda _: talks) as server:
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(30))) == OK
        assert server.calls == 32


def test_a_fence_around_the_whole_answer_is_taken_off_and_nothing_else(store):
    async def fenced(exchange):
        value = json.dumps(exchange.server.answer(exchange.request))
        await exchange.send(200, exchange.completion(f"```json\n{value}\n```\n"))

    with FaultServer(lambda _: fenced) as server:
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(30))) == OK
        assert server.calls == 30


def test_a_model_that_wants_the_newer_name_of_the_token_limit_gets_it(store):
    async def modern(exchange):
        if "max_tokens" in exchange.request:
            message = "Use 'max_completion_tokens' instead."
            await status(400, param="max_tokens", message=message)(exchange)
        else:
            assert exchange.request["max_completion_tokens"] == 100
            await exchange.send(200, exchange.completion())

    with FaultServer(lambda _: modern) as server:
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(30))) == OK
        assert server.calls == 31


def test_one_poor_answer_does_not_change_how_a_server_is_asked(store):
    shown = []

    def script(seen):
        return says("no JSON") if seen.number == 0 else None

    def answer(request):
        shown.append("JSON schema" in request["messages"][0]["content"])
        return answer_by_schema(request)

    with FaultServer(script, answer=answer) as server:
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(30))) == OK
    assert not any(shown)


def test_every_kind_of_value_a_schema_can_ask_for_is_read(store):
    schema = answer_schema(
        "all",
        "1",
        {
            "choice": {"enum": ["a", "b"]},
            "list": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "number": {"type": "number"},
            "yes": {"type": "boolean"},
        },
    )
    with FaultServer() as server:
        answer = ask(make_settings(server.base_url), store, make_calls(1, schema=schema))[0]
    assert set(answer.value) == {"choice", "list", "number", "yes"}
    assert isinstance(answer.value["yes"], bool)


@pytest.mark.parametrize(
    "body",
    [
        b"null", b"[]", b'"text"', b"{}", b'{"choices": null}', b'{"choices": [null]}',
        b'{"choices": [{}]}', b'{"choices": [{"message": null}]}', b'{"choices": {"message": {}}}',
        b'{"choices": [{"message": {}}]}',
        b'{"choices": [{"message": {"content": 5}}], "model": 7}',
        b'{"choices": [{"message": {"content": "[]"}}], "usage": {"prompt_tokens": "x"}}',
        b"\xff\xfe", b"{" * 100_000,
    ],
)  # fmt: skip
def test_no_body_at_all_breaks_the_reading(body):
    reading = read_reply(body, {}, make_calls(1)[0])
    assert reading.outcome == "invalid"
    assert reading.usage.estimated
    assert reading.value is None
