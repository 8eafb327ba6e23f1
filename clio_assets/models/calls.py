"""What a model is asked and what comes back: all that prompts and the client know of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Stage = Literal["screener", "facets", "embeddings", "names", "hierarchy", "audit"]
Outcome = Literal["ok", "refused", "invalid", "failed"]
"""`refused`: the model or its filter would not; `invalid`: no answer kept to the schema;
`failed`: no answer came. Only `ok` and `refused` are kept; the others are asked again next time."""


class AnswerError(ValueError):
    """An answer that is valid JSON but not an answer to what was asked; says why without text."""


@dataclass(frozen=True)
class AnswerSchema:
    """The JSON schema (draft 2020-12, closed objects) that an answer keeps to."""

    name: str
    version: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One question to a model.

    `system` is the same for every call of a stage and is sent first, so that providers' prompt
    caches work; `user` is what varies. `item` says what the call is about to whoever asked, and is
    never sent.
    """

    stage: Stage
    item: str
    system: str = field(repr=False)
    user: str = field(repr=False)
    schema: AnswerSchema
    prompt_version: str
    check: Callable[[dict[str, Any]], None] | None = field(default=None, repr=False, compare=False)
    """Raises `AnswerError` for an answer that keeps to the schema and is wrong all the same."""


@dataclass(frozen=True)
class Answer:
    """What came of one call. `value` is there exactly where `outcome` is "ok"."""

    item: str
    outcome: Outcome
    value: dict[str, Any] | None = field(default=None, repr=False)
    model: str = ""
    """The model that the server says has answered, which may not be the name that was asked."""
    reason: str = ""
    """A short code where the outcome is not "ok": `content_filter`, `schema`, `deadline`, ..."""
    cached: bool = False


class BudgetError(RuntimeError):
    """The next call could pass `models.max_cost_per_run`; what is paid is kept."""


Ask = Callable[[Sequence[Call]], list[Answer]]
"""Answers in the order of the calls, one each. Raises only for what stops every call: a wrong
setting (`ConfigError`) or a budget that is spent (`BudgetError`)."""
