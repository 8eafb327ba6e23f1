"""F12: database files cut short or overwritten, and the way back that the refusal names."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fault_matrix.invariants import require, same_as
from benchmarks.fault_matrix.pipeline import FIRST_DAY, SECOND_DAY
from benchmarks.fault_matrix.reader import unreadable_tables
from benchmarks.fault_matrix.reference import Stage, load_reference
from benchmarks.fault_matrix.rows import Bench, Row
from clio_assets.storage.duckfile import DuckFile, StorageError


@dataclass(frozen=True)
class Case:
    """A database file, the asset that reads it next, and what its refusal tells to do."""

    file: str
    reader: str
    says: str
    way_back: tuple[tuple[str, tuple[str, ...]], ...]


CASES = {
    "a day's file": Case(
        f"private/days/{SECOND_DAY}.duckdb", "conversations", "Move it away",
        ((SECOND_DAY, ("raw_conversations", "conversations")),),
    ),
    "a period's file": Case(
        f"private/periods/day/{SECOND_DAY}.duckdb", "topic_audit", "Move it away",
        ((SECOND_DAY, ("base_clusters", "topics", "topic_audit")),),
    ),
    "the releases": Case(
        "release/released.duckdb", "released_topics", "Restore it from a copy",
        ((FIRST_DAY, ("released_topics",)), (SECOND_DAY, ("released_topics",))),
    ),
    "the releases, read by dbt": Case(
        "release/released.duckdb", "warehouse", "Restore it from a copy",
        ((FIRST_DAY, ("released_topics",)), (SECOND_DAY, ("released_topics", "warehouse"))),
    ),
    "the warehouse": Case(
        "release/clio.duckdb", "insight_report", "build the marts again",
        ((SECOND_DAY, ("warehouse", "insight_report")),),
    ),
}  # fmt: skip

HEADERS = 12_288
"""DuckDB's main header and its two database headers, 4,096 bytes each."""


def damage_file(bench: Bench, part: str) -> Row:
    """F12: the next run refuses, naming the file and the way back; and that way leads back."""
    row = Row("F12")
    case = CASES[part]
    stage = load_reference(bench.stages)[case.reader]
    whole = (bench.stages / case.reader / case.file).read_bytes()
    for name, content in _damages(whole, bench.random(row.id, part), bench.kills):
        with row.attempt(f"{part}: {name}"):
            refused = _refused(bench, case, content, stage)
            row.notes["refused" if refused else "fell on unused bytes"] += 1
            # Unused bytes may be lost; nothing else may go unnoticed.
            require(refused or name not in ("emptied", "cut", "header"), "it was not noticed")
    with row.attempt(f"{part}: the way back"):
        _refused(bench, case, whole[:HEADERS], stage)
        file = bench.pipeline.home / case.file
        file.rename(bench.pipeline.folder / "moved-away.duckdb")
        for day, assets in case.way_back:
            outcome = bench.pipeline.run(day, assets)
            require(outcome.error is None, f"the way back failed: {outcome.message}")
        same_as(bench.pipeline.seen(), stage.after)
    return row


def _refused_by_its_readers(file: Path, table: str, says: str) -> None:
    """A step that does not read the damaged table goes on; the table's own readers may not."""
    try:
        DuckFile(file).read(table)
    except StorageError as error:
        require(file.name in str(error) and says in str(error), str(error))
    else:
        require(False, f"{table} is damaged and was read")


def _damages(whole: bytes, draw: random.Random, flips: int) -> Iterator[tuple[str, bytes]]:
    yield "emptied", b""
    for length in (1, 100, 4_095, 4_096, 8_192, HEADERS - 1, HEADERS, HEADERS + 1, 100_000):
        yield "cut", whole[:length]
    for share in (0.25, 0.5, 0.75, 0.99):
        yield "cut further on", whole[: int(share * len(whole))]
    for _ in range(flips // 2):
        yield "header", _flipped(whole, draw.randrange(HEADERS), draw)
    for _ in range(flips // 2):
        yield "block", _flipped(whole, draw.randrange(HEADERS, len(whole)), draw)


def _flipped(whole: bytes, at: int, draw: random.Random) -> bytes:
    changed = bytearray(whole)
    changed[at] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _refused(bench: Bench, case: Case, content: bytes, stage: Stage) -> bool:
    """True where the next run, or whoever reads the table, refused; False where nothing was lost.

    Raises:
        InvariantBroken: it failed in another way, or succeeded with other tables.
    """
    pipeline = bench.pipeline
    pipeline.restore(bench.stages / case.reader)
    (pipeline.home / case.file).write_bytes(content)
    outcome = pipeline.run(SECOND_DAY, [case.reader])
    if outcome.error is None:
        damaged = unreadable_tables(pipeline.home / case.file)
        if not damaged:
            same_as(pipeline.seen(), stage.after)
        for table in damaged:
            _refused_by_its_readers(pipeline.home / case.file, table, case.says)
        return bool(damaged)
    require(case.file in outcome.message, outcome.message)
    require(case.says in outcome.message, outcome.message)
    return True
