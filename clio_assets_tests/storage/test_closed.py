"""Folders and files of the pipeline are its own user's alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from clio_assets.models.call_store import CallStore
from clio_assets.models.vector_store import VectorStore
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.storage.closed import OTHERS, close_to_others, closed_folder
from clio_assets.storage.layout import Layout


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(root: Path) -> list[str]:
    return [str(path) for path in root.rglob("*") if path.stat().st_mode & OTHERS]


def test_folders_made_on_the_way_are_closed_too(tmp_path: Path) -> None:
    closed_folder(tmp_path / "home" / "private" / "days")
    assert len(list(tmp_path.rglob("*"))) == 3
    assert open_to_others(tmp_path) == []


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    closed_folder(tmp_path / "shared" / "home")
    assert open_to_others(tmp_path) == [str(tmp_path / "shared")]


def test_every_kind_of_private_file_is_closed_in_a_home_made_by_whoever_comes_first(
    tmp_path: Path,
) -> None:
    for n, make in enumerate((_day_file, _key, _calls, _vectors)):
        make(Layout(tmp_path / f"home{n}", "day"))
    assert len(list(tmp_path.rglob("*"))) > 10
    assert open_to_others(tmp_path) == []


def _day_file(layout: Layout) -> None:
    file = layout.period_file("2026-11-01")
    with file.replacing("step", "1", {"t": {"a": pl.String()}}) as new:
        assert new is not None
        new.append("t", pl.DataFrame({"a": ["x"]}))


def _key(layout: Layout) -> None:
    create_key_file(layout.home / "private" / "account.key")


def _calls(layout: Layout) -> None:
    CallStore(layout.model_calls).close()


def _vectors(layout: Layout) -> None:
    VectorStore(layout.vectors).close()


def test_what_duckdb_makes_by_itself_is_closed(tmp_path: Path) -> None:
    """Its log and what it spills to disk, seen while it is open."""
    close_to_others()
    file = Layout(tmp_path, "day").day("2026-11-01")
    with file.opened() as con:
        con.execute("CREATE TABLE t AS SELECT 'a row' AS text")
        assert list(tmp_path.rglob("*.wal"))
        assert open_to_others(tmp_path) == []


def test_sqlite_logs_have_the_mode_of_their_file(tmp_path: Path) -> None:
    store = VectorStore(Layout(tmp_path, "day").vectors)
    assert {path.suffix for path in (tmp_path / "private").iterdir()} >= {
        ".sqlite-wal", ".sqlite-shm",
    }  # fmt: skip
    assert open_to_others(tmp_path) == []
    store.close()


@pytest.mark.parametrize(
    "loads",
    [
        "import clio_assets.definitions",
        "from clio_assets.cli import main; main(['withdraw', '2026-11-01'])",
    ],
)
def test_whoever_loads_the_pipeline_closes_its_files(tmp_path: Path, loads: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"{loads}; import os; print(oct(os.umask(0)))"],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"CLIO_HOME": str(tmp_path), "DAGSTER_HOME": ""},
    )
    assert ended.stdout.split()[-1] == oct(OTHERS)
