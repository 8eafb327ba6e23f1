"""An `ask` whose answers a test writes: what was asked is kept, what is answered is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from clio_assets.models.calls import Answer, AnswerError, Call, Outcome

MARK = re.compile(r"^\[([0-9a-f]{8}) (.+)\]$")

Reply = Callable[[Call], "dict[str, Any] | Outcome"]
"""An answer's fields but `ref`, or the outcome of a call without one."""


@dataclass
class Scripted:
    """Answers by `reply`; like the client, takes no answer that its schema or check refuses."""

    reply: Reply
    calls: list[Call] = field(default_factory=list)

    def __call__(self, calls: Sequence[Call]) -> list[Answer]:
        self.calls += calls
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Answer:
        told = self.reply(call)
        if isinstance(told, str):
            return Answer(call.item, told, model="scripted", reason="scripted")
        value = {"ref": reference(call), **told}
        try:
            jsonschema.validate(value, call.schema.document)
            if call.check:
                call.check(value)
        except (jsonschema.ValidationError, AnswerError):
            return Answer(call.item, "invalid", model="scripted", reason="schema")
        return Answer(call.item, "ok", value, model="scripted")

    @property
    def prompts(self) -> str:
        """Every word that was sent."""
        return "\n".join(f"{call.system}\n{call.user}" for call in self.calls)


def reference(call: Call) -> str:
    """The code of a call's marks."""
    found = MARK.match(call.user.partition("\n")[0])
    assert found
    return found[1]


def sections(call: Call) -> dict[str, list[str]]:
    """Mark -> the lines under it, in order, without the end and what follows it."""
    parts: dict[str, list[str]] = {}
    for line in call.user.split("\n"):
        found = MARK.match(line)
        if found and found[1] == reference(call):
            parts[found[2]] = current = []
        else:
            current.append(line)
    closing = parts.pop("end")
    assert closing[0] == ""
    assert closing[1].endswith(f'{{"ref": "{reference(call)}"')
    assert len(closing) == 2
    return parts
