"""Figures as sentences, and foreign text as it may be shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import polars as pl

from clio_assets.conversations.cleaning import cleaned
from clio_assets.safety.flag_agreement import Correlation

_SPACE = "\N{NO-BREAK SPACE}"

DONE = {
    "queue": "saw the queue",
    "report": "made this page anew",
    "look": "read its conversations",
    "link": "saw its account ids",
    "confirm": "confirmed it",
    "dismiss": "dismissed it",
    "reopen": "opened it again",
}
"""What an entry of the audit says somebody did."""


@lru_cache(maxsize=20_000)
def shown(text: str) -> str:
    """Text of any origin on one line, without what is invisible or turns the reading direction."""
    if text.isascii() and text.isprintable():
        return text
    clean = pl.select(cleaned(pl.lit(text, dtype=pl.String))).item()
    return str(clean).replace("\n", " ").replace("\t", " ")


def topic_name(names: Mapping[str, str], topic: object) -> str:
    """A topic's name; its id where its private file is gone or it was never named."""
    return names.get(str(topic)) or f"topic {topic}"


def percent(share: float | None) -> str:
    """12.3 %, or a dash where nobody knows."""
    return "\N{EN DASH}" if share is None else f"{100 * share:.1f}{_SPACE}%"


def with_interval(share: float, low: float | None, high: float | None) -> str:
    """12.3 % (9.1 to 16.4)."""
    if low is None or high is None:
        return percent(share)
    return f"{percent(share)} ({100 * low:.1f} to {100 * high:.1f})"


def level(value: float, low: float | None, high: float | None) -> str:
    """A mean concern level with its interval; none where there is one account."""
    return f"{value:.2f}" + ("" if low is None or high is None else f" ({low:.2f} to {high:.2f})")


def correlation(name: str, found: Correlation | None) -> str:
    """Pearson's r .71 (.52 to .83)."""
    if found is None:
        return f"{name}: none, with so few topics or so little that differs"
    return f"{name} {found.value:.2f} (95{_SPACE}%: {found.low:.2f} to {found.high:.2f})"


def chance(value: float) -> str:
    """A p or q value; how small one is beyond a thousandth says nothing more to anybody."""
    return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0")


def known(value: Any, form: Callable[[Any], str]) -> str:
    """A figure in its form, or a dash where an older row has none."""
    return "\N{EN DASH}" if value is None else form(value)


def count(number: int, noun: str) -> str:
    """1 account, 2,000 accounts."""
    return f"{number:,}{_SPACE}{noun}" + ("" if number == 1 else "s")


def span(days: float) -> str:
    """How long something took."""
    if days < 2 / 24:
        return f"{days * 1440:.0f}{_SPACE}minutes"
    return f"{days * 24:.0f}{_SPACE}hours" if days < 2 else f"{days:.1f}{_SPACE}days"


def at(moment: str | dt.datetime) -> str:
    """A time of the audit, or now, to the minute; UTC."""
    known = moment if isinstance(moment, dt.datetime) else dt.datetime.fromisoformat(moment)
    return known.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M")


def finding_in_words(kind: str, figures: str, names: Mapping[str, str]) -> str:
    """What a finding is about. `figures` is JSON as FINDINGS has it.

    A kind that is not known here, a later detector's, is told figure by figure.
    """
    told: dict[str, Any] = json.loads(figures)
    try:
        if kind == "coordinated accounts":
            return _group(told)
        if kind == "burst":
            return _burst(told, names)
        if kind.startswith("classifier's false"):
            return _error(told, names)
        if kind == "monitor":
            return _alert(told)
    except (KeyError, TypeError, ValueError):
        # Written by an older or newer version: better bare than not at all.
        pass
    return _bare(told, names)


def _group(told: dict[str, Any]) -> str:
    return (
        f"{count(told['accounts'], 'account')} sent {count(told['requests'], 'request')} with "
        f"nearly the same {told['found_by']} within {span(told['span_days'])}; "
        f"{percent(told['new_share'])} of the accounts are new."
    )


def _burst(told: dict[str, Any], names: Mapping[str, str]) -> str:
    return (
        f"{topic_name(names, told['topic'])}: {count(told['accounts'], 'account')} where "
        f"{told['expected']:.1f} are usual, {told['ratio']:.1f} times as many."
    )


def _error(told: dict[str, Any], names: Mapping[str, str]) -> str:
    return (
        f"{topic_name(names, told['topic'])}: {percent(told['flagged'])} of "
        f"{count(told['conversations'], 'conversation')} flagged, {percent(told['expected'])} "
        f"expected; {percent(told['concerning'])} are concerning."
    )


def _alert(told: dict[str, Any]) -> str:
    return (
        f"{told['monitor']}: {count(told['conversations'], 'conversation')} of "
        f"{count(told['accounts'], 'account')} match, among {told['of_conversations']:,} that day "
        f"({told['rule']})."
    )


def _bare(told: dict[str, Any], names: Mapping[str, str]) -> str:
    parts = [
        topic_name(names, value) if name == "topic" else f"{name.replace('_', ' ')} {_short(value)}"
        for name, value in told.items()
        if value is not None
    ]
    return ", ".join(parts)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
