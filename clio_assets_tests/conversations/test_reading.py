"""Rows in = accepted + quarantined, each on one day, in bounded memory."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from clio_assets.conversations.reading import read_day
from clio_assets_tests.conversations.conversation_logs import (
    DAY,
    NEXT,
    NOW,
    as_lines,
    canonical,
    pseudonym,
    read,
    settings,
    write,
)

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[3] / "shared"))
DAYS = [DAY + dt.timedelta(days=n) for n in range((NOW.date() - DAY).days + 1)]

_TIMES = st.sampled_from(
    ["2026-11-03T10:00:00Z", "2026-11-05T23:59:59Z", "2026-11-09T10:00:00-15:00", "2031-01-01",
     "soon", None]
)  # fmt: skip
_ROWS = st.one_of(
    st.builds(
        lambda number, at, text: as_lines(
            [canonical(number, started_at=at, messages=[{"role": "user", "content": text}])]
        ),
        st.integers(1, 6),
        _TIMES,
        st.sampled_from(["Hello", "", "a\0b", "x" * 2000]),
    ),
    st.binary(max_size=30).map(lambda noise: b"#" + noise.replace(b"\n", b"") + b"\n"),
)


@given(files=st.lists(st.lists(_ROWS, max_size=8), min_size=1, max_size=3), rows=st.integers(1, 4))
@limits(max_examples=60)
def test_each_row_is_counted_on_exactly_one_day(files: list[list[bytes]], rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, lines in enumerate(files):
            write(Path(folder) / f"part-{number}.jsonl", b"".join(lines))
        source = settings(Path(folder), max_line_bytes=1000)
        seen = Counter()
        for day in DAYS:
            rows_in, accepted, quarantined = read(source, day, batch_rows=rows)
            assert rows_in == accepted.height + quarantined.height
            assert accepted["started_at"].dt.date().is_in([day]).all()
            assert accepted["conversation_id"].is_unique().all()
            for frame in (accepted, quarantined):
                seen.update(frame.select("source_file", "source_line").iter_rows())
        expected = {
            (f"part-{number}.jsonl", line + 1)
            for number, lines in enumerate(files)
            for line in range(len(lines))
        }
        assert seen == Counter(expected)


@given(lines=st.lists(_ROWS, max_size=12))
@limits(max_examples=40)
def test_all_rows_of_a_daily_file_are_its_days(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / f"{DAY}.jsonl", b"".join(lines))
        source = settings(Path(folder), max_line_bytes=1000)
        assert read(source)[0] == len(lines)
        assert read(source, NEXT)[0] == 0


def test_one_file_is_split_by_the_rows_own_days(tmp_path: Path) -> None:
    stamps = ["2026-11-04T00:00:00Z", "2026-11-03T23:59:59Z", "2026-11-03", "soon", "2031-01-01"]
    rows = [canonical(n, started_at=stamp) for n, stamp in enumerate(stamps)]
    source = settings(write(tmp_path / "all.jsonl", rows))
    _, accepted, quarantined = read(source)
    assert accepted["conversation_id"].to_list() == ["c1", "c2"]
    assert quarantined["reason"].to_list() == ["bad_time", "future_date"]
    _, accepted, quarantined = read(source, NEXT)
    assert (accepted["conversation_id"].to_list(), quarantined.height) == (["c0"], 0)


def test_the_account_is_nowhere_in_the_clear(tmp_path: Path) -> None:
    write(tmp_path / f"{DAY}.jsonl", [canonical(1, account_id="ada-lovelace")])
    _, accepted, _ = read(settings(tmp_path))
    assert accepted["account"].to_list() == [pseudonym("ada-lovelace")]
    assert "lovelace" not in accepted.write_json()


def test_batches_are_small_in_rows_and_in_text(tmp_path: Path) -> None:
    long = [{"role": "user", "content": "x" * 3_000_000}]
    write(tmp_path / f"{DAY}.jsonl", [canonical(n, messages=long) for n in range(7)])
    batches = list(read_day(settings(tmp_path), DAY, pseudonym, now=NOW))
    assert [batch.rows_in for batch in batches] == [3, 3, 1]
    batches = list(read_day(settings(tmp_path), DAY, pseudonym, now=NOW, batch_rows=2))
    assert [batch.rows_in for batch in batches] == [2, 2, 2, 1]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_file_of_60_megabytes_is_never_held(tmp_path: Path, suffix: str) -> None:
    text = "".join(f"{n * 7919} " for n in range(2300))
    rows = as_lines([canonical(n, messages=[{"role": "user", "content": text}]) for n in range(40)])
    path = tmp_path / f"{DAY}{suffix}"
    content = b"".join(rows.replace(b': "c', b': "%d-c' % part) for part in range(80))
    assert len(content) > 60_000_000
    write(path, content)
    del content
    tracemalloc.start()
    total = sum(
        batch.accepted.height
        for batch in read_day(settings(tmp_path), DAY, pseudonym, now=NOW, batch_rows=100)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 3200
    assert peak < 15_000_000


@pytest.mark.parametrize("name", ["mixed", "clinc150"])
def test_a_fortnight_of_real_logs_is_read_whole(name: str) -> None:
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip("the shared test data is not here: set CLIO_SHARED to its folder")
    first = dt.date(2026, 11, 1)
    source = settings(folder, first_day=first)
    now = dt.datetime(2026, 11, 15, tzinfo=dt.UTC)
    total = 0
    for day in (first + dt.timedelta(days=n) for n in range(14)):
        rows_in, _, quarantined = read(source, day, now)
        assert quarantined.height == 0
        total += rows_in
    assert total == {"mixed": 6093, "clinc150": 22500}[name]
