"""What an endpoint says of its limits in the headers of a reply.

`Retry-After` (RFC 9110, section 10.2.3: seconds or a date), `retry-after-ms`, and the
`x-ratelimit-remaining-*` and `x-ratelimit-reset-*` headers of requests and tokens, whose reset is a
time such as `6m0s`, `20ms` or a number of seconds.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

ABOUT_LIMITS = frozenset(
    {"date", "retry-after", "retry-after-ms"}
    | {
        f"x-ratelimit-{what}-{of}"
        for what in ("remaining", "reset")
        for of in ("requests", "tokens")
    }
)
"""The headers that are looked at, in lower case."""

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_TIME = re.compile(rf"(?:{_PART.pattern})+")
_EPOCH = 1e9
"""A reset beyond 30 years is a time since 1970, which some endpoints send."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Remaining:
    """What may still be sent, and the seconds until there is all of it again."""

    amount: float
    reset_seconds: float


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a reply asks to wait, or None where it does not say."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    given = headers.get("retry-after")
    if given is None:
        return None
    if (seconds := _number(given)) is not None:
        return seconds
    return _seconds_until(given, headers.get("date"))


def remaining(headers: Mapping[str, str], what: str) -> Remaining | None:
    """Return what is left of "requests" or "tokens"; None where it is not said (or is -1)."""
    amount = _number(headers.get(f"x-ratelimit-remaining-{what}"))
    reset = _seconds(headers.get(f"x-ratelimit-reset-{what}"))
    return None if amount is None or reset is None else Remaining(amount, reset)


def _seconds_until(date: str, now: str | None) -> float | None:
    """By the server's own clock where it tells the time, so that ours may be wrong."""
    try:
        until = parsedate_to_datetime(date).timestamp()
        since = parsedate_to_datetime(now).timestamp() if now else time.time()
    except ValueError:
        return None
    return max(0.0, until - since)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    if (number := _number(text)) is not None:
        return number if number < _EPOCH else max(0.0, number - time.time())
    if not _TIME.fullmatch(text.strip()):
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None
