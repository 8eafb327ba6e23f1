"""Validated conversations as the later steps want them: clean, bounded, duplicates marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from clio_assets.config import ConfigError
from clio_assets.conversations.cleaning import cleaned
from clio_assets.conversations.cutting import cut_turns
from clio_assets.conversations.schema import CONVERSATIONS

_KEYS = ["conversation_id", "started_at", "text_key"]


def normalise(
    raw: pl.DataFrame,
    opted_out: Iterable[str],
    max_characters: int,
    marks: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return a frame of CONVERSATIONS from one of RAW_CONVERSATIONS, in the same order.

    Conversations of opted-out accounts are removed. System and tool turns are left out; the
    others are cleaned. `turns` and `characters` describe the whole conversation; `messages` of a
    longer one than `max_characters` keeps the first request (its first half budget at most) and
    as many of the last turns as fit whole.

    Args:
        raw: one batch, or the whole day.
        opted_out: pseudonyms.
        max_characters: of all messages of a conversation together.
        marks: what `duplicate_marks` found over the day; without it duplicates are looked for
            in this frame alone.
    """
    kept = _without(raw, opted_out)
    turns = _turns(kept)
    if marks is None:
        marks = duplicate_marks(_keys(kept, turns))
    sizes = turns.group_by("row").agg(
        (pl.col("role") == "user").sum().cast(pl.Int32).alias("turns"),
        pl.col("size").sum().cast(pl.Int32).alias("characters"),
    )
    texts = (
        cut_turns(turns, max_characters)
        .group_by("row", maintain_order=True)
        .agg(
            pl.struct("role", "content").alias("messages"),
            pl.col("content").filter(pl.col("role") == "user").first().alias("first_request"),
        )
    )
    return (
        kept.with_row_index("row")
        .drop("messages")
        .join(sizes, on="row", how="left", maintain_order="left")
        .join(texts, on="row", how="left", maintain_order="left")
        .join(marks, on="conversation_id", how="left", maintain_order="left")
        .select(list(CONVERSATIONS))
        .cast(dict(CONVERSATIONS))  # type: ignore[arg-type]
    )


def duplicate_keys(raw: pl.DataFrame, opted_out: Iterable[str]) -> pl.DataFrame:
    """Return conversation_id, started_at and text_key (UInt64) of a batch.

    The key is a hash of what the user wrote: case, spacing and end punctuation do not count.
    It takes 8 bytes a conversation, so a day's keys fit in memory when its texts do not.
    """
    kept = _without(raw, opted_out)
    return _keys(kept, _turns(kept))


def duplicate_marks(keys: pl.DataFrame) -> pl.DataFrame:
    """Return conversation_id and duplicate_of for each conversation that repeats an earlier one.

    Earliest is by started_at, then by id. `keys` is `duplicate_keys` of all the day's batches.
    """
    first = pl.col("conversation_id").first().over("text_key")
    return (
        keys.sort("started_at", "conversation_id")
        .with_columns(duplicate_of=first)
        .filter(pl.col("duplicate_of") != pl.col("conversation_id"))
        .select("conversation_id", "duplicate_of")
    )


def read_opted_out(path: Path | None, pseudonym: Callable[[str], str]) -> set[str]:
    """Return the pseudonyms of the accounts in a file: one id a line, `#` starts a comment line.

    Raises:
        ConfigError: the file is missing or not UTF-8. Nobody is left in because of a typing error.
    """
    if path is None:
        return set()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            "`source.opted_out` names a file that is missing or is not UTF-8 text: write one "
            "account id a line, or remove the key if nobody opted out."
        ) from None
    ids = (line.strip() for line in lines)
    return {pseudonym(account) for account in ids if account and not account.startswith("#")}


def _without(raw: pl.DataFrame, opted_out: Iterable[str]) -> pl.DataFrame:
    accounts = pl.Series(sorted(opted_out), dtype=pl.String)
    return raw.filter(~pl.col("account").is_in(accounts.implode()))


def _turns(kept: pl.DataFrame) -> pl.DataFrame:
    """One row a cleaned user or assistant turn: row, role, content, size in characters."""
    return (
        kept.select("messages")
        .with_row_index("row")
        .explode("messages")
        .unnest("messages")
        .filter(pl.col("role").is_in(["user", "assistant"]))
        .with_columns(cleaned(pl.col("content")))
        .with_columns(pl.col("content").str.len_chars().cast(pl.Int64).alias("size"))
        .filter(pl.col("size") > 0)
    )


def _keys(kept: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    written = (
        turns.filter(pl.col("role") == "user")
        .with_columns(
            pl.col("content")
            .str.to_lowercase()
            .str.replace_all(r"\s+", " ")
            .str.strip_chars_end(" .!?…")
        )
        .group_by("row", maintain_order=True)
        .agg(pl.col("content"))
        .select("row", pl.col("content").list.join("\x1f").hash().alias("text_key"))
    )
    return (
        kept.select("conversation_id", "started_at")
        .with_row_index("row")
        .join(written, on="row", how="inner", maintain_order="left")
        .select(_KEYS)
    )
