"""The turns of a conversation, whatever the log calls their fields."""

from __future__ import annotations

import unicodedata
from typing import Any

from clio_assets.conversations.schema import Reason

Message = dict[str, str]

_ROLES = {
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant",
    "bard": "assistant", "bot": "assistant", "model": "assistant", "ai": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "function_call": "tool",
}  # fmt: skip
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by category that show nothing."""


def as_messages(turns: Any) -> list[Message] | Reason:
    """Return turns as `{role, content}`; turns without text, such as tool calls, are left out."""
    if turns is None:
        return Reason.MISSING_FIELD
    if not isinstance(turns, list):
        return Reason.WRONG_TYPE
    messages: list[Message] = []
    for turn in turns:
        message = _as_message(turn)
        if isinstance(message, Reason):
            return message
        if message["content"]:
            messages.append(message)
    requests = (message["content"] for message in messages if message["role"] == "user")
    if not any(is_visible(request) for request in requests):
        return Reason.NO_USER_MESSAGE
    return messages


def is_visible(text: str) -> bool:
    """True where a text holds a letter, digit, mark or symbol that can be seen."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _FILLERS for c in text)


def _as_message(turn: Any) -> Message | Reason:
    if not isinstance(turn, dict):
        return Reason.WRONG_TYPE
    name = turn.get("role", turn.get("from"))
    if name is None:
        return Reason.MISSING_FIELD
    role = _ROLES.get(name.lower()) if isinstance(name, str) else None
    content = _as_text(turn.get("content", turn.get("value")))
    if role is None:
        return Reason.WRONG_TYPE
    if isinstance(content, Reason):
        return content
    return {"role": role, "content": content}


def _as_text(content: Any) -> str | Reason:
    """Return a turn's text; of a list of parts, those of type text."""
    if content is None:
        return ""
    if isinstance(content, list):
        texts = [
            part if isinstance(part, str) else part.get("text")
            for part in content
            if isinstance(part, str) or (isinstance(part, dict) and "text" in part)
        ]
        if not all(isinstance(text, str | None) for text in texts):
            return Reason.WRONG_TYPE
        content = "\n".join(text for text in texts if text)
    if not isinstance(content, str):
        return Reason.WRONG_TYPE
    return Reason.NUL_CHARACTER if "\0" in content else content
