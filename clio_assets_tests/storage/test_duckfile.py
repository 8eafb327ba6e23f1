"""One file's tables: replaced together or not at all, by one step at a time."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import duckdb
import polars as pl
import pytest

from clio_assets.storage.duckfile import STAGING, DuckFile, Schema, StepState
from clio_assets.storage.errors import StorageError

SCHEMA: Schema = {"id": pl.String(), "n": pl.Int32()}
TABLES = {"numbers": SCHEMA, "rest": SCHEMA}


def rows(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({"n": numbers, "id": [str(n) for n in numbers]})


def write(file: DuckFile, made_from: str, *numbers: int) -> None:
    with file.replacing("numbers", made_from, TABLES) as new:
        assert new is not None
        new.append("numbers", rows(*numbers))


def tables(file: DuckFile) -> set[str]:
    found = file.query("SELECT table_name FROM duckdb_tables()")["table_name"]
    return {name for name in found if not name.startswith("_steps")}


@pytest.fixture
def file(tmp_path: Path) -> DuckFile:
    return DuckFile(tmp_path / "private" / "days" / "2026-11-01.duckdb")


def test_rows_come_back_in_order_with_the_schemas_columns_and_types(file: DuckFile) -> None:
    assert not file.exists()
    assert file.state("numbers") is None
    write(file, "a", 3, 1, 2)
    found = file.read("numbers")
    assert found.schema == pl.Schema(SCHEMA)
    assert found["n"].to_list() == [3, 1, 2]
    assert file.read("numbers", ["n"]).columns == ["n"]
    assert file.state("numbers") == StepState("a", 3)
    assert len(file.read("rest")) == 0


def test_a_replacement_leaves_nothing_of_the_old_rows(file: DuckFile) -> None:
    write(file, "a", 1, 2, 3)
    write(file, "b", 9)
    assert file.read("numbers")["n"].to_list() == [9]
    assert file.state("numbers") == StepState("b", 1)


def test_what_was_made_from_the_same_is_not_made_again(file: DuckFile) -> None:
    write(file, "a", 1)
    with file.replacing("numbers", "a", TABLES) as new:
        assert new is None
    assert file.read("numbers")["n"].to_list() == [1]


def test_what_lacks_something_is_tried_again_and_then_done(file: DuckFile) -> None:
    for lacking, expected in [("+2", "a+2"), ("+2", "a+2"), ("", "a")]:
        with file.replacing("numbers", "a", TABLES) as new:
            assert new is not None
            new.append("numbers", rows(1))
            new.lacking = lacking
        assert file.state("numbers") == StepState(expected, 1)
    with file.replacing("numbers", "a", TABLES) as new:
        assert new is None


def test_one_steps_state_says_nothing_of_anothers(file: DuckFile) -> None:
    write(file, "a", 1)
    with file.replacing("others", "a", {"others": SCHEMA}) as new:
        assert new is not None
    assert file.state("others") == StepState("a", 0)
    assert file.read("numbers")["n"].to_list() == [1]


def test_rows_are_invisible_until_the_block_ends(file: DuckFile) -> None:
    write(file, "a", 1)
    with file.replacing("numbers", "b", TABLES) as new:
        assert new is not None
        new.append("numbers", rows(2))
        assert file.read("numbers")["n"].to_list() == [1]
        assert file.state("numbers") == StepState("a", 1)
        new.append("numbers", rows(3))
        assert new.rows == {"numbers": 2, "rest": 0}
    assert file.read("numbers")["n"].to_list() == [2, 3]


def test_an_exception_leaves_the_old_tables_and_the_next_run_starts_clean(file: DuckFile) -> None:
    write(file, "a", 1)
    with (
        pytest.raises(ZeroDivisionError),
        file.replacing("numbers", "b", TABLES) as new,
    ):
        assert new is not None
        new.append("numbers", rows(7, 8))
        raise ZeroDivisionError
    assert file.read("numbers")["n"].to_list() == [1]
    assert file.state("numbers") == StepState("a", 1)
    write(file, "b", 2)
    assert file.read("numbers")["n"].to_list() == [2]
    assert tables(file) == {"numbers", "rest"}


def test_leftovers_of_a_killed_writer_are_dropped(file: DuckFile) -> None:
    write(file, "a", 1)
    with duckdb.connect(str(file.path)) as con:
        con.execute(f"CREATE TABLE {STAGING}numbers (left_over VARCHAR)")
        con.execute(f"INSERT INTO {STAGING}numbers VALUES ('x')")  # noqa: S608
    write(file, "b", 5)
    assert file.read("numbers")["n"].to_list() == [5]
    assert tables(file) == {"numbers", "rest"}


def test_batches_are_the_table_in_pieces(file: DuckFile) -> None:
    write(file, "a", *range(10))
    pieces = list(file.batches("numbers", 4))
    assert [len(piece) for piece in pieces] == [4, 4, 2]
    assert pl.concat(pieces).equals(file.read("numbers"))
    assert list(file.batches("rest", 4)) == []


def test_a_table_replaced_between_two_batches_is_noticed(file: DuckFile) -> None:
    write(file, "a", *range(10))
    pieces = file.batches("numbers", 4)
    next(pieces)
    write(file, "b", *range(10, 20))
    with pytest.raises(StorageError, match="replaced by another run"):
        next(pieces)


def test_two_runs_of_one_step_do_its_work_once(file: DuckFile) -> None:
    began, worked = threading.Barrier(2, timeout=20), []

    def run(name: str) -> None:
        began.wait()
        with file.replacing("numbers", "a", TABLES) as new:
            if new is not None:
                worked.append(name)
                new.append("numbers", rows(1, 2))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(worked) == 1
    assert file.read("numbers")["n"].to_list() == [1, 2]


def test_different_steps_of_one_file_do_not_wait_for_each_other(file: DuckFile) -> None:
    with file.replacing("numbers", "a", {"numbers": SCHEMA}) as outer:
        assert outer is not None
        with file.replacing("others", "a", {"others": SCHEMA}) as inner:
            assert inner is not None
            inner.append("others", rows(2))
        outer.append("numbers", rows(1))
    assert file.read("numbers")["n"].to_list() == [1]
    assert file.read("others")["n"].to_list() == [2]


def test_files_and_folders_are_their_owners_alone(file: DuckFile) -> None:
    write(file, "a", 1)
    folder = file.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_what_is_not_there_is_said_to_be_missing_and_not_made(file: DuckFile) -> None:
    for ask in (
        lambda: file.read("numbers"),
        lambda: next(file.batches("numbers", 2)),
        lambda: file.query("SELECT 1"),
    ):
        with pytest.raises(StorageError, match=r"2026-11-01.duckdb holds no .* yet: materialize"):
            ask()
    assert not file.path.exists()
    write(file, "a", 1)
    with pytest.raises(StorageError, match="holds no `other` yet"):
        file.read("other")


@pytest.mark.parametrize("content", [b"", b"not a database " * 1000])
def test_a_file_that_is_no_database_is_named_and_left_alone(file: DuckFile, content: bytes) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(content)
    for ask in (
        lambda: file.state("numbers"),
        lambda: file.read("numbers"),
        lambda: write(file, "a", 1),
    ):
        with pytest.raises(StorageError) as caught:
            ask()
        assert str(file.path) in str(caught.value)
        assert "materialize" in str(caught.value)
    assert file.path.read_bytes() == content


def test_tables_with_quotes_in_their_names_are_only_names(file: DuckFile) -> None:
    odd = 'a"; DROP TABLE numbers; --'
    write(file, "a", 1)
    with file.replacing(odd.replace('"', "").replace(";", ""), "a", {odd: SCHEMA}) as new:
        assert new is not None
        new.append(odd, rows(2))
    assert file.read(odd)["n"].to_list() == [2]
    assert file.read("numbers")["n"].to_list() == [1]


def test_a_query_cannot_reach_outside_the_file(file: DuckFile, tmp_path: Path) -> None:
    write(file, "a", 1)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(duckdb.PermissionException):
        file.query("SELECT * FROM read_csv(?)", [str(secret)])
    assert file.query("SELECT n FROM numbers WHERE n = ?", [1]).height == 1
