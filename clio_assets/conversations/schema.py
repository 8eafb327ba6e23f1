"""The tables reading and normalising produce, and why a row is refused."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

MESSAGES = pl.List(pl.Struct({"role": pl.String(), "content": pl.String()}))

RAW_CONVERSATIONS: dict[str, pl.DataType] = {
    "conversation_id": pl.String(),
    "account": pl.String(),  # pseudonym, 32 hex digits
    "started_at": pl.Datetime("us", "UTC"),
    "model": pl.String(),
    "messages": MESSAGES,
    "metadata": pl.String(),  # JSON object of the row's other scalar fields
    "source_file": pl.String(),  # base name
    "source_line": pl.Int64(),  # 1-based; the row number in Parquet
}
"""One row a conversation, as read and validated; private."""

QUARANTINE: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_line": pl.Int64(),
    "reason": pl.String(),
}
"""One row a refused row: where it stands and why, never what it says; private."""

CONVERSATIONS: dict[str, pl.DataType] = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "started_at": pl.Datetime("us", "UTC"),
    "model": pl.String(),
    "metadata": pl.String(),
    "turns": pl.Int32(),  # user turns, before the cut
    "characters": pl.Int32(),  # of user and assistant turns, before the cut
    "messages": MESSAGES,
    "first_request": pl.String(),
    "duplicate_of": pl.String(),  # the day's earliest conversation with the same user turns
}
"""One row a normalised conversation; private."""


class Reason(StrEnum):
    """Why a row is in quarantine; `meaning` is the line the documentation shows."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Reason:
        """Attach the meaning to the code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # The file
    BROKEN_FILE = "broken_file", "The file is cut short or corrupt from this row on."
    UNKNOWN_FILE = "unknown_file", "The file is not JSON lines, CSV or Parquet (plain or gzip)."
    EXPANDS_TOO_FAR = "expands_too_far", "The gzip file grows like a decompression bomb."
    # The row's bytes
    LINE_TOO_LONG = "line_too_long", "The row is longer than `source.max_line_bytes`."
    BAD_UTF8 = "bad_utf8", "The row is not UTF-8."
    BAD_JSON = "bad_json", "The row, or a cell that should hold JSON, is not valid JSON."
    BAD_CSV = "bad_csv", "The row has more or fewer cells than the header."
    TOO_DEEP = "too_deep", "The JSON is nested deeper than 32 levels."
    NUL_CHARACTER = "nul_character", "An id or a message holds a NUL character."
    # What the row says
    UNKNOWN_FORMAT = "unknown_format", "The fields are those of no known log format."
    MISSING_FIELD = "missing_field", "The id, the account, the time or the messages are missing."
    WRONG_TYPE = "wrong_type", "A field is not of the type or the length its format has."
    BAD_TIME = "bad_time", "The time is neither ISO 8601 nor seconds since 1970."
    NO_USER_MESSAGE = "no_user_message", "No message of a user has any visible text."
    # The row among others
    FUTURE_DATE = "future_date", "The conversation starts after the moment of reading."
    OUTSIDE_DAY = "outside_day", "The row's own time is not of the day in the file's name."
    DUPLICATE_ID = "duplicate_id", "An earlier row of the day has the same conversation id."
