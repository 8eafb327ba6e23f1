"""Nothing of a conversation, an answer or the key is in logs, errors, reprs or the ledger (I4)."""

from __future__ import annotations

import io
import logging
import sqlite3
import traceback

import pytest

from clio_assets.config import ConfigError
from clio_assets.models.prompts import Prompt
from clio_assets_tests.models import fault_server as faults
from clio_assets_tests.models.fault_server import FaultServer, answer_by_schema, status
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings

PLANTED = ["PLANTED-PROMPT", "PLANTED-CONVERSATION", "PLANTED-ANSWER", "PLANTED-KEY"]


def planted_answer(request):
    return answer_by_schema(request) | {"request": "PLANTED-ANSWER"}


@pytest.fixture
def everything_logged(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "PLANTED-KEY")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    loggers = [logging.getLogger(name) for name in (None, "openai", "aiohttp", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield heard
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_planted_strings_are_in_the_answers_and_nowhere_else(tmp_path, everything_logged, capfd):
    store = tmp_path / "calls.sqlite"
    quoting = "You sent PLANTED-CONVERSATION and PLANTED-PROMPT with PLANTED-KEY"
    script = {
        2: faults.truncated,
        4: faults.WRONG_TYPE,
        6: status(500, message=quoting),
        8: status(400, message=quoting),
        10: faults.reset,
        12: faults.REFUSAL,
        14: status(429, message=quoting),
        16: faults.HTML,
    }
    prompt = Prompt("PLANTED-PROMPT", "1-0000aaaa")
    calls = make_calls(20, prompt, word="PLANTED-CONVERSATION")
    shown = [repr(calls)]
    with FaultServer(lambda seen: script.get(seen.number), answer=planted_answer) as server:
        answers = ask(make_settings(server.base_url), store, calls)
        assert [a.value["request"] for a in answers if a.value] == ["PLANTED-ANSWER"] * 18
        shown.append(repr(answers))
        server.script = lambda _: status(401, message=quoting)
        with pytest.raises(ConfigError) as refused:
            ask(make_settings(server.base_url, model="other"), store, calls)
        shown.append("".join(traceback.format_exception(refused.value)))
    con = sqlite3.connect(store)
    shown.append(repr(con.execute("SELECT * FROM calls").fetchall()))
    con.close()
    assert "POST" in everything_logged.getvalue()
    shown += [everything_logged.getvalue(), *capfd.readouterr()]
    for text in shown:
        assert not [planted for planted in PLANTED if planted in text]
    # The questions are not in the file at all: only answers are.
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [planted for planted in PLANTED if planted.encode() in content] == ["PLANTED-ANSWER"]
