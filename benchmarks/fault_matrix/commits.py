"""F02: SIGKILL around DuckDB's commit, its checkpoint and the making of a file."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl

from benchmarks.fault_matrix.forking import Child, announce
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.pipeline import SECOND_DAY
from benchmarks.fault_matrix.reader import STAGING, read_tables
from benchmarks.fault_matrix.reference import END
from benchmarks.fault_matrix.rows import Bench, Row
from clio_assets.release.withdraw import release_store
from clio_assets.storage import duckfile
from clio_assets.storage.duckfile import DuckFile
from clio_assets.storage.layout import Layout

PARTS = ("a step's tables", "a step's first tables", "a release", "the first release")
KILLS = 3
"""Times `bench.kills`: a kill costs a fraction of a second here."""

ROWS = 8_000
SCHEMA = {"made_by": pl.Int64(), "text": pl.String()}
Work = Callable[[], None]


def kill_commits(bench: Bench, part: str) -> Row:
    """F02: old or new, never mixed; and the next run gets to the new."""
    row = Row("F02")
    file, old, work = _case(bench, part)
    gaps = _gaps(bench, file, old, work)
    new = _tables(bench, file)
    draw = bench.random(row.id, part)
    for _ in range(KILLS * bench.kills):
        with row.attempt(part):
            before = _kill_once(bench, file, old, work, gaps, draw)
            seen = _tables(bench, file)
            is_old, is_new = seen == before, seen == new
            require(is_old or is_new, "part of the tables is visible")
            row.notes["found new" if is_new else "found old"] += 1
            outcome = Child(lambda: work(), bench.pipeline.log).outcome()
            require(outcome.error is None, f"the next run failed: {outcome.message}")
            require(_tables(bench, file) == new, "the next run did not get to the new tables")
    return row


def _kill_once(
    bench: Bench, file: Path, old: Path | None, work: Work, gaps: list[float], draw: Random
) -> dict[str, str]:
    """Kill the work around one of its moments; return what was there before it."""
    while True:
        _put(file, old)
        before = _tables(bench, file)
        # Half of the kills go to the last commit and what follows it.
        last = draw.random() < 0.5
        moment = len(gaps) - 1 - draw.randrange(min(3, len(gaps)) if last else len(gaps))
        child = Child(lambda: _watched(work), bench.pipeline.log)
        for _ in range(moment + 1):
            child.moment()
        until = time.perf_counter() + draw.random() * gaps[moment]
        while time.perf_counter() < until:
            pass
        child.kill()
        if child.outcome().killed:
            return before


def _case(bench: Bench, part: str) -> tuple[Path, Path | None, Work]:
    """The file, a copy of it as it is before (None: not there), and what to do to it."""
    folder = bench.pipeline.folder / "commits"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    first = "first" in part
    if "step" in part:
        file = folder / "step.duckdb"
        if not first:
            Child(lambda: _replace(file, 1), bench.pipeline.log).outcome()
            shutil.copy(file, folder / "old")
        return file, None if first else folder / "old", lambda: _replace(file, 2)
    home = folder / "home"
    (home / "release").mkdir(parents=True)
    if not first:
        shutil.copy(
            bench.stages / "released_topics" / "release" / "released.duckdb", folder / "old"
        )
    source = Layout(bench.stages / END, "day")
    target = Layout(home, "day")
    return target.releases, None if first else folder / "old", lambda: _release(source, target)


def _replace(file: Path, made_by: int) -> None:
    """Replace two tables of a step, half a megabyte each."""
    texts = [f"{made_by} {n} " + "x" * (n % 97) for n in range(ROWS)]
    frame = pl.DataFrame({"made_by": [made_by] * ROWS, "text": texts}, schema=SCHEMA)
    tables = {"one": SCHEMA, "two": SCHEMA}
    with DuckFile(file).replacing("one", str(made_by), tables) as new:
        if new is not None:
            for table in tables:
                new.append(table, frame)


def _release(source: Layout, target: Layout) -> None:
    """Write the second day's release, as the door does."""
    kept, store = release_store(source), release_store(target)
    tables = (
        "released_periods", "released_topics", "released_cells", "released_decisions",
        "released_model_usage",
    )  # fmt: skip
    store.write(SECOND_DAY, {table: kept.read(table, SECOND_DAY) for table in tables})


def _put(file: Path, old: Path | None) -> None:
    for leftover in file.parent.glob(f"*{file.name}*"):
        leftover.unlink()
    if old:
        shutil.copy(old, file)


def _tables(bench: Bench, file: Path) -> dict[str, str]:
    """Hashes of what is visible; a table without rows is as good as none."""

    def work() -> dict[str, str]:
        if not file.exists():
            return {}
        with duckdb.connect(str(file), read_only=True) as con:
            names = [name for (name,) in con.execute("SHOW TABLES").fetchall()]
            empty = {name for name in names if not con.table(name).fetchone()}
        hashes = read_tables(file)
        return {
            name: digest
            for name, digest in hashes.items()
            if name not in empty and not name.startswith(STAGING)
        }

    outcome = Child(work, bench.pipeline.log).outcome()
    require(outcome.error is None, f"a reader cannot open it: {outcome.message}")
    return dict(outcome.value)


def _gaps(bench: Bench, file: Path, old: Path | None, work: Work) -> list[float]:
    """Seconds from each moment to the next, in a run without faults."""
    _put(file, old)
    child = Child(lambda: _watched(work), bench.pipeline.log)
    times = []
    while child.moment():
        times.append(time.perf_counter())
    times.append(time.perf_counter())
    outcome = child.outcome()
    require(outcome.error is None, outcome.message)
    return [after - before for before, after in pairwise(times)]


def _watched(work: Work) -> None:
    """Do the work with a DuckDB that announces each open, commit, checkpoint and close."""
    watched = SimpleNamespace(**vars(duckdb))
    watched.connect = _connect
    duckfile.duckdb = watched  # type: ignore[assignment]
    work()


def _connect(*arguments: Any, **named: Any) -> Any:
    announce()
    return _Watched(duckdb.connect(*arguments, **named))


class _Watched:
    """A connection that announces what a kill could tear."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, sql: str, *arguments: Any) -> Any:
        if sql in ("COMMIT", "CHECKPOINT"):
            announce()
        return self._con.execute(sql, *arguments)

    def close(self) -> None:
        announce()
        self._con.close()
