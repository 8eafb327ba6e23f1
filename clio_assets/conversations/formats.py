"""The log formats: by which fields a row is known, and where it keeps what is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clio_assets.conversations.decoding import Row
from clio_assets.conversations.fields import value_at


@dataclass(frozen=True)
class Format:
    """Where one log format keeps a conversation's parts, as dotted paths in order of trust."""

    ids: tuple[str, ...]
    accounts: tuple[str, ...]
    times: tuple[str, ...]
    turns: Callable[[Row], Any]
    declares: bool
    """True where every row must have account and time; else some logs of the format have none."""


def _prompt_and_response(row: Row) -> Any:
    """Turns of a flat row: `messages`, else one exchange in `prompt` and `response`."""
    if "prompt" not in row or "messages" in row:
        return row.get("messages")
    answer = [{"role": "assistant", "content": row["response"]}] if "response" in row else []
    return [{"role": "user", "content": row["prompt"]}, *answer]


def _request_and_choice(row: Row) -> Any:
    """Turns of a message log, or of a logged call: what was sent and the first answer."""
    sent = value_at(row, "request.messages")
    if sent is None:
        return row.get("messages")
    choices = value_at(row, "response.choices")
    if not isinstance(sent, list) or not isinstance(choices, list) or not choices:
        return sent
    answer = choices[0].get("message") if isinstance(choices[0], dict) else None
    return [*sent, answer] if answer else sent


FORMATS: dict[str, Format] = {
    "canonical": Format(
        ids=("conversation_id",),
        accounts=("account_id",),
        times=("started_at",),
        turns=_prompt_and_response,
        declares=True,
    ),
    "openai": Format(
        ids=("id", "conversation_id", "response.id"),
        accounts=("user", "request.user"),
        times=("created_at", "created", "response.created"),
        turns=_request_and_choice,
        declares=False,
    ),
    "wildchat": Format(
        # The hash is of the content, so two people who ask the same share it; a turn's number is
        # its own. The row's time is that of the last turn.
        ids=("conversation_id", "conversation.0.turn_identifier", "conversation_hash"),
        accounts=("hashed_ip",),
        times=("conversation.0.timestamp", "conversation.1.timestamp", "timestamp"),
        turns=lambda row: row.get("conversation"),
        declares=True,
    ),
    "lmsys": Format(
        ids=("conversation_id",),
        accounts=(),
        times=(),
        turns=lambda row: row.get("conversation"),
        declares=False,
    ),
    "sharegpt": Format(
        ids=("id",),
        accounts=(),
        times=(),
        turns=lambda row: row.get("conversations"),
        declares=False,
    ),
}


def format_of(row: Row) -> str | None:
    """Tell a row's format by its fields."""
    if "conversations" in row:
        return "sharegpt"
    if "conversation" in row:
        theirs = {"hashed_ip", "timestamp", "conversation_hash"}
        return "wildchat" if theirs & row.keys() else "lmsys"
    if {"account_id", "started_at", "prompt"} & row.keys():
        return "canonical"
    if isinstance(row.get("request"), dict) or "messages" in row:
        return "openai"
    return None
