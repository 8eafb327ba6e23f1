"""Publishing clio.duckdb, without dbt: what readers see, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock, Timeout

from clio_assets.release import warehouse
from clio_assets.release.warehouse import (
    TABLES,
    dbt_environment,
    new_target,
    publish,
    publishing,
    target_path,
)
from clio_assets.storage import locks
from clio_assets.storage.errors import StorageError
from clio_assets.storage.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(home=tmp_path, period="day")
    layout.warehouse.parent.mkdir()
    return layout


def built(layout: Layout, mark: str, tables: frozenset[str] = TABLES) -> Path:
    """A finished build whose every table holds `mark`."""
    target = new_target(layout)
    with duckdb.connect(str(target)) as con:
        for table in tables:
            con.execute(f"CREATE TABLE {table} AS SELECT '{mark}' AS mark")
    return target


def marks(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as con:
        return {mark for table in TABLES for (mark,) in con.table(table).fetchall()}


def other_process(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Start Python elsewhere; it says `ready`, then goes on at the first line of its input."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


READER = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
print("ready", flush=True)
sys.stdin.readline()
print(con.execute("SELECT mark FROM movers").fetchone()[0])
"""
WRITER = """
import duckdb, os, sys
con = duckdb.connect(sys.argv[1])
con.execute("CREATE TABLE mine (id INT)")
con.execute("INSERT INTO mine VALUES (1)")
print("ready", flush=True)
sys.stdin.readline()
os._exit(1)
"""


def test_a_reader_keeps_the_old_file_and_the_next_one_gets_the_new(layout: Layout) -> None:
    publish(built(layout, "old"), layout.warehouse)
    reader = other_process(READER, layout.warehouse)
    publish(built(layout, "new"), layout.warehouse)
    assert marks(layout.warehouse) == {"new"}
    assert reader.communicate("go\n", timeout=30)[0] == "old\n"
    assert layout.warehouse.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in layout.warehouse.parent.iterdir()] == ["clio.duckdb"]


def test_the_log_of_somebody_who_wrote_into_the_old_file_is_not_applied(layout: Layout) -> None:
    publish(built(layout, "old"), layout.warehouse)
    writer = other_process(WRITER, layout.warehouse)
    writer.communicate("die\n", timeout=30)
    assert layout.warehouse.with_name("clio.duckdb.wal").exists()
    publish(built(layout, "new"), layout.warehouse)
    assert marks(layout.warehouse) == {"new"}
    with duckdb.connect(str(layout.warehouse), read_only=True) as con:
        names = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    assert names == TABLES


def test_a_build_that_was_not_closed_is_written_into_the_file(layout: Layout) -> None:
    target = built(layout, "new")
    writer = other_process(WRITER, target)
    writer.communicate("die\n", timeout=30)
    publish(target, layout.warehouse)
    with duckdb.connect(str(layout.warehouse), read_only=True) as con:
        assert con.execute("SELECT id FROM mine").fetchall() == [(1,)]
    assert [path.name for path in layout.warehouse.parent.iterdir()] == ["clio.duckdb"]


def incomplete(layout: Layout) -> Path:
    return built(layout, "new", TABLES - {"movers"})


def with_a_view(layout: Layout) -> Path:
    target = built(layout, "new")
    with duckdb.connect(str(target)) as con:
        con.execute("CREATE VIEW shortcut AS FROM movers")
    return target


def cut_short(layout: Layout) -> Path:
    target = built(layout, "new")
    target.write_bytes(target.read_bytes()[:5000])
    return target


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (incomplete, "lacks movers"),
        (with_a_view, "shortcut must be a table"),
        (cut_short, "damaged"),
        (new_target, "was not built"),
    ],
)
def test_a_bad_build_is_refused_and_the_published_file_stays(layout, build, reason) -> None:
    publish(built(layout, "old"), layout.warehouse)
    with pytest.raises(StorageError, match=reason):
        publish(build(layout), layout.warehouse)
    assert marks(layout.warehouse) == {"old"}


@pytest.fixture
def running_build(layout: Layout) -> Iterator[Path]:
    target = built(layout, "unfinished")
    writer = other_process(WRITER, target)
    yield target
    writer.communicate("die\n", timeout=30)


def test_a_build_still_running_is_neither_published_nor_removed(
    layout, running_build, monkeypatch
) -> None:
    monkeypatch.setattr(warehouse, "ORPHAN_SECONDS", 0.1)
    with pytest.raises(StorageError, match="still being written"):
        publish(running_build, layout.warehouse)
    with pytest.raises(StorageError, match="stopped run left behind"):
        new_target(layout)
    assert running_build.exists()
    assert not layout.warehouse.exists()


def test_a_dbt_that_a_killed_run_left_is_waited_for(layout: Layout) -> None:
    # It has not opened its file yet: only its environment tells what it is about to do.
    orphan = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(1.5)"],
        env=dbt_environment(layout, target_path(layout)),
    )
    new_target(layout)
    assert orphan.poll() is not None or sys.platform != "linux"
    orphan.wait(timeout=30)


def header_overwritten(content: bytes) -> bytes:
    return content[:4200] + b"rubbish" + content[4207:]  # DuckDB's message then speaks of a block


@pytest.mark.parametrize("damage", [lambda content: content[:5000], header_overwritten])
def test_what_a_killed_build_left_is_cleared(layout: Layout, damage) -> None:
    target = built(layout, "unfinished")
    target.write_bytes(damage(target.read_bytes()))
    target.with_name(f"{target.name}.wal").write_bytes(b"rubbish")
    assert new_target(layout) == target
    assert list(target.parent.iterdir()) == []


def test_one_process_publishes_and_the_releases_stand_still(layout, monkeypatch) -> None:
    monkeypatch.setattr(locks, "LOCK_SECONDS", 0.1)
    refused: list[StorageError] = []

    def second() -> None:
        try:
            with publishing(layout):
                pass
        except StorageError as error:
            refused.append(error)

    with publishing(layout):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        lock = layout.releases.with_name("released.duckdb.lock")
        with pytest.raises(Timeout):
            FileLock(lock, timeout=0).acquire()
    assert ".publish.lock" in str(refused[0])
    second()
    assert len(refused) == 1


def test_dbt_builds_from_the_releases_into_the_target(layout: Layout) -> None:
    assert dbt_environment(layout, new_target(layout)) == {
        "CLIO_DBT_TARGET": str(layout.home / "release" / ".building.duckdb"),
        "CLIO_DBT_RELEASED": str(layout.home / "release" / "released.duckdb"),
    }
