"""F01, F02: a writer killed at its worst instants leaves the old tables or the new ones.

`python -m benchmarks.faults` does this at random instants of the whole pipeline.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from clio_assets.storage.duckfile import STAGING, DuckFile
from clio_assets.storage.releases import ReleaseStore

pytestmark = pytest.mark.platform

WRITER = '''
import os, signal, sys
from pathlib import Path
from types import SimpleNamespace
import duckdb
import polars as pl
from clio_assets.storage import duckfile
from clio_assets.storage.duckfile import DuckFile
from clio_assets.storage.releases import RELEASED_PERIODS, ReleaseStore

path, what, made_by, dies_at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Dying:
    """A connection whose holder is killed just before or just after a statement."""
    def __init__(self, con): self.con = con
    def __getattr__(self, name): return getattr(self.con, name)
    def __enter__(self): return self
    def __exit__(self, *error): self.con.close()
    def execute(self, sql, *arguments):
        when, _, statement = dies_at.partition(" ")
        mine = bool(statement) and sql.startswith(statement)
        if mine and when == "before": die()
        done = self.con.execute(sql, *arguments)
        if mine and when == "after": die()
        return done

duckfile.duckdb = SimpleNamespace(**vars(duckdb))
duckfile.duckdb.connect = lambda *one, **two: Dying(duckdb.connect(*one, **two))
if what == "step":
    schema = {"made_by": pl.Int64()}
    tables = {"one": schema, "two": schema}
    with DuckFile(path).replacing("one", str(made_by), tables) as new:
        for table in tables if new else ():
            new.append(table, pl.DataFrame({"made_by": [made_by] * 1_000}))
else:
    row = {name: [None] for name in RELEASED_PERIODS} | {"period": [f"2026-11-0{made_by}"]}
    released = pl.DataFrame(row, schema=RELEASED_PERIODS)
    ReleaseStore(path, {}).write(row["period"][0], {"released_periods": released})
'''


def write(path: Path, what: str, made_by: int, dies_at: str = "never") -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path), what, str(made_by), dies_at],
        timeout=60,
        check=False,
    )
    assert done.returncode == (0 if dies_at == "never" else -signal.SIGKILL)


def makers(path: Path) -> set[tuple[int, ...]]:
    """Who made each visible table, read without our own code."""
    with duckdb.connect(str(path), read_only=True) as con:
        names = [name for (name,) in con.execute("SHOW TABLES").fetchall()]
        tables = [name for name in names if not name.startswith((STAGING, "_steps"))]
        return {tuple(sorted(set(con.table(name).fetchall()))) for name in tables}


@pytest.mark.parametrize(
    ("dies_at", "found"),
    [
        ("after CREATE OR REPLACE", {((1,),)}),
        ("after INSERT INTO", {((1,),)}),
        ("after DROP TABLE", {((1,),)}),
        ("after ALTER TABLE", {((1,),)}),
        ("before COMMIT", {((1,),)}),
        ("after COMMIT", {((2,),)}),
    ],
)
def test_a_steps_tables_are_replaced_together(tmp_path: Path, dies_at: str, found: object) -> None:
    path = tmp_path / "day.duckdb"
    write(path, "step", 1)
    write(path, "step", 2, dies_at)
    assert makers(path) == found
    write(path, "step", 2)
    assert makers(path) == {((2,),)}
    with duckdb.connect(str(path), read_only=True) as con:
        names = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    assert names == {"_steps", "one", "two"}


@pytest.mark.parametrize("dies_at", ["before CREATE TABLE", "after CREATE TABLE _steps"])
@pytest.mark.parametrize("what", ["step", "release"])
def test_a_writer_killed_while_making_a_file_is_no_obstacle(
    tmp_path: Path, what: str, dies_at: str
) -> None:
    path = tmp_path / "new.duckdb"
    write(path, what, 1, dies_at)
    assert not path.exists()
    write(path, what, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix != ".lock") == [path.name]


@pytest.mark.parametrize(
    ("dies_at", "released"),
    [
        ("after CREATE TABLE IF", False),
        ("after INSERT", False),
        ("before COMMIT", False),
        ("after COMMIT", True),
        ("after CHECKPOINT", True),
    ],
)
def test_a_release_is_whole_or_not_there(tmp_path: Path, dies_at: str, released: bool) -> None:
    path = tmp_path / "released.duckdb"
    write(path, "release", 1, dies_at)
    store = ReleaseStore(path, {})
    assert len(store.kinds()) == released
    assert len(store.read("released_periods", "2026-11-01")) == released
    write(path, "release", 1)
    write(path, "release", 2)
    for period in ("2026-11-01", "2026-11-02"):
        assert len(store.read("released_periods", period)) == 1


def test_a_table_replaced_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "day.duckdb"
    write(path, "step", 1)
    pieces = DuckFile(path).batches("one", 400)
    assert set(next(pieces)["made_by"]) == {1}
    write(path, "step", 2)
    with pytest.raises(RuntimeError, match="replaced by another run"):
        list(pieces)


def test_two_runs_release_a_period_once(tmp_path: Path) -> None:
    path = tmp_path / "released.duckdb"
    runs = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), "release", "1", "never"])
        for _ in range(2)
    ]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT period FROM released_periods").fetchall() == [("2026-11-01",)]
