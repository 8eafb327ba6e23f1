"""Normalised conversations: clean, bounded, counted; duplicates kept and marked."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from clio_assets.config import ConfigError
from clio_assets.conversations.normalising import (
    duplicate_keys,
    duplicate_marks,
    normalise,
    read_opted_out,
)
from clio_assets.conversations.schema import CONVERSATIONS, RAW_CONVERSATIONS
from clio_assets_tests.conversations.conversation_logs import pseudonym

_PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
_HINDI = "\u0915\u094d\u200d\u0937"
_EMOJI = "\U0001f469\u200d\U0001f4bb \u2764\ufe0f"
AT = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)


def _raw(*conversations: list[tuple[str, str]], **columns: list[Any]) -> pl.DataFrame:
    count = len(conversations)
    return pl.DataFrame(
        {
            "conversation_id": [f"c{n}" for n in range(count)],
            "account": [f"p{n}" for n in range(count)],
            "started_at": [AT + dt.timedelta(hours=n) for n in range(count)],
            "model": ["small"] * count,
            "messages": [
                [{"role": role, "content": content} for role, content in turns]
                for turns in conversations
            ],
            "metadata": [None] * count,
            "source_file": ["f"] * count,
            "source_line": list(range(count)),
        }
        | columns,
        schema=RAW_CONVERSATIONS,
    )


def _turns(frame: pl.DataFrame, row: int = 0) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in frame["messages"][row].to_list()]


def _only(text: str) -> str:
    first = normalise(_raw([("user", text)]), set(), 20_000)["first_request"][0]
    assert isinstance(first, str)
    return first


def test_what_is_counted_and_what_is_left_out() -> None:
    raw = _raw(
        [("system", "Be brief."), ("user", "Hi"), ("tool", "{}"), ("assistant", "Yes?"),
         ("user", " More\u200b "), ("assistant", "\u200b")]
    )  # fmt: skip
    out = normalise(raw, set(), 20_000)
    assert out.schema == pl.Schema(CONVERSATIONS)
    assert _turns(out) == [("user", "Hi"), ("assistant", "Yes?"), ("user", "More")]
    assert out.select("turns", "characters", "first_request").row(0) == (2, 10, "Hi")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("pass\u200bword\u202e \x1b[31m\u00ad", "password [31m"),
        ("s\u200de\u200ccret\u200d", "secret"),
        ("hid\U000e0068\U000e0069den\U000e0101", "hidden"),
        ("tab\tkept", "tab\tkept"),
        ("\u0645\u200c end", "\u0645 end"),
        (_PERSIAN, _PERSIAN),
        (_HINDI, _HINDI),
        (_EMOJI, _EMOJI),
    ],
)
def test_text_is_cleaned_without_breaking_scripts(text: str, clean: str) -> None:
    assert _only(text) == clean


def test_opted_out_accounts_are_removed() -> None:
    raw = _raw([("user", "Same")], [("user", "Same")], [("user", "Other")])
    out = normalise(raw, {"p0", "somebody else"}, 20_000)
    assert out["conversation_id"].to_list() == ["c1", "c2"]
    assert out["duplicate_of"].to_list() == [None, None]


def test_a_long_conversation_keeps_its_request_and_its_end() -> None:
    turns = [("assistant", "Welcome"), ("user", "Request")]
    for number in range(100):
        turns += [("assistant", f"{number:03}" + "a" * 97), ("user", f"{number:03}" + "u" * 97)]
    out = normalise(_raw(turns, [("user", "Short")]), set(), 1000)
    kept = _turns(out)
    assert kept[0] == ("user", "Request")
    assert kept[1:] == turns[-9:]
    assert out.select("turns", "characters").row(0) == (101, 20_014)
    assert _turns(out, 1) == [("user", "Short")]


def test_one_enormous_turn_is_bounded() -> None:
    asked = normalise(_raw([("user", "x" * 1_000_000), ("assistant", "Yes")]), set(), 1000)
    assert _turns(asked) == [("user", "x" * 500), ("assistant", "Yes")]
    assert asked["first_request"].str.len_chars()[0] == 500
    answered = normalise(_raw([("user", "Why?"), ("assistant", "y" * 5000)]), set(), 1000)
    assert _turns(answered) == [("user", "Why?"), ("assistant", "y" * 996)]


@given(
    turns=st.lists(
        st.tuples(st.sampled_from(["user", "assistant", "tool"]), st.integers(1, 900)),
        max_size=12,
    ),
    limit=st.integers(500, 3000),
)
@limits(max_examples=60)
def test_the_cut_keeps_the_limit_and_the_order(turns: list[tuple[str, int]], limit: int) -> None:
    raw = [("user", "u0 first"), *((role, f"{n} " + "x" * size)
                                  for n, (role, size) in enumerate(turns))]  # fmt: skip
    spoken = [turn for turn in raw if turn[0] != "tool"]
    kept = _turns(normalise(_raw(raw), set(), limit))
    assert sum(len(content) for _, content in kept) <= limit
    assert kept[0] == spoken[0]
    if sum(len(content) for _, content in spoken) <= limit:
        assert kept == spoken
    else:
        starts = [content.split()[0] for _, content in spoken]
        assert [content.split()[0] for _, content in kept[1:]] == starts[-len(kept) + 1 :]
        assert len(kept) > 1


def test_duplicates_are_kept_and_point_to_the_earliest() -> None:
    raw = _raw(
        [("user", "What time is it?"), ("assistant", "Two.")],
        [("system", "x"), ("user", "what  TIME is it ? ".replace(" ?", "?"))],
        [("user", "What time is it"), ("user", "And now?")],
        [("user", "WHAT TIME IS IT")],
        started_at=[AT, AT - dt.timedelta(hours=1), AT, AT],
    )
    out = normalise(raw, set(), 20_000)
    assert out["conversation_id"].to_list() == ["c0", "c1", "c2", "c3"]
    assert out["duplicate_of"].to_list() == ["c1", None, None, "c1"]


def test_turns_do_not_run_into_each_other() -> None:
    out = normalise(_raw([("user", "a b")], [("user", "a"), ("user", "b")]), set(), 20_000)
    assert out["duplicate_of"].null_count() == 2


def test_batches_mark_duplicates_as_the_whole_day_does() -> None:
    texts = ["one", "two", "One!", "three", "TWO", "one"]
    raw = _raw(*([("user", text)] for text in texts))
    whole = normalise(raw, {"p0"}, 20_000)
    batches = [raw[:2], raw[2:3], raw[3:]]
    marks = duplicate_marks(pl.concat([duplicate_keys(batch, {"p0"}) for batch in batches]))
    parts = pl.concat([normalise(batch, {"p0"}, 20_000, marks) for batch in batches])
    assert parts.equals(whole)
    assert whole["duplicate_of"].to_list() == [None, None, None, "c1", "c2"]


def test_an_empty_day_is_an_empty_frame() -> None:
    empty = pl.DataFrame(schema=RAW_CONVERSATIONS)
    assert normalise(empty, set(), 1000).schema == pl.Schema(CONVERSATIONS)
    assert normalise(_raw([("user", "Hi")]), {"p0"}, 1000).height == 0


def test_a_hostile_conversation_takes_no_long_time() -> None:
    many = [("user", "\u200d\u0301" * 50)] * 10_000
    start = time.perf_counter()
    normalise(_raw([("user", "Hi"), *many]), set(), 20_000)
    assert time.perf_counter() - start < 2


def test_opted_out_ids_are_read_as_pseudonyms(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_bytes(b"\xef\xbb\xbfada\r\n# a comment\n\n  bob \n")
    assert read_opted_out(path, pseudonym) == {pseudonym("ada"), pseudonym("bob")}
    assert read_opted_out(None, pseudonym) == set()
    with pytest.raises(ConfigError, match=r"`source\.opted_out`"):
        read_opted_out(tmp_path / "missing.txt", pseudonym)
