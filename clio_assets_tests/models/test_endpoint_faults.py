"""F14 to F20: what an endpoint can do wrong, each against a server that does it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from email.utils import format_datetime

import pytest

from clio_assets.models import limits
from clio_assets.models.ledger import stage_sums
from clio_assets_tests.models import fault_server as faults
from clio_assets_tests.models.fault_server import FaultServer, hang, slow_loris, status
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings, outcomes

OK = ("ok", "")


@pytest.fixture
def quick(monkeypatch):
    """Waits of a fifth, where it is not the waits that are tested."""
    monkeypatch.setattr(limits, "_FIRST_BACKOFF", limits._FIRST_BACKOFF / 5)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "private" / "calls.sqlite"


@pytest.mark.parametrize("retry_after", [None, "1", "0"])
def test_f14_refusing_everybody_costs_a_few_calls_and_fails_nobody(store, retry_after):
    refusing = 1.2
    refuse = status(429, retry_after)
    with FaultServer(lambda seen: refuse if seen.seconds < refusing else None) as server:
        answers = ask(make_settings(server.base_url), store, make_calls(100))
        assert outcomes(answers) == {OK: 100}
        assert server.calls <= 100 * 1.05
        refused = [when for when in server.times if when < refusing]
        gaps = [later - sooner for sooner, later in zip(refused, server.times[1:], strict=False)]
        assert all(gap >= float(retry_after or 0.2) for gap in gaps)


def test_f14_a_date_in_retry_after_is_waited_for_by_the_servers_clock(store):
    # The server's clock is an hour ahead of ours: 1 s later by it is 1 s by ours.
    theirs = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    until = format_datetime(theirs + dt.timedelta(seconds=1), usegmt=True)

    async def dated(exchange):
        headers = {"Retry-After": until, "Date": format_datetime(theirs, usegmt=True)}
        await exchange.send(429, {"error": {"message": "slow down"}}, headers)

    with FaultServer(lambda seen: dated if seen.number == 0 else None) as server:
        assert outcomes(ask(make_settings(server.base_url), store, make_calls(3))) == {OK: 3}
        assert 1.0 <= server.times[1] - server.times[0] < 3.0


def test_f14_when_it_begins_in_full_flight_only_what_was_in_flight_is_refused(store):
    began: list[float] = []

    async def refuse(exchange):
        await asyncio.sleep(0.1)
        await status(429)(exchange)

    def script(seen):
        if seen.number == 40:
            began.append(seen.seconds)
        return refuse if began and seen.seconds < began[0] + 1.2 else None

    at_once = {"max_concurrency": 16}
    with FaultServer(script, latency=0.1) as server:
        answers = ask(make_settings(server.base_url, limits=at_once), store, make_calls(100))
        assert outcomes(answers) == {OK: 100}
        assert server.calls - server.paid <= 16 + 3


def test_f14_an_endpoint_that_never_stops_refusing_is_given_up_in_bounded_time(store, quick):
    began = time.monotonic()
    with FaultServer(lambda _: status(429)) as server:
        settings = make_settings(server.base_url, limits={"deadline_seconds": 0.5})
        answers = ask(settings, store, make_calls(50))
        assert outcomes(answers) == {("failed", "rate_limited"): 50}
        assert server.calls <= 5
    assert time.monotonic() - began < 6


def test_f15_a_fifth_of_server_errors_is_retried(store, quick):
    codes = [500, 502, 503, 529]

    def script(seen):
        return status(codes[seen.number // 5 % 4]) if seen.number % 5 == 2 else None

    with FaultServer(script) as server:
        answers = ask(make_settings(server.base_url), store, make_calls(60))
        assert outcomes(answers) == {OK: 60}
        assert server.paid == 60
        assert max(server.calls_of.values()) <= 1 + 5
        assert stage_sums(store, "2026-11-01")["retries"].item() == server.calls - 60


def test_f15_a_call_is_retried_as_often_as_the_settings_say_and_asked_again_next_time(store, quick):
    calls = make_calls(8)
    broken: set[str] = set()

    def script(seen):
        if seen.number == 4:
            broken.add(seen.item)
        return status(500) if seen.item in broken else None

    with FaultServer(script) as server:
        settings = make_settings(server.base_url, limits={"max_retries": 1, "max_concurrency": 2})
        assert outcomes(ask(settings, store, calls)) == {OK: 7, ("failed", "http_500"): 1}
        assert server.calls_of[broken.pop()] == 2
        assert outcomes(ask(settings, store, calls)) == {OK: 8}
        assert server.paid == 8


@pytest.mark.parametrize("fault", [hang(), slow_loris()], ids=["hang", "slow loris"])
def test_f16_the_deadline_is_kept_and_the_slot_is_freed(store, quick, fault):
    stuck: set[str] = set()

    def script(seen):
        if seen.number in {3, 4}:
            stuck.add(seen.item)
        return fault if seen.item in stuck else None

    settings = {"limits": {"deadline_seconds": 1, "max_concurrency": 2}}
    began = time.monotonic()
    with FaultServer(script) as server:
        answers = ask(make_settings(server.base_url, **settings), store, make_calls(20))
        assert outcomes(answers) == {OK: 18, ("failed", "deadline"): 2}
        assert [server.calls_of[item] for item in stuck] == [2, 2]
        assert server.most_in_flight <= 2
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("fault", [faults.reset, faults.reset_within_body])
def test_f17_a_reset_after_the_body_is_paid_once_more_at_most(store, quick, fault):
    with FaultServer(lambda seen: fault if seen.number in {0, 7, 9} else None) as server:
        settings = make_settings(server.base_url)
        assert outcomes(ask(settings, store, make_calls(30))) == {OK: 30}
        assert server.calls == 33
        assert max(server.calls_of.values()) == 2
        # An answer that was lost may have been billed: it is in the ledger, as an estimate.
        sums = stage_sums(store, "2026-11-01")
        assert sums["estimated"].item() == 3
        assert sums["tokens_out"].item() == 30 * 20 + 3 * 100
        ask(settings, store, make_calls(30))
        assert server.calls == 33


NOT_ANSWERS = {
    "truncated": (faults.truncated, "not_json"),
    "truncated body": (faults.truncated_body, "no_completion"),
    "wrong type": (faults.WRONG_TYPE, "schema"),
    "one field more": (faults.altered(lambda value: {**value, "more": 1}), "schema"),
    "one field less": (faults.altered(lambda value: {"ref": value["ref"]}), "schema"),
    "a list": (faults.altered(lambda value: [value]), "schema"),
    "NaN": (faults.says('{"ref": NaN}'), "not_json"),
    "words around it": (faults.says('Here you are: {"ref": "1"}'), "not_json"),
    "no content": (faults.says(""), "empty"),
    "content that is no text": (faults.says([{"type": "text"}]), "empty"),
    "no choices": (faults.sends(b'{"choices": []}'), "no_completion"),
    "empty 200": (faults.EMPTY, "no_completion"),
    "html 200": (faults.HTML, "no_completion"),
    "cut off by the token limit": (faults.LENGTH, "length"),
    "another item": (faults.ANOTHER_ITEM, "wrong_answer"),
}


@pytest.mark.parametrize(("fault", "reason"), NOT_ANSWERS.values(), ids=NOT_ANSWERS)
def test_f18_f19_what_is_no_answer_is_asked_afresh_then_counted_as_invalid(store, fault, reason):
    bad: set[str] = set()

    def script(seen):
        if seen.number in {2, 3}:
            bad.add(seen.item)
        # The second of them is bad once, the first for ever.
        return fault if seen.item in bad and (seen.item == min(bad) or not seen.again) else None

    with FaultServer(script) as server:
        settings = make_settings(server.base_url, limits={"max_concurrency": 4})
        first = ask(settings, store, make_calls(10))
        assert outcomes(first) == {OK: 9, ("invalid", reason): 1}
        assert all(answer.value is None for answer in first if answer.outcome == "invalid")
        assert sorted(server.calls_of[item] for item in bad) == [2, 3]
        sums = stage_sums(store, "2026-11-01")
        assert sums.select("calls", "ok", "invalid", "retries").row(0) == (10, 9, 1, 3)
        # What is invalid is not kept: the next run asks, and only for that.
        bad.clear()
        assert outcomes(ask(settings, store, make_calls(10))) == {OK: 10}
        assert server.calls == 14


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.REFUSAL, "refusal"),
        (faults.CONTENT_FILTER, "content_filter"),
        (faults.FILTERED_PROMPT, "content_filter"),
    ],
)
def test_f20_a_refusal_is_kept_and_not_asked_again(store, fault, reason):
    with FaultServer(lambda seen: fault if seen.number == 1 else None) as server:
        settings = make_settings(server.base_url)
        for cached in (False, True):
            answers = ask(settings, store, make_calls(5))
            assert outcomes(answers) == {OK: 4, ("refused", reason): 1}
            assert {answer.cached for answer in answers} == {cached}
            assert server.calls == 5


def test_f20_refusals_that_the_provider_makes_before_the_model_name_no_model(store):
    """They must not pass for a change of the model (F21)."""
    with FaultServer(lambda seen: faults.FILTERED_PROMPT if seen.number == 3 else None) as server:
        ask(make_settings(server.base_url), store, make_calls(5))
        answers = ask(make_settings(server.base_url), store, make_calls(5))
        assert {answer.model for answer in answers} == {"small-2026-01"}
        assert server.calls == 5
