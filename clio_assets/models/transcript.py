"""A conversation as a model reads it: turns between marks that no conversation can forge.

    [3f9a06c1 user]
    How long do eggs boil?
    [3f9a06c1 assistant]
    ...
    [3f9a06c1 end]

Each mark carries the reference (references.py), which no conversation contains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clio_assets.models.references import reference_of
from clio_assets.models.tokens import ends_within, estimate_tokens

MARK_TOKENS = 24
"""Of a mark's line at most, by `estimate_tokens`."""

MIN_TOKENS = 300
"""Less leaves too few words between the marks of a conversation that is cut."""

Message = Mapping[str, str]
_Part = tuple[str, str]
"""What a mark says, and the text under it."""


@dataclass(frozen=True)
class Transcript:
    """The text with its marks, and the reference in them, 8 hex digits."""

    reference: str
    text: str = field(repr=False)


def render_transcript(messages: Sequence[Message], max_tokens: int) -> Transcript:
    """Return the messages as marked turns, of at most `max_tokens` by `estimate_tokens`.

    A longer conversation is cut at turn boundaries: the first request stays and as many of the
    last turns as fit whole. A turn is cut in itself, in its middle, only where it is the first
    request or the very last turn and too long; the last turns get at least half of the room then,
    and the request what they leave. A mark stands for what was left out.

    Args:
        messages: `role` ("user" or "assistant") and `content` of each turn, in order.
        max_tokens: `MIN_TOKENS` at least.

    Raises:
        ValueError: `max_tokens` is less than `MIN_TOKENS`.
    """
    if max_tokens < MIN_TOKENS:
        raise ValueError(f"max_tokens: {max_tokens} is less than {MIN_TOKENS}.")
    room = max_tokens - MARK_TOKENS
    start = _first_that_fits(messages, 0, room)
    parts = _turns(messages) if start == 0 else _shortened(messages, room)
    return _marked(parts)


def _shortened(messages: Sequence[Message], room: int) -> list[_Part]:
    """The first request, the last turns, and marks for what is not among them."""
    request = next((n for n, turn in enumerate(messages) if turn["role"] == "user"), 0)
    last = len(messages) - 1
    room -= 3 * MARK_TOKENS  # for what is left out before the request, in it and after it
    wanted = min(_tokens(messages[request]["content"]), room // 2) if request < last else 0
    start = _first_that_fits(messages, request + 1, room - wanted)
    later = _turns(messages[start:])
    if start > last > request:
        start, later = last, _cut(messages[last], room - wanted)
    room -= sum(_tokens(text) for _, text in later)
    return [
        *_left_out(0, request),
        *_cut(messages[request], room),
        *_left_out(request + 1, start),
        *later,
    ]


def _first_that_fits(messages: Sequence[Message], start: int, room: int) -> int:
    """Return from which turn on, `start` at the least, all turns together fit in `room`.

    Looks no further back than that, so ten thousand turns cost no more than those that fit.
    """
    first = len(messages)
    while first > start and (room := room - _tokens(messages[first - 1]["content"])) >= 0:
        first -= 1
    return first


def _cut(turn: Message, room: int) -> list[_Part]:
    if _tokens(turn["content"]) <= room:
        return _turns([turn])
    # A request stands before or after what is pasted, so both ends are kept.
    head, tail = ends_within(turn["content"], room - 2 * MARK_TOKENS)
    return [(turn["role"], head), ("left out: the middle of this turn", tail)]


def _left_out(start: int, stop: int) -> list[_Part]:
    return [(f"left out: turns {start + 1} to {stop}", "")] if start < stop else []


def _turns(messages: Sequence[Message]) -> list[_Part]:
    return [(turn["role"], turn["content"]) for turn in messages]


def _tokens(text: str) -> int:
    """With the mark before it."""
    return estimate_tokens(text) + MARK_TOKENS


def _marked(parts: list[_Part]) -> Transcript:
    reference = reference_of("\x1e".join(f"{mark}\x1f{text}" for mark, text in parts))
    lines = []
    for mark, text in parts:
        lines += [f"[{reference} {mark}]", *([text] if text else [])]
    return Transcript(reference, "\n".join([*lines, f"[{reference} end]"]))
