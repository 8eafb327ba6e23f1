"""F12: a file cut short or overwritten is refused with its name and the way back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from clio_assets.release.tables import BundleError, read_release
from clio_assets.release.warehouse import publish
from clio_assets.storage.duckfile import DuckFile
from clio_assets.storage.errors import StorageError
from clio_assets.storage.releases import ReleaseStore

SCHEMA = {"said": pl.String()}
TEXT = "my name is Ada"
HEADERS = 12_288
BLOCK = 262_144
ROWS_IN_BLOCK = 1
Damage = Callable[[bytes], bytes]


def emptied(_: bytes) -> bytes:
    return b""


def cut_in_the_header(content: bytes) -> bytes:
    return content[: HEADERS - 1]


def cut_after_the_header(content: bytes) -> bytes:
    return content[:HEADERS]


def cut_in_the_middle(content: bytes) -> bytes:
    return content[: len(content) // 2]


def header_flipped(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


def rows_overwritten(content: bytes) -> bytes:
    """Overwrite what the block of the rows holds: opening the file does not notice that."""
    at = HEADERS + ROWS_IN_BLOCK * BLOCK + 1_000
    return content[:at] + b"rubbish" + content[at + 7 :]


DAMAGES = [
    emptied,
    cut_in_the_header,
    cut_after_the_header,
    cut_in_the_middle,
    header_flipped,
    rows_overwritten,
]


@pytest.fixture
def file(tmp_path: Path) -> DuckFile:
    file = DuckFile(tmp_path / "2026-11-03.duckdb")
    with file.replacing("said", "these", {"said": SCHEMA}) as new:
        assert new is not None
        new.append("said", pl.DataFrame({"said": [f"{TEXT} {n}" for n in range(5_000)]}))
    with duckdb.connect(str(file.path), read_only=True) as con:
        blocks = con.execute("SELECT max(block_id) FROM pragma_storage_info('said')").fetchone()
    assert blocks == (ROWS_IN_BLOCK,)
    return file


def spoil(path: Path, damage: Damage) -> None:
    path.write_bytes(damage(path.read_bytes()))


@pytest.mark.parametrize("damage", DAMAGES)
def test_reading_refuses_and_names_the_way_back(file: DuckFile, damage: Damage) -> None:
    spoil(file.path, damage)
    reads: list[Callable[[], object]] = [
        lambda: file.read("said"),
        lambda: file.query("SELECT max(said) FROM said"),
        lambda: list(file.batches("said", 1_000)),
    ]
    for read in reads:
        with pytest.raises(StorageError, match=r"damaged or cut short\. Move it away") as error:
            read()
        assert str(file.path) in str(error.value)
        assert "Ada" not in str(error.value)


@pytest.mark.parametrize("damage", DAMAGES[:-1])
def test_a_step_does_not_begin_anew_over_a_damaged_file(file: DuckFile, damage: Damage) -> None:
    spoil(file.path, damage)
    spoiled = file.path.read_bytes()
    with pytest.raises(StorageError), file.replacing("said", "others", {"said": SCHEMA}):
        pass
    assert file.path.read_bytes() == spoiled


def test_the_way_back_leads_back(file: DuckFile) -> None:
    spoil(file.path, cut_in_the_middle)
    log = file.path.with_name(f"{file.path.name}.wal")
    log.write_bytes(b"of the database that was here")
    file.path.rename(file.path.with_name("moved-away"))
    with file.replacing("said", "these", {"said": SCHEMA}) as new:
        assert new is not None
        new.append("said", pl.DataFrame({"said": ["again"]}))
    assert file.read("said")["said"].to_list() == ["again"]
    assert not log.exists()


def test_damaged_releases_are_not_said_to_come_from_the_source(tmp_path: Path) -> None:
    path = tmp_path / "released.duckdb"
    store = ReleaseStore(path, {})
    assert store.read("released_periods", "2026-11-03").is_empty()
    spoil(path, cut_after_the_header)
    for ask in (store.input_fingerprint, store.withdraw):
        with pytest.raises(StorageError, match=r"released\.duckdb is damaged.*Restore it") as error:
            ask("2026-11-03")
        assert "`released_topics` of every period again" in str(error.value)


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    file = DuckFile(tmp_path / "2026-11-03.duckdb")
    for read in (lambda: file.read("facets"), lambda: file.query("SELECT 1")):
        with pytest.raises(StorageError, match="materialize the asset"):
            read()
    assert list(tmp_path.iterdir()) == []


def test_a_file_open_elsewhere_is_not_called_damaged(file: DuckFile) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', "
         "flush=True); sys.stdin.read()", str(file.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    with pytest.raises(StorageError, match="open in another program"):
        file.read("said")
    holder.communicate(timeout=30)
    assert len(file.read("said")) == 5_000


@pytest.mark.parametrize("damage", [emptied, cut_in_the_header, cut_after_the_header])
def test_a_damaged_warehouse_is_built_again(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "clio.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE released_periods AS SELECT range FROM range(9)")
    spoil(path, damage)
    with pytest.raises(BundleError, match="build the marts again"):
        read_release(path, "2026-11-03")
    with pytest.raises(StorageError, match="the published warehouse is unchanged"):
        publish(path, tmp_path / "published.duckdb")
