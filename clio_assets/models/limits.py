"""How many calls may be in flight, and when: one gate before an endpoint for a whole client.

Concurrency follows additive increase, multiplicative decrease (Chiu and Jain 1989, as TCP does,
RFC 5681): one call more for each answer until the endpoint first pushes back, a fifth fewer when
it does, then a tenth more a round up to one below what was refused, and beyond that only after a
while.

A 429 is said to everybody: all wait, then one call probes, and only its answer opens the gate
again. So an endpoint that refuses for a minute costs a handful of calls, not a storm. The first
call of a client and of each model is such a probe too: a wrong key costs one call.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from contextlib import suppress

from clio_assets.models.pace import Pace
from clio_assets.models.rate_headers import Remaining

_START = 16
"""In flight after the first answer; doubles in each round trip until the endpoint pushes back."""
_DECREASE = 0.8
_INCREASE = 0.1
_HOLD_SECONDS = 30.0
"""How long the gate stays below what was refused: an overshoot costs a pause and a probe."""
_OUTAGE_FAULTS = 20
"""Faults in a row that are not single calls' bad luck: at 20 % of faults, one chance in 10^14."""
_LONGEST_WAIT = 600.0
"""Seconds an endpoint may ask us to wait before we give up on it for this batch."""
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.5, 20.0


class GaveUp(Exception):  # noqa: N818
    """The endpoint has answered nothing for too long; says the last reason's code."""


class Stopped(Exception):  # noqa: N818
    """Nothing may be sent any more."""


