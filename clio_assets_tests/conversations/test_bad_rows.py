"""F25: every bad row is counted with its reason, and never takes a good one with it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from clio_assets.conversations import byte_lines
from clio_assets.conversations.schema import Reason
from clio_assets_tests.conversations.conversation_logs import (
    DAY,
    NOW,
    as_lines,
    canonical,
    outcome,
    read,
    reasons,
    settings,
    write,
)

_DEEP: Any = 1
for _ in range(40):
    _DEEP = [_DEEP]


def _saying(content: Any, role: str = "user") -> dict[str, Any]:
    return canonical(messages=[{"role": role, "content": content}])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (canonical(), "accepted"),
        (b'{"conversation_id": "c1", ', "bad_json"),
        (b"[1, 2]", "wrong_type"),
        (b'"text"', "wrong_type"),
        (as_lines([canonical()]).replace(b"loaves", b"\xff\xfe"), "bad_utf8"),
        (as_lines([canonical()]).replace(b"loaves", b"a\x00b"), "nul_character"),
        (_saying("a\0b"), "nul_character"),
        (canonical(account_id="a\0b"), "nul_character"),
        (canonical(extra=_DEEP), "too_deep"),
        (b'{"a": ' * 5000 + b"1" + b"}" * 5000, "too_deep"),
        (canonical(conversation_id=None), "missing_field"),
        (canonical(conversation_id="  "), "missing_field"),
        (canonical(account_id=None), "missing_field"),
        (canonical(started_at=None), "missing_field"),
        (canonical(messages=None), "missing_field"),
        (canonical(account_id=["x"]), "wrong_type"),
        (canonical(account_id=True), "wrong_type"),
        (canonical(account_id="x" * 201), "wrong_type"),
        (canonical(messages="hello"), "wrong_type"),
        (canonical(messages=["hello"]), "wrong_type"),
        (_saying(5), "wrong_type"),
        (_saying("hi", role="wizard"), "wrong_type"),
        (canonical(started_at="yesterday"), "bad_time"),
        (canonical(started_at="2026-02-30T00:00:00Z"), "bad_time"),
        (canonical(started_at=True), "bad_time"),
        (canonical(started_at="0001-01-01T00:00:00+05:00"), "bad_time"),
        (canonical(messages=[]), "no_user_message"),
        (_saying("hello", role="assistant"), "no_user_message"),
        (_saying(" \n\u200b\u2060"), "no_user_message"),
        (_saying("\u3164"), "no_user_message"),
        (_saying(None), "no_user_message"),
        (canonical(started_at="2026-11-10T00:00:01Z"), "future_date"),
        (canonical(started_at="2026-11-04T00:00:00Z"), "outside_day"),
        (canonical(started_at="2026-11-03T23:30:00-02:00"), "outside_day"),
        (canonical(started_at="2026-11-04T01:30:00+02:00"), "accepted"),
        (canonical(99), "duplicate_id"),
        (b'{"hello": "world"}', "unknown_format"),
    ],
)
def test_each_bad_row_has_its_reason(tmp_path: Path, row: Any, expected: str) -> None:
    assert outcome(tmp_path, row) == expected


def test_every_reason_has_a_meaning_of_one_line() -> None:
    for reason in Reason:
        assert reason.meaning.endswith(".")
        assert reason.meaning.count("\n") == 0


def test_the_first_of_two_equal_ids_is_kept_across_files(tmp_path: Path) -> None:
    write(tmp_path / f"b-{DAY}.jsonl", [canonical(1, model="second")])
    write(tmp_path / f"a-{DAY}.jsonl", [canonical(1, model="first")])
    rows_in, accepted, quarantined = read(settings(tmp_path))
    assert rows_in == 2
    assert accepted["model"].to_list() == ["first"]
    assert quarantined.rows() == [(f"b-{DAY}.jsonl", 1, "duplicate_id")]


def test_an_empty_file_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    write(tmp_path / f"a-{DAY}.jsonl", b"")
    write(tmp_path / f"b-{DAY}.jsonl", b"\n  \r\n" + as_lines([canonical()]) + b"\n\n")
    rows_in, accepted, quarantined = read(settings(tmp_path))
    assert (rows_in, accepted["source_line"].to_list(), quarantined.height) == (1, [3], 0)


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    write(tmp_path / f"{DAY}.jsonl", b"\xef\xbb\xbf" + as_lines([canonical(1), canonical(2)]))
    rows_in, accepted, _ = read(settings(tmp_path))
    assert rows_in == accepted.height == 2


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_line_of_10_megabytes_is_passed_over(tmp_path: Path, suffix: str) -> None:
    long = as_lines([_saying("x" * 10_000_000)])
    content = as_lines([canonical(1)]) + long + as_lines([canonical(3)])
    write(tmp_path / f"{DAY}{suffix}", content)
    rows_in, accepted, quarantined = read(settings(tmp_path))
    assert rows_in == 3
    assert accepted["conversation_id"].to_list() == ["c1", "c3"]
    assert reasons(quarantined) == {2: "line_too_long"}


def test_the_longest_line_allowed_is_read(tmp_path: Path) -> None:
    line = as_lines([canonical()])[:-1]
    padded = line + b" " * (1000 - len(line)) + b"\n"
    write(tmp_path / f"{DAY}.jsonl", padded + as_lines([canonical(2)])[:-1] + b" " * 900 + b"\n")
    _, accepted, quarantined = read(settings(tmp_path, max_line_bytes=1000))
    assert accepted["conversation_id"].to_list() == ["c1"]
    assert reasons(quarantined) == {2: "line_too_long"}


def test_a_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    rows = [canonical(n, note=f"{n * 7919 % 1000}") for n in range(5000)]
    packed = gzip.compress(as_lines(rows))
    write(tmp_path / f"{DAY}.jsonl", packed[: len(packed) // 2])
    rows_in, accepted, quarantined = read(settings(tmp_path))
    assert 1000 < accepted.height < 5000
    assert rows_in == accepted.height + 1
    assert reasons(quarantined) == {accepted.height + 1: "broken_file"}


def test_a_corrupt_gzip_is_one_row(tmp_path: Path) -> None:
    write(tmp_path / f"{DAY}.jsonl", b"\x1f\x8b\x08\x00" + b"garbage" * 20)
    assert reasons(read(settings(tmp_path))[2]) == {1: "broken_file"}


def test_a_decompression_bomb_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_lines, "EXPANSION_FROM", 1000)
    bomb = as_lines([canonical()]) + b" " * 5_000_000 + b"\n" + as_lines([canonical(2)])
    write(tmp_path / f"{DAY}.jsonl.gz", bomb)
    _, accepted, quarantined = read(settings(tmp_path))
    assert accepted["conversation_id"].to_list() == ["c1"]
    assert reasons(quarantined) == {2: "expands_too_far"}


@pytest.mark.parametrize("start", [b"PK\x03\x04rest", b"BZh91AY", b"SQLite format 3\0"])
def test_an_unknown_container_is_one_row(tmp_path: Path, start: bytes) -> None:
    write(tmp_path / f"{DAY}.jsonl", start + b"\n" * 5)
    assert reasons(read(settings(tmp_path))[2]) == {1: "unknown_file"}


def test_a_hostile_conversation_takes_no_long_time(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "\u200b" * 100} for _ in range(10_000)]
    write(tmp_path / f"{DAY}.jsonl", [canonical(messages=turns)])
    start = dt.datetime.now(tz=dt.UTC)
    assert reasons(read(settings(tmp_path))[2]) == {1: "no_user_message"}
    assert dt.datetime.now(tz=dt.UTC) - start < dt.timedelta(seconds=2)


def test_no_text_reaches_the_quarantine(tmp_path: Path) -> None:
    bad = json.dumps(_saying("canary-7431"))[:-3].encode()
    write(tmp_path / f"{DAY}.jsonl", bad)
    _, _, quarantined = read(settings(tmp_path), now=NOW)
    assert quarantined.height == 1
    assert "canary" not in quarantined.write_json()
