"""A budget of requests and tokens a minute, one for all that this process sends to an endpoint.

What is sent is spread evenly: a minute's budget is never there at once, so that no minute, wherever
it begins, holds more than one budget (a full bucket would allow two).
"""

from __future__ import annotations

import math
from threading import Lock

from clio_assets.models.settings import LimitSettings


class Pace:
    """At most so many a minute; None is as many as may be."""

    def __init__(self, per_minute: int | None) -> None:
        self._seconds_each = 60 / per_minute if per_minute else 0.0
        self._next = -math.inf
        self._lock = Lock()

    def wait(self, now: float) -> float:
        """Return the seconds until something may be sent."""
        return max(0.0, self._next - now)

    def spend(self, amount: float, now: float) -> None:
        """Note that `amount` was sent, or less than was noted before (negative)."""
        with self._lock:
            self._next = max(self._next, now) + amount * self._seconds_each


_PACES: dict[tuple[str, int | None, int | None], tuple[Pace, Pace]] = {}


def paces_of(endpoint: str, limits: LimitSettings) -> tuple[Pace, Pace]:
    """Return this process's paces of requests and of tokens for an endpoint."""
    requests, tokens = limits.requests_per_minute, limits.tokens_per_minute
    return _PACES.setdefault((endpoint, requests, tokens), (Pace(requests), Pace(tokens)))
