"""Errors that quote conversations, as careless libraries raise them, and the steps that meet them.

with patch.object(error.module, error.name, error.raises):
    ...  # the run fails at error.step
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import polars as pl

from clio_assets.defs import checks, conversations, door, facets
from clio_assets.defs.clio import Clio


@dataclass(frozen=True)
class CarelessError:
    """What is replaced by what, and the step that fails for it.

    daily: whether the step belongs to a day's own job.
    """

    module: ModuleType
    name: str
    raises: Callable[..., object]
    step: str
    daily: bool = True


def quotes_a_row(frame: pl.DataFrame, *_: object, **__: object) -> None:
    raise ValueError(f"cannot convert {frame.rows()}")


def quotes_in_a_chain(frame: pl.DataFrame, *_: object, **__: object) -> None:
    try:
        quotes_a_row(frame)
    except ValueError as error:
        raise TypeError(f"while reading {frame.rows()}") from error


def panics(frame: pl.DataFrame, *_: object, **__: object) -> None:
    """As Polars does: no `Exception`."""
    raise pl.exceptions.PanicException(f"not implemented for {frame.rows()}")


def casts_a_text(clio: Clio, day: str) -> checks.Outcome:
    """DuckDB's own error quotes the text it could not cast."""
    clio.layout.day(day).query(
        "SELECT string_agg(first_request, ' ')::INTEGER FROM conversations"
    )  # fmt: skip
    return True, {}


def quotes_texts(_topics: object, _members: object, texts: pl.DataFrame, *_: object) -> None:
    quotes_a_row(texts)


def quotes_members(*_: object, members: pl.DataFrame, **__: object) -> None:
    raise KeyError(f"no such topic: {members.rows()}")


CARELESS_ERRORS = {
    "normalising": CarelessError(conversations, "duplicate_keys", quotes_a_row, "conversations"),
    "normalising, a panic": CarelessError(conversations, "duplicate_keys", panics, "conversations"),
    "facets": CarelessError(facets, "extract_facets", quotes_a_row, "facets"),
    "facets, chained": CarelessError(facets, "extract_facets", quotes_in_a_chain, "facets"),
    "a check": CarelessError(
        checks, "facets_are_complete", casts_a_text, "facets_every_conversation_has_facets"
    ),
    "the audit": CarelessError(door, "audit_topics", quotes_texts, "topic_audit", daily=False),
    "the door": CarelessError(door, "open_door", quotes_members, "released_topics", daily=False),
}
"""In the order of the flow, so that each finds its step undone."""
