"""JSON lines, CSV, Parquet and gzip hold the same rows, whatever the file is called."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clio_assets_tests.conversations.conversation_logs import (
    DAY,
    as_lines,
    canonical,
    read,
    reasons,
    settings,
    write,
)

ROWS = [
    canonical(n, messages=[{"role": "user", "content": f'Line one,\n\n"line" {n}; é'}])
    for n in range(300)
]


def _csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        messages = row["messages"]
        cell = messages if isinstance(messages, str) else json.dumps(messages, indent=1)
        writer.writerow(row | {"messages": cell})
    return text.getvalue().encode()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows).write_parquet(file, row_group_size=100)
    return file.getvalue()


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        ("jsonl", as_lines(ROWS)),
        ("jsonl", as_lines(ROWS).replace(b"\n", b"\r\n")),
        ("jsonl.gz", gzip.compress(as_lines(ROWS))),
        ("csv", _csv(ROWS)),
        ("csv", b"\xef\xbb\xbf" + _csv(ROWS, ";")),
        ("csv.gz", gzip.compress(_csv(ROWS))),
        ("parquet", _parquet(ROWS)),
        ("jsonl", gzip.compress(as_lines(ROWS))),
        ("parquet", as_lines(ROWS)),
        ("txt", _parquet(ROWS)),
        ("jsonl.gz", _csv(ROWS)),
        ("jsonl.gz", gzip.compress(as_lines(ROWS[:100])) + gzip.compress(as_lines(ROWS[100:]))),
    ],
)
def test_every_container_gives_the_same_rows(tmp_path: Path, suffix: str, content: bytes) -> None:
    (tmp_path / f"{DAY}.{suffix}").write_bytes(content)
    rows_in, accepted, quarantined = read(settings(tmp_path), batch_rows=70)
    assert rows_in == 300
    assert reasons(quarantined) == {}
    assert accepted["conversation_id"].to_list() == [row["conversation_id"] for row in ROWS]
    assert accepted["messages"].to_list() == [row["messages"] for row in ROWS]
    assert accepted["model"].unique().to_list() == ["small"]


def test_parquet_rows_are_numbered_from_one(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.parquet").write_bytes(_parquet(ROWS))
    assert read(settings(tmp_path))[1]["source_line"].to_list() == list(range(1, 301))


def test_csv_may_be_flat(tmp_path: Path) -> None:
    flat = b"conversation_id,account_id,started_at,prompt,response\nc1,a,2026-11-03,Hi?,Hi.\n"
    write(tmp_path / f"{DAY}.csv", flat)
    assert read(settings(tmp_path))[1]["messages"].to_list() == [
        [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hi."}]
    ]


def test_a_flat_csv_cell_must_be_utf8(tmp_path: Path) -> None:
    flat = b"conversation_id,account_id,started_at,prompt\nc1,a,2026-11-03,caf\xe9\n"
    write(tmp_path / f"{DAY}.csv", flat)
    assert reasons(read(settings(tmp_path))[2]) == {2: "bad_utf8"}


def test_bad_csv_rows_are_counted_by_line(tmp_path: Path) -> None:
    good, header = _csv(ROWS[:1]).split(b"\n", 1)[1], _csv(ROWS[:1]).split(b"\n", 1)[0] + b"\n"
    cell = b'"[{""role"": ""user"", ""content"": ""%s""}]"'
    bad = [
        b"c7,a\n",
        b"c8,a,2026-11-03,small," + cell % b"\xff" + b"\n",
        b"c9,a,2026-11-03,small,[not json\n",
        b"\n",
        b"c10,a,2026-11-03,small," + cell % (b"x" * 3000) + b"\n",
    ]
    write(tmp_path / f"{DAY}.csv", header + b"".join(bad) + good)
    rows_in, accepted, quarantined = read(settings(tmp_path, max_line_bytes=2000))
    assert rows_in == 5
    assert accepted["conversation_id"].to_list() == ["c0"]
    assert reasons(quarantined) == {
        2: "bad_csv", 3: "bad_utf8", 4: "bad_json", 6: "line_too_long",
    }  # fmt: skip


def test_an_open_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    content = _csv(ROWS[:1]) + b'c8,a,2026-11-03,small,"[{\n' + _csv(ROWS[1:]).split(b"\n", 1)[1]
    write(tmp_path / f"{DAY}.csv", content)
    rows_in, accepted, quarantined = read(settings(tmp_path, max_line_bytes=2000))
    assert rows_in == accepted.height + quarantined.height
    assert accepted.height > 200


def test_a_long_or_unreadable_parquet_row_is_alone_in_quarantine(tmp_path: Path) -> None:
    texts = pa.array([b"fine", b"\xff\xfe", b"x" * 5000, b"fine"], pa.binary())
    unchecked = pa.StringArray.from_buffers(4, texts.buffers()[1], texts.buffers()[2])
    table = pa.table({
        "conversation_id": ["c1", "c2", "c3", "c4"],
        "account_id": ["a"] * 4,
        "started_at": ["2026-11-03"] * 4,
        "prompt": unchecked,
    })  # fmt: skip
    pq.write_table(table, tmp_path / f"{DAY}.parquet")
    rows_in, accepted, quarantined = read(settings(tmp_path, max_line_bytes=2000))
    assert rows_in == 4
    assert accepted["conversation_id"].to_list() == ["c1", "c4"]
    assert reasons(quarantined) == {2: "bad_utf8", 3: "line_too_long"}


def test_a_truncated_parquet_is_one_row(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.parquet").write_bytes(_parquet(ROWS)[:-100])
    assert reasons(read(settings(tmp_path))[2]) == {1: "broken_file"}


def test_a_damaged_parquet_page_keeps_the_rows_before_it(tmp_path: Path) -> None:
    content = bytearray(_parquet(ROWS))
    middle = len(content) // 2
    content[middle : middle + 400] = b"\xff" * 400
    (tmp_path / f"{DAY}.parquet").write_bytes(content)
    rows_in, accepted, quarantined = read(settings(tmp_path))
    assert rows_in == accepted.height + quarantined.height
    assert "broken_file" in quarantined["reason"]
