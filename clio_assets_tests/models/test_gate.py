"""How many calls are in flight and when, against servers with limits of their own."""

from __future__ import annotations

import asyncio
import time

import pytest

from clio_assets.models import limits
from clio_assets.models.limits import Gate, GaveUp, backoff
from clio_assets.models.pace import Pace, paces_of
from clio_assets.models.rate_headers import Remaining, remaining, retry_after
from clio_assets.models.settings import LimitSettings
from clio_assets_tests.models.fault_server import FaultServer
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings, outcomes


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.sqlite"


def make_gate(most=64, patience=120.0):
    return Gate(most, patience, Pace(None), Pace(None))


async def flow(gate, capacity, seconds, callers=100, latency=0.01):
    """Send through the gate to an endpoint that refuses more than `capacity` at once."""
    counts = {"answered": 0, "refused": 0, "most": 0}
    in_flight = 0
    end = time.monotonic() + seconds

    async def call():
        nonlocal in_flight
        while time.monotonic() < end:
            sent = await gate.enter(1)
            in_flight += 1
            counts["most"] = max(counts["most"], in_flight)
            if in_flight > capacity():
                counts["refused"] += 1
                gate.pushed_back(sent, None)
            else:
                await asyncio.sleep(latency)
                counts["answered"] += 1
                gate.answered(sent)
            in_flight -= 1
            gate.leave(1, None)

    await asyncio.gather(*(call() for _ in range(callers)))
    return counts


def test_concurrency_rises_to_its_setting_and_not_beyond():
    gate = make_gate(most=40)
    counts = asyncio.run(flow(gate, lambda: 1_000, seconds=0.5))
    assert gate.concurrency == counts["most"] == 40
    assert counts["refused"] == 0


def test_concurrency_settles_under_what_the_endpoint_refuses(monkeypatch):
    monkeypatch.setattr(limits, "_FIRST_BACKOFF", 0.05)
    gate = make_gate()

    async def settle_then_flow():
        return [await flow(gate, lambda: 24, seconds=0.7) for _ in range(2)]

    settling, settled = asyncio.run(settle_then_flow())
    assert 0 < settling["refused"] <= 30
    assert settled["refused"] == 0
    assert settled["most"] >= 20


def test_concurrency_follows_an_endpoint_that_takes_less_than_before(monkeypatch):
    monkeypatch.setattr(limits, "_FIRST_BACKOFF", 0.02)
    gate = make_gate()
    began = time.monotonic()
    asyncio.run(flow(gate, lambda: 60 if time.monotonic() - began < 0.4 else 6, seconds=1.2))
    assert gate.concurrency <= 6


def test_what_the_endpoint_takes_at_once_is_found_through_the_client(store):
    with FaultServer(latency=0.02, most_at_once=12) as server:
        settings = make_settings(server.base_url, limits={"max_concurrency": 32})
        assert outcomes(ask(settings, store, make_calls(120))) == {("ok", ""): 120}
        assert server.calls <= 120 + 12
        assert server.most_in_flight <= 32


def test_remaining_requests_are_not_exceeded(store):
    """A server that says how many are left until its window ends never has to refuse."""
    with FaultServer() as server:
        window, most = 1.0, 25

        async def counted(exchange):
            began = exchange.seen.seconds // window * window
            used = sum(when >= began for when in server.times)
            left = began + window - exchange.seen.seconds
            headers = {
                "x-ratelimit-remaining-requests": str(max(0, most - used)),
                "x-ratelimit-reset-requests": f"{left * 1e3:.0f}ms",
            }
            assert used <= most
            await exchange.send(200, exchange.completion(), headers)

        server.script = lambda _: counted
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(60))) == {
            ("ok", ""): 60
        }
        assert server.calls == 60
        assert server.times[-1] > 2 * window - 0.5


def test_requests_a_minute_are_spread_over_all_clients_of_the_process(store):
    with FaultServer() as server:
        settings = make_settings(server.base_url, limits={"requests_per_minute": 1_200})
        for batch in range(3):
            ask(settings, store, make_calls(8, word=f"batch {batch}"))
        gaps = [
            later - sooner for sooner, later in zip(server.times, server.times[1:], strict=False)
        ]
        assert len(gaps) == 23
        assert server.times[-1] - server.times[0] >= 23 * 0.05 - 0.05


def test_a_budget_of_tokens_corrects_its_estimates():
    pace, _ = paces_of("somewhere", LimitSettings(requests_per_minute=60))
    assert pace is paces_of("somewhere", LimitSettings(requests_per_minute=60))[0]
    tokens = Pace(60_000)
    tokens.spend(2_000, now=0.0)
    assert tokens.wait(now=0.0) == pytest.approx(2.0)
    tokens.spend(500 - 2_000, now=0.1)
    assert tokens.wait(now=0.1) == pytest.approx(0.4)
    assert Pace(None).wait(0.0) == 0


def test_a_wait_that_is_too_long_is_given_up_at_once():
    async def told_to_wait():
        gate = make_gate()
        sent = await gate.enter(1)
        gate.pushed_back(sent, 3_600.0)
        gate.leave(1, None)
        with pytest.raises(GaveUp, match="rate_limited"):
            await gate.enter(1)
        gate.try_again()
        gate._paused_until = 0.0
        assert await gate.enter(1)

    asyncio.run(told_to_wait())


def test_requests_that_are_left_are_kept_to_between_two_replies():
    async def told_what_is_left():
        gate = make_gate()
        sent = await gate.enter(1)
        gate.heard(Remaining(3, 0.3), None)
        gate.answered(sent)
        gate.leave(1, None)
        began = time.monotonic()
        waits = []
        for _ in range(4):
            await gate.enter(1)
            waits.append(time.monotonic() - began)
        assert waits[2] < 0.1
        assert 0.2 < waits[3] < 1.0

    asyncio.run(told_what_is_left())


def test_tokens_that_are_left_are_kept_to():
    async def told_what_is_left():
        gate = make_gate()
        sent = await gate.enter(100)
        gate.heard(None, Remaining(150, 0.3))
        gate.answered(sent)
        gate.leave(100, None)
        began = time.monotonic()
        await gate.enter(50)
        assert time.monotonic() - began < 0.1
        await gate.enter(50)
        assert 0.2 < time.monotonic() - began < 1.0

    asyncio.run(told_what_is_left())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"},
         30.0),
        ({"retry-after": "Sun, 22 Nov 1998 10:00:30 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
    ],
)  # fmt: skip
def test_retry_after(headers, seconds):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("amount", "reset", "expected"),
    [
        ("99", "6m0s", Remaining(99, 360)),
        ("0", "20ms", Remaining(0, 0.02)),
        ("5", "1h2m3.5s", Remaining(5, 3723.5)),
        ("5", "12", Remaining(5, 12)),
        ("-1", "0", None),
        ("5", "later", None),
        ("5", None, None),
    ],
)
def test_rate_limit_headers(amount, reset, expected):
    headers = {"x-ratelimit-remaining-tokens": amount}
    if reset is not None:
        headers["x-ratelimit-reset-tokens"] = reset
    assert remaining(headers, "tokens") == expected
    assert remaining(headers, "requests") is None


def test_backoff_doubles_and_is_spread():
    first = [backoff(0) for _ in range(200)]
    assert 0.25 <= min(first) < 0.35
    assert 0.65 < max(first) <= 0.75
    assert min(backoff(3) for _ in range(50)) >= 2
    assert max(backoff(30) for _ in range(50)) <= 30
