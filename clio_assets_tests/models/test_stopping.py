"""F01, F05: a run that is killed or stopped has paid at most for what was in flight."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from clio_assets.models import background
from clio_assets.models.client import ModelClient
from clio_assets.models.ledger import stage_sums
from clio_assets_tests.models.fault_server import FaultServer, hang
from clio_assets_tests.models.model_calls import KEY, ask, make_calls, make_settings

IN_FLIGHT = 4
RUN = """
import signal, sys
from pathlib import Path

# What other tests of the suite left ignored or blocked is inherited.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings

url, store, count, in_flight = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
settings = make_settings(url, limits={"max_concurrency": in_flight})
answers = ask(settings, store, make_calls(count))
assert all(answer.outcome == "ok" for answer in answers)
"""


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.sqlite"


def start(server, store, count):
    arguments = [server.base_url, str(store), str(count), str(IN_FLIGHT)]
    return subprocess.Popen([sys.executable, "-c", RUN, *arguments])


def test_a_killed_run_loses_at_most_what_was_in_flight(store):
    kills = [(13, signal.SIGKILL), (29, signal.SIGTERM)]
    # Many more than it takes to be killed: a busy machine delivers a signal late.
    calls = make_calls(400)
    running: list[subprocess.Popen[bytes]] = []

    def script(seen):
        number, how = kills[len(running) - 1]
        if seen.number >= number:
            running[-1].send_signal(how)

    with FaultServer(script, latency=0.01) as server:
        for _, how in kills:
            running.append(start(server, store, len(calls)))
            assert running[-1].wait(120) == -how
        answers = ask(make_settings(server.base_url), store, calls)
        assert {answer.outcome for answer in answers} == {"ok"}
        assert server.calls <= len(calls) + len(kills) * IN_FLIGHT
        # What was stored is exactly what was not asked again.
        assert sum(answer.cached for answer in answers) >= 29 - 2 * IN_FLIGHT
        ask(make_settings(server.base_url), store, calls)
        assert server.calls <= len(calls) + len(kills) * IN_FLIGHT


def test_two_processes_share_the_store(store):
    with FaultServer(latency=0.01) as server:
        other = start(server, store, 60)
        ask(make_settings(server.base_url), store, make_calls(60)[::-1], run_id="other")
        assert other.wait(120) == 0
        # They may ask for the same at the same moment, not more.
        assert server.calls <= 60 + 2 * 16
        assert stage_sums(store, "2026-11-01")["calls"].item() == server.calls
        paid = server.calls
        answers = ask(make_settings(server.base_url), store, make_calls(60))
        assert all(answer.cached for answer in answers)
        assert server.calls == paid


class Interrupted(BaseException):
    """Like Dagster's, which a handler raises in the main thread."""


@pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupted])
def test_f05_a_run_that_is_stopped_keeps_what_was_answered(store, monkeypatch, error):
    monkeypatch.setattr(background, "_GRACE_SECONDS", 0.5)
    number = signal.SIGINT if error is KeyboardInterrupt else signal.SIGTERM

    def handler(*_):
        raise error

    before = signal.signal(number, handler)
    stopped_at: list[float] = []

    def script(seen):
        if seen.number == 20:
            stopped_at.append(time.monotonic())
            os.kill(os.getpid(), number)
        # One of those in flight never answers, the others do, after the signal.
        return hang() if seen.number == 18 else None

    try:
        with FaultServer(script, latency=0.05) as server:
            settings = make_settings(server.base_url, limits={"max_concurrency": 4})
            with (
                ModelClient(settings, store, KEY, "run", "2026-11-01") as client,
                pytest.raises(error),
            ):
                client.ask(make_calls(100))
            assert time.monotonic() - stopped_at[0] < 4
            assert server.calls <= 22
            answers = ask(settings, store, make_calls(100))
            assert {answer.outcome for answer in answers} == {"ok"}
            # All but the one that hung was paid once.
            assert server.calls == 101
    finally:
        signal.signal(number, before)


def test_the_client_works_beside_a_running_loop_and_in_other_threads(store):
    """As in a notebook or in Dagster's own event loop."""
    answers = []

    async def within():
        with FaultServer() as server:
            answers.extend(ask(make_settings(server.base_url), store, make_calls(3)))

    thread = threading.Thread(target=lambda: asyncio.run(within()))
    thread.start()
    thread.join(20)
    assert [answer.outcome for answer in answers] == ["ok"] * 3
