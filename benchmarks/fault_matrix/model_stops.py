"""F05: `facets` stopped or killed while it asks a model, and what is paid for in all."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from typing import TYPE_CHECKING

from benchmarks.fault_matrix.forking import Child, Outcome
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.model_endpoint import Asked, asking, same_day
from benchmarks.fault_matrix.rows import Bench, Row

if TYPE_CHECKING:
    from clio_assets_tests.models.fault_server import Exchange

SIGNALS = {"SIGTERM": signal.SIGTERM, "cancelled in the UI (SIGINT)": signal.SIGINT}
KILLED = "SIGKILL, again and again"
PARTS = (*SIGNALS, KILLED)

MOST_SECONDS = 10.0
LATENCY, AT_ONCE = 0.1, 8
KILL_WITHIN = 0.4
"""Seconds after a run's first call; so that 200 conversations last for about 20 kills."""
START_SECONDS = 60.0


class Connections:
    """Answers well and slowly, and counts the open connections.

    HTTP/1.1 carries one call a connection at a time, so no more than these are in flight, those
    included whose answer is sent and not yet stored, which the endpoint cannot tell.
    """

    def __init__(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()

    def open(self) -> int:
        """Connections that are open now."""
        return sum(not writer.is_closing() for writer in tuple(self._writers))

    async def answer(self, exchange: Exchange) -> None:
        """A fault that is none."""
        self._writers.add(exchange.writer)
        await asyncio.sleep(LATENCY)
        await exchange.send(200, exchange.completion())


def stop_asking(bench: Bench, part: str) -> Row:
    """F05: stopped within 10 s, nobody asked after that, and the next run pays for the rest."""
    row = Row("F05")
    draw = bench.random(row.id, part)
    with asking(bench, latency=LATENCY, max_concurrency=AT_ONCE) as asked:
        if part == KILLED:
            left = bench.kills
            while left:
                left -= _killed_until_done(asked, row, draw, left)
        else:
            for _ in range(max(1, bench.kills // 6)):
                with row.attempt(part):
                    _stopped(asked, row, SIGNALS[part], draw.random())
    return row


def _stopped(asked: Asked, row: Row, number: int, instant: float) -> None:
    connections = Connections()
    asked.begin(lambda _: connections.answer)
    before = asked.pipeline.seen().visible()
    child = asked.start()
    _wait_for_calls(asked, child, 1 + int(0.9 * instant * asked.free.calls))
    in_flight = connections.open()
    sent = time.monotonic()
    os.kill(child.pid, number)
    outcome = child.outcome()
    seconds = time.monotonic() - sent
    row.measured(seconds_to_stop=seconds)
    require(outcome.killed or outcome.error, "it went on to the end")
    require(seconds <= MOST_SECONDS, f"stopped after {seconds:.1f} s")
    asked.settle()
    require(asked.pipeline.seen().visible() == before, "a stopped run has changed a table")
    _finish(asked, row, in_flight)


def _killed_until_done(asked: Asked, row: Row, draw: random.Random, most: int) -> int:
    """Kill one day again and again until it is done, or `most` times; return how often it was."""
    connections = Connections()
    asked.begin(lambda _: connections.answer)
    in_flight = kills = 0
    with row.attempt("the day after its kills"):
        before = asked.pipeline.seen().visible()
        while kills < most:
            outcome, open_then = _killed(asked, connections, draw.uniform(0, KILL_WITHIN))
            if not outcome.killed:
                require(outcome.error is None, f"a run after a kill failed: {outcome.message}")
                break
            kills += 1
            in_flight += open_then
            with row.attempt(KILLED):
                asked.settle()
                require(asked.pipeline.seen().visible() == before, "part of a table is visible")
        _finish(asked, row, in_flight)
    # A day that broke before its first kill is not tried for ever.
    return max(1, kills)


def _killed(asked: Asked, connections: Connections, seconds: float) -> tuple[Outcome, int]:
    """Kill a run some seconds after its first call, and count what was in flight then."""
    child = asked.start()
    _wait_for_calls(asked, child, asked.server.calls + 1)
    until = time.monotonic() + seconds
    while time.monotonic() < until and not child.ended():
        time.sleep(0.005)
    # Stopped first, so that nothing is sent between the count and the kill.
    if not child.ended():
        os.killpg(child.pid, signal.SIGSTOP)
        time.sleep(0.01)
    in_flight = connections.open()
    child.kill()
    return child.outcome(), in_flight


def _wait_for_calls(asked: Asked, child: Child, calls: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while asked.server.calls < calls and not child.ended():
        require(time.monotonic() < deadline, "nothing is asked")
        time.sleep(0.005)


def _finish(asked: Asked, row: Row, in_flight: int) -> None:
    """The next run makes the tables of a run without faults, and I5 holds over all of them."""
    outcome = asked.run()
    require(outcome.error is None, f"the next run failed: {outcome.message}")
    same_day(asked.day(), asked.free.day)
    again = asked.server.paid - asked.free.calls
    row.notes["calls paid twice"] += again
    row.notes["calls in flight at the kills and stops"] += in_flight
    require(again <= in_flight, f"{again} calls paid twice, {in_flight} were in flight")
    asked.count(row, asked.server.calls)