class Gate:
    """Who may send now. Every method belongs to the event loop's thread."""

    def __init__(self, most: int, patience: float, requests: Pace, tokens: Pace) -> None:
        self._most = most
        self._patience = patience
        self._requests, self._tokens = requests, tokens
        self._left = {"requests": _Window(), "tokens": _Window()}
        self._limit = float(min(most, _START))
        self._ceiling = math.inf
        self._held_until = 0.0
        self._in_flight = 0
        self._tokens_in_flight = 0
        self._waiting = 0
        self._probing = True
        self._paused_until = -math.inf
        self._cut_at = -math.inf
        self._faults = 0
        self._silent_since: float | None = None
        self._gave_up: str | None = None
        self._turnstile = asyncio.Lock()
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self.rounds = 0
        """Pauses in a row without an answer in between."""
        self.answers = 0

    @property
    def concurrency(self) -> int:
        """How many calls may be in flight now."""
        return 1 if self._probing else int(self._limit)

    @property
    def stopped(self) -> bool:
        """True once nothing may be sent any more."""
        return self._stop.is_set()

    def try_again(self) -> None:
        """Begin a batch: an endpoint that was given up on gets one more probe."""
        self._gave_up = None

    def doubt(self) -> None:
        """Let one call go alone, before calls that nothing is known of."""
        self._probing = True

    def stop(self) -> None:
        """Let nothing more through; what is in flight may end."""
        self._stop.set()
        self._changed.set()

    async def enter(self, tokens: int) -> float:
        """Wait for a turn to send a call of about `tokens`; return when it was given.

        Raises:
            GaveUp: the endpoint answers nobody.
            Stopped: nobody may send any more.
        """
        self._waiting += 1
        try:
            async with self._turnstile:
                while (seconds := self._wait(tokens)) > 0:
                    self._changed.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(None if seconds == math.inf else seconds):
                            await self._changed.wait()
        finally:
            self._waiting -= 1
        now = time.monotonic()
        self._in_flight += 1
        self._tokens_in_flight += tokens
        self._requests.spend(1, now)
        self._tokens.spend(tokens, now)
        self._left["requests"].left -= 1
        self._left["tokens"].left -= tokens
        return now

    def leave(self, tokens: int, used: int | None) -> None:
        """Free the slot; `used` is how many tokens it really were, where that is known."""
        self._in_flight -= 1
        self._tokens_in_flight -= tokens
        if used is not None:
            self._tokens.spend(used - tokens, time.monotonic())
        self._changed.set()

    def heard(self, requests: Remaining | None, tokens: Remaining | None) -> None:
        """Note what a reply's headers say is left, less what else is on its way."""
        now = time.monotonic()
        self._left["requests"].heard(requests, self._in_flight - 1, now)
        self._left["tokens"].heard(tokens, self._tokens_in_flight, now)

    def answered(self, sent: float) -> None:
        """The endpoint did what it is there for: it opens, and more may be in flight."""
        now = time.monotonic()
        self.answers += 1
        self._faults = 0
        if sent >= self._paused_until:
            self._probing = False
            self.rounds = 0
            self._silent_since = None
        if self._waiting:
            once = 1.0 if self._ceiling == math.inf else max(1 / self._limit, _INCREASE)
            grown = min(self._most, self._limit + once)
            if grown <= self._ceiling or now >= self._held_until:
                self._limit = grown
        self._changed.set()

    def pushed_back(self, sent: float, retry_after: float | None) -> None:
        """A 429: everybody waits as long as it says, or longer each time where it does not."""
        now = time.monotonic()
        if sent >= self._cut_at and not self._probing:
            # Where little was in flight it was not concurrency that was refused.
            refused = max(self._in_flight, self._limit / 2)
            self._ceiling = max(1.0, refused - 1)
            self._limit = max(1.0, refused * _DECREASE)
            self._held_until = now + _HOLD_SECONDS
        self._pause(sent, retry_after, "rate_limited")

    def faulted(self, sent: float, retry_after: float | None, reason: str) -> None:
        """A call was lost: alone it is that call's affair, in a row it is an outage."""
        self._faults += 1
        if self._probing or self._faults >= _OUTAGE_FAULTS:
            self._pause(sent, retry_after, reason)

    async def rest(self, seconds: float) -> None:
        """Wait before a call's next attempt.

        Raises:
            Stopped: nobody may send any more.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        if self.stopped:
            raise Stopped

    def _pause(self, sent: float, retry_after: float | None, reason: str) -> None:
        now = time.monotonic()
        self._probing = True
        if sent < self._cut_at:  # of a wave that is being waited out already
            self._paused_until = max(self._paused_until, now + (retry_after or 0))
            return
        self._cut_at = now
        self._silent_since = self._silent_since or now
        patience = self._patience if retry_after is None else _LONGEST_WAIT
        # One that says "1 s" for a minute is not asked sixty times.
        seconds = max(backoff(self.rounds), retry_after or 0)
        self.rounds += 1
        self._paused_until = max(self._paused_until, now + seconds)
        if now - self._silent_since > patience or seconds > _LONGEST_WAIT:
            self._gave_up = reason
        self._changed.set()

    def _wait(self, tokens: int) -> float:
        if self.stopped:
            raise Stopped
        if self._gave_up is not None:
            raise GaveUp(self._gave_up)
        if self._in_flight >= self.concurrency:
            return math.inf
        now = time.monotonic()
        left = max(self._left["requests"].wait(1, now), self._left["tokens"].wait(tokens, now))
        if left > _LONGEST_WAIT:
            raise GaveUp("rate_limited")
        return max(
            self._paused_until - now, self._requests.wait(now), self._tokens.wait(now), left, 0.0
        )


class _Window:
    """What the endpoint said may still be sent until it has all of its budget again."""

    def __init__(self) -> None:
        self.left = math.inf
        self._until = -math.inf

    def heard(self, said: Remaining | None, on_its_way: int, now: float) -> None:
        if said is not None:
            self.left = said.amount - on_its_way
            self._until = now + said.reset_seconds

    def wait(self, need: int, now: float) -> float:
        return 0.0 if self.left >= need else max(0.0, self._until - now)


def backoff(attempt: int) -> float:
    """Return the seconds to wait after failed attempt 0, 1, ...: doubling, and spread by half.

    The spread keeps calls that failed together from coming back together.
    """
    seconds = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0**attempt)
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311  (spreads retries, keeps no secret)
