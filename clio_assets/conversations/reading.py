"""One day of conversation logs: each row accepted or refused, none lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import polars as pl
import pyarrow as pa

from clio_assets.config import SourceSettings
from clio_assets.conversations.containers import records
from clio_assets.conversations.schema import QUARANTINE, RAW_CONVERSATIONS, Reason
from clio_assets.conversations.source_files import SourceFile, files_for
from clio_assets.conversations.validating import (
    Conversation,
    Verdict,
    require_account_and_time,
    validate,
)

_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_SAMPLE_ROWS = 20
_BATCH_CHARACTERS = 8_000_000
"""A batch ends here even when it has few rows, so that long conversations stay bounded too."""


@dataclass(frozen=True)
class DayBatch:
    """Some rows of a day; `rows_in` is counted where rows come in, the frames where they end."""

    rows_in: int
    accepted: pl.DataFrame
    """RAW_CONVERSATIONS."""
    quarantined: pl.DataFrame
    """QUARANTINE."""


def read_day(
    source: SourceSettings,
    day: dt.date,
    pseudonym: Callable[[str], str],
    *,
    now: dt.datetime,
    batch_rows: int = 2000,
) -> Iterator[DayBatch]:
    """Yield the rows of one UTC day in the order of file names and lines.

    A row of a daily file belongs to the file's day. In files that name no day a row belongs to
    the day it says; rows without a readable time, or dated after `now`, are counted on
    `source.first_day`, so that each row belongs to exactly one day.

    Args:
        source: where and what the logs are.
        day: the UTC day.
        pseudonym: turns an account id into 32 hex digits.
        now: rows that start later are refused; aware, UTC.
        batch_rows: rows a batch holds at most.

    Raises:
        ConfigError: before anything is read, where the path is wrong or the logs name no
            account or no time and the settings do not say what to take.
        SourceError: a file cannot be opened.
    """
    files = files_for(source, day)
    require_account_and_time(source, _sample(source, files))
    return _batches(source, files, day, pseudonym, now, batch_rows)


def _sample(source: SourceSettings, files: list[SourceFile]) -> Iterator[dict[str, object]]:
    """The first rows of each file: a folder may hold logs of several formats."""
    for file in files[:_SAMPLE_ROWS]:
        for _, row in islice(records(file.path, source.max_line_bytes), _SAMPLE_ROWS):
            if not isinstance(row, Reason):
                yield row


def _batches(
    source: SourceSettings,
    files: list[SourceFile],
    day: dt.date,
    pseudonym: Callable[[str], str],
    now: dt.datetime,
    batch_rows: int,
) -> Iterator[DayBatch]:
    batch = _Batch()
    seen: set[str] = set()
    for file in files:
        for line, row in records(file.path, source.max_line_bytes):
            verdict = (
                Verdict(None, row) if isinstance(row, Reason) else validate(row, source, file, line)
            )
            if _owner(file, verdict, source.first_day, now) != day:
                continue
            batch.rows_in += 1
            outcome = _among_others(verdict, day, now, seen)
            base_name = file.path.name
            if isinstance(outcome, Reason):
                batch.refuse(base_name, line, outcome)
            else:
                seen.add(outcome.conversation_id)
                batch.accept(outcome, pseudonym(outcome.account), base_name, line)
            if batch.rows_in >= batch_rows or batch.characters >= _BATCH_CHARACTERS:
                yield batch.frames()
                batch = _Batch()
    if batch.rows_in:
        yield batch.frames()


def _owner(file: SourceFile, verdict: Verdict, first_day: dt.date, now: dt.datetime) -> dt.date:
    """Return the one day a row is counted on."""
    if file.day:
        return file.day
    if verdict.started_at is None or verdict.started_at > now:
        return first_day
    return verdict.started_at.date()


def _among_others(
    verdict: Verdict, day: dt.date, now: dt.datetime, seen: set[str]
) -> Conversation | Reason:
    outcome = verdict.outcome
    if isinstance(outcome, Reason):
        return outcome
    if outcome.started_at > now:
        return Reason.FUTURE_DATE
    if outcome.started_at.date() != day:
        return Reason.OUTSIDE_DAY
    return Reason.DUPLICATE_ID if outcome.conversation_id in seen else outcome


class _Batch:
    """Rows on their way into two frames."""

    def __init__(self) -> None:
        self.rows_in = 0
        self.characters = 0
        self._accepted: dict[str, list[object]] = {name: [] for name in RAW_CONVERSATIONS}
        self._refused: list[tuple[str, int, str]] = []

    def accept(self, row: Conversation, account: str, file: str, line: int) -> None:
        values = (
            row.conversation_id, account, row.started_at, row.model, row.messages, row.metadata,
            file, line,
        )  # fmt: skip
        for column, value in zip(self._accepted.values(), values, strict=True):
            column.append(value)
        self.characters += sum(len(message["content"]) for message in row.messages)

    def refuse(self, file: str, line: int, reason: Reason) -> None:
        self._refused.append((file, line, reason.value))

    def frames(self) -> DayBatch:
        # Arrow takes nested lists three times as fast as Polars does.
        messages = pa.array(self._accepted["messages"], _MESSAGES)
        columns = self._accepted | {"messages": pl.from_arrow(messages)}
        return DayBatch(
            rows_in=self.rows_in,
            accepted=pl.DataFrame(columns, schema=RAW_CONVERSATIONS),
            quarantined=pl.DataFrame(self._refused, schema=QUARANTINE, orient="row"),
        )
