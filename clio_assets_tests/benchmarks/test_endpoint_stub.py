import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.endpoint_stub import endpoint_stub
from clio_assets.config import FacetSettings
from clio_assets.facets.by_model import facet_question
from clio_assets.models.prompts import load_prompt
from clio_assets.models.questions import answer_schema, question
from clio_assets.models.settings import ModelSettings, StageModel
from clio_assets.models.structured import Dialect, Reading, read_reply, request_body

MODEL = StageModel(model="stub")
LABEL = {
    "type": "object",
    "properties": {"higher_level_cluster": {"type": "string"}},
    "required": ["higher_level_cluster"],
}


@pytest.fixture(scope="module")
def stub():
    with endpoint_stub(dimension=32) as stub:
        yield stub


def post(url, path, body):
    request = urllib.request.Request(  # noqa: S310
        url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
        return reply.read()


def answered(stub, call):
    reading = read_reply(
        post(stub.url, "/chat/completions", request_body(call, MODEL, Dialect())), {}, call
    )
    assert isinstance(reading, Reading)
    assert reading.outcome == "ok", reading.reason
    return reading.value


def test_facets_are_answered_as_a_model_would(stub):
    asked = facet_question(FacetSettings(), ModelSettings())
    said = [{"role": "user", "content": "Please write an email to my landlord."}]
    stub.reset()
    value = answered(stub, asked.about("c1", said))
    assert value["request"] == "Please write an email to my landlord."
    assert (value["language"], value["concern"]) == ("en", 1)
    assert stub.counts() == {"facets": 1, "most_in_flight": 1}


def test_names_use_the_words_of_their_own_topic(stub):
    one = {"type": "object", "properties": {"name": {"type": "string"}}}
    schema = answer_schema("topic_names", "1", {"topic_1": one, "topic_2": one})
    parts = [
        ("topic_1 requests", ["bake bread with rye", "bake bread at home"]),
        ("topic_2 requests", ["repair a bicycle", "repair a bicycle tyre"]),
    ]
    value = answered(stub, question("names", "t", load_prompt("names"), parts, schema))
    assert value["topic_1"]["name"].lower().split()[:2] == ["bake", "bread"]
    assert set(value["topic_2"]["name"].lower().split()[:2]) == {"bicycle", "repair"}


def test_choices_are_taken_from_the_list_that_is_shown(stub):
    schema = answer_schema("parent_chosen", "1", {"parent": {"type": "string"}})
    parts = [("topic", ["Bake bread"]), ("parents", ["Cook meals", "Repair things"])]
    asked = question("hierarchy", "t", load_prompt("hierarchy_assign"), parts, schema)
    assert answered(stub, asked)["parent"] in {"Cook meals", "Repair things"}
    tool = {"type": "function", "function": {"name": "ClusterLabel", "parameters": LABEL}}
    prompt = "".join(
        f"<higher_level_cluster>{name}</higher_level_cluster>" for name in ("One", "Two")
    )
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], "tools": [tool]}
    message = json.loads(post(stub.url, "/chat/completions", body))["choices"][0]["message"]
    arguments = json.loads(message["tool_calls"][0]["function"]["arguments"])
    assert arguments["higher_level_cluster"] in {"One", "Two"}


def test_vectors_of_the_same_words_are_near(stub):
    texts = ["bake bread today", "today we bake bread", "file a tax return"]
    answer = json.loads(post(stub.url, "/embeddings", {"model": "e", "input": texts}))
    vectors = np.array([one["embedding"] for one in answer["data"]])
    assert vectors.shape == (3, 32)
    assert vectors[0] @ vectors[1] > 0.9 > vectors[0] @ vectors[2]


def test_calls_beyond_the_limit_wait_or_are_refused():
    body = {"model": "e", "input": "text"}

    def ask(url):
        try:
            post(url, "/embeddings", body)
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Retry-After"]
        return 200, None

    for refuse in (False, True):
        with (
            endpoint_stub(latency=0.3, concurrency=2, refuse=refuse) as stub,
            ThreadPoolExecutor(4) as pool,
        ):
            started = time.monotonic()
            answers = sorted(pool.map(ask, [stub.url] * 4), key=str)
            taken = time.monotonic() - started
            counts = stub.counts()
        assert counts["most_in_flight"] == 2
        if refuse:
            assert answers == [(200, None)] * 2 + [(429, "1")] * 2
            assert counts["refused"] == 2
        else:
            assert answers == [(200, None)] * 4
            assert taken >= 0.6
