"""F14 and F21: an endpoint that refuses everybody for a while, or lets another model answer."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.model_endpoint import OTHER_MODEL, Asked, Day, asking, same_day
from benchmarks.fault_matrix.rows import Bench, Row
from clio_assets_tests.models.fault_server import Fault, Seen, status

if TYPE_CHECKING:
    from clio_assets_tests.models.fault_server import Exchange

REFUSING_SECONDS, FULL_SECONDS = 6.0, 60.0
RETRY_SECONDS = 2.0
MOST_CALLS = 1.05
MOST_LATER = 45.0
"""I6: the longest pause is 20 s and a half of that, the day takes some seconds."""
FIRST_PAUSE = 0.25

IN_FULL_FLIGHT = "no Retry-After, in full flight"
WAITS = ("no Retry-After", "Retry-After in seconds", "Retry-After as a date", IN_FULL_FLIGHT)
CHANGES = ("in the middle of a day", "after a stop")


@dataclass
class Refusing:
    """A script: every call is refused for some seconds, from the one numbered `since` on."""

    fault: Fault
    seconds: float
    since: int = 0
    refused: list[float] = field(default_factory=list)
    began: float | None = None

    def __call__(self, seen: Seen) -> Fault | None:
        if seen.number >= self.since and self.began is None:
            self.began = seen.seconds
        if self.began is None or seen.seconds >= self.began + self.seconds:
            return None
        self.refused.append(seen.seconds)
        return self.fault


def refuse_everybody(bench: Bench, part: str) -> Row:
    """F14: all calls get a 429 for a minute; all are answered, for a few calls more."""
    row = Row("F14")
    seconds = FULL_SECONDS if bench.full else REFUSING_SECONDS
    with asking(bench) as asked, row.attempt(part):
        script = Refusing(_refusal(part), seconds)
        if part == IN_FULL_FLIGHT:
            script.since = asked.free.calls // 2
        asked.begin(script)
        outcome = asked.run()
        later = outcome.seconds - seconds
        row.measured(seconds_after_it=later)
        require(outcome.error is None, f"the day stopped: {outcome.message}")
        require(later <= MOST_LATER, f"ended {later:.0f} s after the endpoint was well again")
        same_day(asked.day(), asked.free.day)
        require(asked.server.paid == asked.free.calls, "an answer was paid twice")
        _few_calls(asked, row, script, part)
    return row


def _few_calls(asked: Asked, row: Row, script: Refusing, part: str) -> None:
    calls, most = asked.server.calls, MOST_CALLS * asked.free.calls
    if part == IN_FULL_FLIGHT:
        # Those in flight when it began: nothing could tell them.
        wave = sum(when < script.refused[0] + FIRST_PAUSE for when in script.refused)
        row.notes["in flight when the refusals began in full flight"] += wave
        require(wave <= asked.server.most_in_flight, f"{wave} calls were sent after the first 429")
        calls -= wave
        row.measured(calls_ratio_in_full_flight=asked.server.calls / asked.free.calls)
    else:
        shortest = FIRST_PAUSE if "no" in part else RETRY_SECONDS
        gaps = [b - a for a, b in zip(script.refused, script.refused[1:], strict=False)]
        require(all(gap >= shortest for gap in gaps), f"asked again after {min(gaps):.2f} s")
        asked.count(row, calls)
    row.notes["calls refused"] += len(script.refused)
    require(calls <= most, f"{calls} calls where {asked.free.calls} do")


def _refusal(part: str) -> Fault:
    if part == "Retry-After in seconds":
        return status(429, f"{RETRY_SECONDS:.0f}")
    return _dated if part == "Retry-After as a date" else status(429)


async def _dated(exchange: Exchange) -> None:
    """A date by the server's own clock, which is an hour ahead; dates have whole seconds."""
    theirs = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(hours=1)
    until = theirs + dt.timedelta(seconds=RETRY_SECONDS)
    dates = {"Retry-After": until, "Date": theirs}
    headers = {name: format_datetime(date, usegmt=True) for name, date in dates.items()}
    await exchange.send(429, {"error": {"message": "slow down"}}, headers)


def change_model(bench: Bench, part: str) -> Row:
    """F21: a mixed day is refused unless allowed, and the first model's answers are not reused."""
    row = Row("F21")
    draw = bench.random(row.id, part)
    with asking(bench, max_concurrency=8) as asked:
        for _ in range(max(1, bench.kills // 10)):
            with row.attempt(part):
                change = draw.randint(asked.free.calls // 4, 3 * asked.free.calls // 4)
                _change(asked, row, change, stop=part == CHANGES[1])
    return row


def _change(asked: Asked, row: Row, change: int, *, stop: bool) -> None:
    def script(seen: Seen) -> None:
        if seen.number == change and not stop:
            asked.server.model = OTHER_MODEL

    asked.begin(script)
    if stop:
        child = asked.start()
        while asked.server.calls < change and not child.ended():
            time.sleep(0.005)
        child.kill()
        child.outcome()
        asked.settle()
        asked.server.model = OTHER_MODEL
    outcome = asked.run()
    require("one_model_has_answered" in outcome.message, outcome.message or "it went on")
    mixed = asked.day()
    _same_facets(mixed, asked.free.day)
    gave = mixed.models()
    require(len(gave) == 2, f"the outcomes name {len(gave)} models")
    asked.count(row, asked.server.calls)
    asked.expect()
    allowed = asked.run(asked.allowing_mixed_models())
    require(allowed.error is None, f"allowed, and refused: {allowed.message}")
    require(not asked.server.calls, f"allowed, and {asked.server.calls} calls")
    _made_again(asked, mixed)


def _made_again(asked: Asked, mixed: Day) -> None:
    """The day made again asks again for what the former model said, and for nothing else."""
    asked.expect()
    outcome = asked.run()
    require(outcome.error is None, f"made again: {outcome.message}")
    former = mixed.models().total() - mixed.models()[OTHER_MODEL]
    require(asked.server.calls == former, f"{asked.server.calls} calls, not {former}")
    found = asked.day()
    require(set(found.models()) == {OTHER_MODEL}, "still mixed")
    _same_facets(found, asked.free.day)


def _same_facets(found: Day, free: Day) -> None:
    """I1 but for who answered."""
    require(found.facets == free.facets, "rows of facets differ")
    outcomes = [{item: said[:2] for item, said in day.outcomes.items()} for day in (found, free)]
    require(outcomes[0] == outcomes[1], "outcomes differ")
