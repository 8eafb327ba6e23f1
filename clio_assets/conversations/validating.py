"""A decoded row as a canonical conversation, or the reason it is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from clio_assets.config import ConfigError, SourceSettings
from clio_assets.conversations.decoding import Row
from clio_assets.conversations.fields import as_id, as_time, first_value
from clio_assets.conversations.formats import FORMATS, Format, format_of
from clio_assets.conversations.messages import Message, as_messages
from clio_assets.conversations.metadata import metadata_of
from clio_assets.conversations.schema import Reason
from clio_assets.conversations.source_files import FILE_DATE, SourceFile

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MODELS = ("model", "request.model", "response.model")
_MAX_MODEL = 200
_ENOUGH_ROWS = 5
_BODY = ("messages", "conversation", "conversations", "prompt", "response", "request")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A valid row; `account` is still the log's own id and must not be stored."""

    conversation_id: str
    account: str
    started_at: dt.datetime
    model: str | None
    messages: list[Message]
    metadata: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row, and its moment where one can be read, valid or not."""

    started_at: dt.datetime | None
    outcome: Conversation | Reason


def validate(row: Row, source: SourceSettings, file: SourceFile, line: int) -> Verdict:
    """Turn a decoded row into a conversation, or say why it is none.

    Args:
        row: the decoded row.
        source: says the format, and which fields hold account and time.
        file: where the row stands, for `source.time: file_date` and for rows without an id.
        line: the row's line or number, from 1.
    """
    name = format_of(row) if source.format == "auto" else source.format
    if name is None:
        return Verdict(None, Reason.UNKNOWN_FORMAT)
    log = FORMATS[name]
    started_at = _time(row, log, source, file)
    if isinstance(started_at, Reason):
        return Verdict(None, started_at)
    return Verdict(started_at, _conversation(row, log, source, started_at, f"{file.name}:{line}"))


def require_account_and_time(source: SourceSettings, sample: Iterable[Row]) -> None:
    """Refuse logs that name no account or no time where the settings do not say what to take.

    `sample` is a few rows of the logs; those of a format that always has both need no settings.

    Raises:
        ConfigError: naming the key and the choices.
    """
    rows = list(sample)
    names = [format_of(row) if source.format == "auto" else source.format for row in rows]
    pairs = [(row, FORMATS[name]) for row, name in zip(rows, names, strict=True) if name]
    if not pairs:
        return
    missing = _misspelt(source, rows)
    if not source.account and not any(_has(row, log, log.accounts) for row, log in pairs):
        missing.append(
            "`source.account` is not set, and these logs name no account. Set it to the field that "
            "holds the account (such as `metadata.user`), or to `conversation` to count "
            "conversations instead of people."
        )
    if not source.time and not any(_has(row, log, log.times) for row, log in pairs):
        missing.append(
            "`source.time` is not set, and these logs carry no time. Set it to the field that "
            "holds the time, to `file_date` (the day in each file's name), or to one date "
            "(YYYY-MM-DD) for all of them."
        )
    if missing:
        raise ConfigError("\n".join(missing))


def _misspelt(source: SourceSettings, rows: list[Row]) -> list[str]:
    """Keys naming a field that no row has; a few bad rows alone are no proof of it."""
    if len(rows) < _ENOUGH_ROWS:
        return []
    named = {
        "source.account": None if source.counts_conversations else source.account,
        "source.time": None if _is_date(source.time) else source.time,
    }
    return [
        f"`{key}` names a field that none of the first {len(rows)} rows has: check its spelling, "
        "with dots for a field inside another (such as `metadata.user`)."
        for key, path in named.items()
        if path and not any(first_value(row, (path,)) is not None for row in rows)
    ]


def _is_date(setting: str | None) -> bool:
    """True where `source.time` says the day itself instead of a field."""
    return setting == FILE_DATE or bool(setting and _DATE.fullmatch(setting))


def _has(row: Row, log: Format, paths: tuple[str, ...]) -> bool:
    return log.declares or first_value(row, paths) is not None


def _time(row: Row, log: Format, source: SourceSettings, file: SourceFile) -> dt.datetime | Reason:
    if source.time == FILE_DATE:
        return as_time(file.day)
    if source.time and _DATE.fullmatch(source.time):
        return as_time(source.time)
    return as_time(first_value(row, (source.time,) if source.time else log.times))


def _conversation(
    row: Row, log: Format, source: SourceSettings, started_at: dt.datetime, place: str
) -> Conversation | Reason:
    conversation_id = as_id(first_value(row, log.ids))
    if conversation_id is Reason.MISSING_FIELD and not log.declares:
        conversation_id = place
    if isinstance(conversation_id, Reason):
        return conversation_id
    accounts = (source.account,) if source.account else log.accounts
    account = conversation_id if source.counts_conversations else as_id(first_value(row, accounts))
    if isinstance(account, Reason):
        return account
    messages = as_messages(log.turns(row))
    if isinstance(messages, Reason):
        return messages
    model = first_value(row, _MODELS)
    times = (source.time,) if source.time else log.times
    consumed = {*log.ids, *accounts, *times, *_MODELS, *_BODY}
    return Conversation(
        conversation_id=conversation_id,
        account=account,
        started_at=started_at,
        model=model if isinstance(model, str) and 0 < len(model) <= _MAX_MODEL else None,
        messages=messages,
        metadata=metadata_of(row, consumed, account),
    )
