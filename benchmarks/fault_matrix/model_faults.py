"""F15 to F20: what an endpoint does wrong with some calls of a day, while it answers the others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.model_endpoint import Asked, Day, asking, same_day
from benchmarks.fault_matrix.rows import Bench, Row
from clio_assets_tests.models import fault_server as faults
from clio_assets_tests.models.fault_server import Fault, Seen, hang, says, slow_loris, status

if TYPE_CHECKING:
    from clio_assets_tests.models.fault_server import Exchange

MOST_SECONDS = 60.0
"""I6: no row here waits for more than its retries, some 16 s."""
ALWAYS, ONCE = 2, 10
"""How many conversations meet the fault whenever they are asked about, and how many once."""
MOST_RETRIES = 5
DEADLINE = 2.0


@dataclass(frozen=True)
class Case:
    """A fault, and what is recorded of the conversations that meet it always.

    `tries` is how often a call is made that meets it each time; `always` and `once` say how many
    conversations do so, and how many only at first.
    """

    fault: Callable[[Asked], Fault]
    outcome: str = "invalid"
    reason: str = ""
    tries: int = 3
    always: int = ALWAYS
    once: int = ONCE


@dataclass(frozen=True)
class Group:
    """Cases of a row that share one run without faults, and its deadline of a call."""

    row: str
    cases: dict[str, Case]
    deadline_seconds: float = 60.0


def _bad(fault: Fault, reason: str) -> Case:
    return Case(lambda _: fault, reason=reason)


def _hanging(fault: Fault) -> Case:
    # Half of its deadline each: the second try has no time left for a third.
    return Case(lambda _: fault, "failed", "deadline", tries=2)


def _lost(fault: Fault) -> Case:
    return Case(lambda _: fault, always=0)


def _refused(fault: Fault, reason: str) -> Case:
    return Case(lambda _: fault, "refused", reason, tries=1, always=ALWAYS + 1, once=0)


def _answer_of_another(asked: Asked) -> Fault:
    """What was right for the conversation that was answered before this one."""

    async def fault(exchange: Exchange) -> None:
        about = exchange.request["messages"][-1]["content"]
        other = next(value for value in asked.said if value["ref"] not in about)
        await says(json.dumps(other))(exchange)

    return fault


GROUPS: dict[str, Group] = {
    "held up": Group(
        "F16", {"hang": _hanging(hang()), "slow loris": _hanging(slow_loris())}, DEADLINE
    ),
    "reset": Group(
        "F17",
        {
            "before the answer": _lost(faults.reset),
            "within the answer": _lost(faults.reset_within_body),
        },
    ),
    "no answer": Group(
        "F18",
        {
            "cut short": _bad(faults.truncated, "not_json"),
            "a body cut short": _bad(faults.truncated_body, "no_completion"),
            "cut off by the token limit": _bad(faults.LENGTH, "length"),
            "empty 200": _bad(faults.EMPTY, "no_completion"),
            "HTML 200": _bad(faults.HTML, "no_completion"),
        },
    ),
    "another shape": Group(
        "F18",
        {
            "wrong type": _bad(faults.WRONG_TYPE, "schema"),
            "a field more": _bad(faults.altered(lambda value: {**value, "more": 1}), "schema"),
            "a field less": _bad(faults.altered(lambda value: {"ref": value["ref"]}), "schema"),
            "words around it": _bad(says('Here you are: {"ref": "1"}'), "not_json"),
        },
    ),
    "another item": Group(
        "F19",
        {
            "no such conversation": _bad(faults.ANOTHER_ITEM, "wrong_answer"),
            "another conversation": Case(_answer_of_another, reason="wrong_answer"),
        },
    ),
    "refused": Group(
        "F20",
        {
            "refusal": _refused(faults.REFUSAL, "refusal"),
            "content filter": _refused(faults.CONTENT_FILTER, "content_filter"),
            "prompt filtered": _refused(faults.FILTERED_PROMPT, "content_filter"),
        },
    ),
}
"""Every part of F16 to F20."""


def _parts(row: str) -> tuple[str, ...]:
    return tuple(name for name, group in GROUPS.items() if group.row == row)


ERRORS = ("a fifth of the calls",)
HANGS, RESETS, BAD, OTHERS, REFUSALS = (_parts(f"F{n}") for n in range(16, 21))


def fail_some(bench: Bench, part: str) -> Row:
    """F16 to F20: the day goes on, what failed is recorded, and the next run asks for it alone."""
    group = GROUPS[part]
    row = Row(group.row)
    draw = bench.random(row.id, part)
    with asking(bench, deadline_seconds=group.deadline_seconds, max_concurrency=8) as asked:
        for name, case in group.cases.items():
            for _ in range(max(1, bench.kills // 20)):
                with row.attempt(name):
                    drawn = draw.sample(asked.free.items, case.always + case.once)
                    _fail(asked, row, case, set(drawn[: case.always]), set(drawn))
    return row


def _fail(asked: Asked, row: Row, case: Case, always: set[str], drawn: set[str]) -> None:
    fault = case.fault(asked)
    asked.begin(
        lambda seen: fault if seen.item in always or (seen.item in drawn and not seen.again)
        else None
    )  # fmt: skip
    outcome = asked.run()
    row.measured(seconds_a_run=outcome.seconds)
    require(outcome.error is None, f"the day stopped: {outcome.message}")
    require(outcome.seconds <= MOST_SECONDS, f"it took {outcome.seconds:.0f} s")
    found = asked.day()
    _recorded(found, asked.free.day, case, len(always))
    tries = {item: asked.server.calls_of[item] for item in drawn}
    for item, count in tries.items():
        expected = case.tries if item in always else 2
        require(count == expected, f"a call was made {count} times, not {expected}")
    calls = asked.server.calls
    asked.count(row, calls)
    # What was right is paid once; all else met the fault, and was in flight then.
    right = asked.free.calls - len(always)
    require(asked.right_answers() == right, f"{asked.right_answers()} right answers, not {right}")
    _next_run(asked, found, always, refused=case.outcome == "refused")


def _recorded(found: Day, free: Day, case: Case, always: int) -> None:
    """The others are as without the fault; these have an outcome, a reason and no facets."""
    lacking = found.of(case.outcome)
    require(len(lacking) == always, f"{len(lacking)} are {case.outcome}, not {always}")
    require(len(found.of("ok")) == len(free.of("ok")) - always, "another outcome is recorded")
    reasons = sorted(set(lacking.values()) - {case.reason})
    require(not reasons, f"recorded as {', '.join(reasons)}")
    require(not lacking.keys() & found.facets.keys(), "facets without an answer")
    same_day(found, free, but=set(lacking))


def _next_run(asked: Asked, found: Day, always: set[str], *, refused: bool) -> None:
    """The endpoint is well again: only what has no answer is asked, and a refusal is one."""
    if refused:  # a day that lacks nothing would not be read again
        asked.forget_day()
    asked.expect()
    outcome = asked.run()
    require(outcome.error is None, f"the next run failed: {outcome.message}")
    wanted = set() if refused else always
    require(set(asked.server.calls_of) == wanted, f"{asked.server.calls} calls in the next run")
    require(asked.server.calls == len(wanted), "a call was made twice without a fault")
    same_day(asked.day(), found if refused else asked.free.day)


def fail_a_fifth(bench: Bench, part: str) -> Row:
    """F15: errors of the server on 20 % of all calls, and on every call about one conversation."""
    row = Row("F15")
    draw = bench.random(row.id, part)
    with asking(bench) as asked:
        for _ in range(max(1, bench.kills // 20)):
            with row.attempt(part):
                salt, never = draw.getrandbits(32), draw.choice(asked.free.items)
                _fail_a_fifth(asked, row, salt, never)
    return row


def _fail_a_fifth(asked: Asked, row: Row, salt: int, never: str) -> None:
    codes = (500, 502, 503, 529)

    def script(seen: Seen) -> Fault | None:
        # By what is asked and how often it was: the same whatever the order.
        drawn = hash((salt, int(seen.item, 16), seen.again)) % 1_000
        fails = seen.item == never or (drawn < 200 and seen.again < MOST_RETRIES)
        return status(codes[drawn % 4]) if fails else None

    asked.begin(script)
    outcome = asked.run()
    row.measured(seconds_a_run=outcome.seconds)
    require(outcome.error is None, f"the day stopped: {outcome.message}")
    require(outcome.seconds <= MOST_SECONDS, f"it took {outcome.seconds:.0f} s")
    asked.count(row, asked.server.calls)
    share = sum(asked.faulted.values()) / asked.server.calls
    require(0.1 < share < 0.35, f"{share:.0%} of the calls met the fault")
    most = max(asked.server.calls_of.values()) - 1
    row.measured(most_retries=most)
    require(asked.server.calls_of[never] - 1 == most == MOST_RETRIES, f"{most} retries of a call")
    _jittered(asked.seen)
    require(asked.right_answers() == asked.free.calls - 1, "an answer was paid twice")
    found = asked.day()
    require(list(found.of("failed").values()) in (["http_500"], ["http_502"], ["http_503"],
            ["http_529"]), "the call that always failed is not recorded so")  # fmt: skip
    same_day(found, asked.free.day, but=set(found.of("failed")))
    _next_run(asked, found, {never}, refused=False)


def _jittered(seen: list[Seen]) -> None:
    """First retries come half a second after the fault, spread by half of it either way."""
    times: dict[str, list[float]] = defaultdict(list)
    for one in seen:
        times[one.item].append(one.seconds)
    waits = [later[1] - later[0] for later in times.values() if len(later) > 1]
    require(min(waits) > 0.2, f"tried again after {min(waits):.2f} s")
    require(max(waits) - min(waits) > 0.2, "the retries are not spread")
