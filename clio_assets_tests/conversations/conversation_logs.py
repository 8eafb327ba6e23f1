"""Logs for the tests of reading: written as a product would, read as the pipeline does."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from clio_assets.config import SourceSettings
from clio_assets.conversations.reading import read_day
from clio_assets.conversations.schema import QUARANTINE, RAW_CONVERSATIONS

DAY = dt.date(2026, 11, 3)
NEXT = dt.date(2026, 11, 4)
NOW = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)


def pseudonym(account: str) -> str:
    """A stand-in for the keyed one."""
    return hashlib.sha256(account.encode()).hexdigest()[:32]


def canonical(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One valid row; a field set to None is left out."""
    row = {
        "conversation_id": f"c{number}",
        "account_id": f"person-{number}",
        "started_at": "2026-11-03T14:02:11Z",
        "model": "small",
        "messages": [
            {"role": "user", "content": f"How do I bake {number} loaves?"},
            {"role": "assistant", "content": "With flour."},
        ],
    }
    return {name: value for name, value in (row | changes).items() if value is not None}


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def write(path: Path, rows: list[dict[str, Any]] | bytes) -> Path:
    """Write rows, or bytes as they are; gzipped where the name says so."""
    content = rows if isinstance(rows, bytes) else as_lines(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def settings(path: Path, **changes: Any) -> SourceSettings:
    """Settings of a source whose first day is DAY."""
    return SourceSettings(**({"path": path, "first_day": DAY} | changes))


def read(
    source: SourceSettings, day: dt.date = DAY, now: dt.datetime = NOW, batch_rows: int = 2000
) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """Rows in, accepted and quarantined of a day, all batches together."""
    batches = list(read_day(source, day, pseudonym, now=now, batch_rows=batch_rows))
    for batch in batches:
        assert batch.rows_in == batch.accepted.height + batch.quarantined.height
        assert batch.accepted.schema == pl.Schema(RAW_CONVERSATIONS)
        assert batch.quarantined.schema == pl.Schema(QUARANTINE)
    return (
        sum(batch.rows_in for batch in batches),
        pl.concat([pl.DataFrame(schema=RAW_CONVERSATIONS), *(b.accepted for b in batches)]),
        pl.concat([pl.DataFrame(schema=QUARANTINE), *(b.quarantined for b in batches)]),
    )


def reasons(quarantined: pl.DataFrame) -> dict[int, str]:
    """Reason by line."""
    return dict(quarantined.select("source_line", "reason").iter_rows())


def outcome(folder: Path, row: dict[str, Any] | bytes, **changes: Any) -> str:
    """What becomes of one row beside a good one: `accepted`, or the reason."""
    content = row if isinstance(row, bytes) else as_lines([row])
    write(folder / f"{DAY}.jsonl", content.rstrip(b"\n") + b"\n" + as_lines([canonical(99)]))
    rows_in, accepted, quarantined = read(settings(folder, **changes))
    assert rows_in == 2
    assert "c99" in accepted["conversation_id"]
    counted = Counter(quarantined["reason"].to_list())
    assert counted.total() <= 1
    return next(iter(counted), "accepted")
