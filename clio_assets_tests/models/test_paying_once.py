"""Answers are kept under what was asked: the same is never paid twice, anything else is."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace

import pytest

from clio_assets.models.call_store import CallStore
from clio_assets.models.client import ModelClient
from clio_assets.models.prompts import Prompt
from clio_assets.models.questions import answer_schema
from clio_assets.storage.errors import StorageError
from clio_assets_tests.models.fault_server import FaultServer
from clio_assets_tests.models.model_calls import KEY, SCHEMA, ask, make_calls, make_settings


@pytest.fixture
def store(tmp_path):
    return tmp_path / "private" / "calls.sqlite"


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


def test_a_second_run_pays_nothing_and_answers_the_same_in_order(store, server):
    settings = make_settings(server.base_url)
    first = ask(settings, store, make_calls(30), run_id="one")
    again = ask(settings, store, make_calls(30)[::-1], run_id="two")
    assert server.calls == 30
    assert [answer.item for answer in first] == [f"c{n}" for n in range(30)]
    assert again == [replace(answer, cached=True) for answer in reversed(first)]
    ask(settings, store, make_calls(40), run_id="three")
    assert server.calls == 40


def test_the_same_call_twice_in_one_batch_is_asked_once(store, server):
    server.latency = 0.05
    calls = [call for call in make_calls(4) for _ in range(5)]
    calls = [replace(call, item=f"{n}") for n, call in enumerate(calls)]
    answers = ask(make_settings(server.base_url), store, calls)
    assert server.calls == 4
    assert [answer.item for answer in answers] == [call.item for call in calls]
    assert sum(not answer.cached for answer in answers) == 4


WIDER = answer_schema("facets", "1", {**SCHEMA.document["properties"], "tone": {"type": "string"}})
CHANGES = {
    "model": ({"model": "large"}, {}),
    "temperature": ({"temperature": 0.3}, {}),
    "no temperature": ({"temperature": None}, {}),
    "most tokens": ({"max_output_tokens": 101}, {}),
    "prompt's version": ({}, {"prompt": Prompt("Describe the conversation.", "2-0000aaaa")}),
    "prompt's text": ({}, {"prompt": Prompt("Describe this conversation.", "1-0000aaaa")}),
    "schema": ({}, {"schema": WIDER}),
    "schema's version": ({}, {"schema": replace(SCHEMA, version="2")}),
    "schema's name": ({}, {"schema": replace(SCHEMA, name="facets2")}),
    "content": ({}, {"word": "Words"}),
}


@pytest.mark.parametrize(("settings", "calls"), CHANGES.values(), ids=CHANGES)
def test_whatever_decides_an_answer_is_part_of_its_identity(store, server, settings, calls):
    ask(make_settings(server.base_url), store, make_calls(3))
    changed = make_settings(server.base_url, **settings)
    ask(changed, store, make_calls(3, **calls))
    assert server.calls == 6
    ask(changed, store, make_calls(3, **calls))
    ask(make_settings(server.base_url), store, make_calls(3))
    assert server.calls == 6


def test_another_endpoint_or_key_is_another_answer_and_the_store_shows_no_content(store, server):
    ask(make_settings(server.base_url), store, make_calls(2))
    with FaultServer() as other:
        ask(make_settings(other.base_url), store, make_calls(2))
        assert other.calls == 2
    with ModelClient(make_settings(server.base_url), store, b"another key" * 3, "r", "p") as client:
        client.ask(make_calls(2))
    assert server.calls == 4
    assert b"words 1" not in store.read_bytes()
    assert b"Describe" not in store.read_bytes()


def test_f21_when_the_model_behind_the_name_changes_the_identities_do(store, server):
    settings = make_settings(server.base_url)
    ask(settings, store, make_calls(6))
    server.model = "small-2026-09"
    # Nothing was asked, so nobody can know yet.
    assert {answer.model for answer in ask(settings, store, make_calls(6))} == {"small-2026-01"}
    assert server.calls == 6
    # The first new conversation shows it, and the day is a mixed one.
    mixed = ask(settings, store, make_calls(7))
    assert [answer.model for answer in mixed] == ["small-2026-01"] * 6 + ["small-2026-09"]
    # The next run makes it one of the new model's, and pays for nothing that is that already.
    whole = ask(settings, store, make_calls(7))
    assert {answer.model for answer in whole} == {"small-2026-09"}
    assert server.calls == 13


def test_connections_are_used_again_between_batches(store, server):
    settings = make_settings(server.base_url, limits={"max_concurrency": 4})
    with ModelClient(settings, store, KEY, "run", "2026-11-01") as client:
        for first in range(0, 40, 10):
            client.ask(make_calls(40)[first : first + 10])
    assert server.calls == 40
    assert server.connections <= 4
    assert server.most_in_flight <= 4


def test_the_file_belongs_to_its_owner_alone(store, server):
    with ModelClient(make_settings(server.base_url), store, KEY, "r", "p") as client:
        client.ask(make_calls(1))
        files = sorted(file.name for file in store.parent.iterdir() if file.suffix != ".lock")
        assert files == ["calls.sqlite", "calls.sqlite-shm", "calls.sqlite-wal"]
        modes = {stat.S_IMODE(file.stat().st_mode) for file in store.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["empty", "half", "overwritten", "another database", "version"])
def test_f12_a_damaged_store_is_refused_and_never_replaced(store, server, damage):
    ask(make_settings(server.base_url), store, make_calls(50))
    whole = store.read_bytes()
    if damage == "empty":
        store.write_bytes(b"")
    elif damage == "half":
        store.write_bytes(whole[: len(whole) // 2])
    elif damage == "overwritten":
        store.write_bytes(b"\x00" * 5_000 + whole[5_000:])
    elif damage == "another database":
        store.unlink()
        sqlite3.connect(store).executescript("CREATE TABLE answers (identity); ").close()
    else:
        con = sqlite3.connect(store)
        con.execute("PRAGMA user_version = 99")
        con.close()
    left = store.read_bytes()
    with pytest.raises(StorageError, match=r"calls\.sqlite .*(damaged|another version)") as refused:
        ask(make_settings(server.base_url), store, make_calls(50))
    assert "move it away with calls.sqlite-wal" in str(refused.value)
    assert store.read_bytes() == left
    assert server.calls == 50
    # The way back that the sentence names.
    store.unlink()
    ask(make_settings(server.base_url), store, make_calls(50))
    assert server.calls == 100


def test_a_log_whose_file_was_moved_away_is_not_replayed(store, server):
    settings = make_settings(server.base_url)
    with ModelClient(settings, store, KEY, "r", "p") as client:
        client.ask(make_calls(5))
        log = store.with_name("calls.sqlite-wal").read_bytes()
    store.unlink()
    store.with_name("calls.sqlite-wal").write_bytes(log)
    assert not any(answer.cached for answer in ask(settings, store, make_calls(5)))


def test_what_cannot_be_stored_stops_the_run(store, server):
    """Otherwise a whole day would be paid for and lost."""
    settings = make_settings(server.base_url, limits={"max_concurrency": 2})
    CallStore(store).close()
    con = sqlite3.connect(store)
    con.execute("CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(FAIL, 'x'); END")
    con.close()
    with pytest.raises(StorageError, match=r"calls\.sqlite"):
        ask(settings, store, make_calls(50))
    assert server.calls <= 3
