"""Releases: written once a period, withdrawn alone."""

from __future__ import annotations

import datetime as dt
import stat
import threading
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from clio_assets.storage.duckfile import Schema
from clio_assets.storage.errors import StorageError
from clio_assets.storage.releases import RELEASED_PERIODS, ReleaseStore

TOPICS: Schema = {"period": pl.String(), "topic_id": pl.String(), "conversations": pl.Int64()}
FIRST, SECOND = "2026-11-01", "2026-11-02"


def release(period: str, fingerprint: str = "f", topics: int = 2) -> dict[str, pl.DataFrame]:
    defaults: dict[pl.DataType, Any] = {
        pl.String(): "x", pl.Int32(): 1, pl.Int64(): 5, pl.Float64(): 0.5,
        pl.Date(): dt.date(2026, 11, 1),
    }  # fmt: skip
    row = {name: defaults[kind] for name, kind in RELEASED_PERIODS.items()}
    row |= {"period": period, "input_fingerprint": fingerprint}
    return {
        "released_periods": pl.DataFrame([row], schema=RELEASED_PERIODS),
        # In another order and a narrower type than the schema's.
        "released_topics": pl.DataFrame(
            {
                "conversations": pl.Series(range(topics), dtype=pl.Int32),
                "topic_id": [f"t{n}" for n in range(topics)],
                "period": [period] * topics,
            }
        ),
    }


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "release" / "released.duckdb", {"released_topics": TOPICS})


def test_a_period_is_read_back_as_it_was_written(store: ReleaseStore) -> None:
    assert store.input_fingerprint(FIRST) is None
    assert store.write(FIRST, release(FIRST, "abc"))
    assert store.input_fingerprint(FIRST) == "abc"
    found = store.read("released_topics", FIRST)
    assert found.schema == pl.Schema(TOPICS)
    assert found.rows() == [(FIRST, "t0", 0), (FIRST, "t1", 1)]
    assert store.read("released_topics", SECOND).is_empty()
    assert store.read("released_periods", FIRST).schema == pl.Schema(RELEASED_PERIODS)


def test_a_released_period_stays_as_it_is(store: ReleaseStore) -> None:
    assert store.write(FIRST, release(FIRST, "first"))
    assert not store.write(FIRST, release(FIRST, "second", topics=9))
    assert store.input_fingerprint(FIRST) == "first"
    assert len(store.read("released_topics", FIRST)) == 2


def test_withdrawing_one_period_leaves_the_others(store: ReleaseStore) -> None:
    store.write(FIRST, release(FIRST))
    store.write(SECOND, release(SECOND))
    assert store.withdraw(FIRST)
    assert store.input_fingerprint(FIRST) is None
    assert store.read("released_topics", FIRST).is_empty()
    assert len(store.read("released_topics", SECOND)) == 2
    assert not store.withdraw(FIRST)
    assert store.write(FIRST, release(FIRST, "again", topics=3))
    assert len(store.read("released_topics", FIRST)) == 3


def test_withdrawing_from_nothing_makes_no_file(store: ReleaseStore, tmp_path: Path) -> None:
    assert not store.withdraw(FIRST)
    assert not (tmp_path / "release" / "released.duckdb").exists()


def test_a_file_of_an_older_version_gets_its_new_table(store: ReleaseStore, tmp_path: Path) -> None:
    path = tmp_path / "release" / "released.duckdb"
    newer = ReleaseStore(path, {"released_topics": TOPICS, "released_usage": TOPICS})
    newer.complete()
    assert not path.exists()
    store.write(FIRST, release(FIRST))
    newer.complete()
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.table("released_usage").fetchall() == []
    assert newer.input_fingerprint(FIRST) == "f"
    tables = release(SECOND)
    assert newer.write(SECOND, tables | {"released_usage": tables["released_topics"]})
    assert len(newer.read("released_usage", SECOND)) == 2
    assert newer.withdraw(FIRST)


def test_half_a_release_is_none(store: ReleaseStore) -> None:
    store.write(FIRST, release(FIRST))
    broken = release(SECOND)
    broken["released_topics"] = broken["released_topics"].drop("topic_id")
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        store.write(SECOND, broken)
    assert store.input_fingerprint(SECOND) is None
    assert store.read("released_periods", SECOND).is_empty()
    assert store.write(SECOND, release(SECOND))


def test_of_two_runs_at_once_one_release_stays(store: ReleaseStore) -> None:
    began, answers = threading.Barrier(2, timeout=20), []

    def run(name: str, topics: int) -> None:
        began.wait()
        answers.append((store.write(FIRST, release(FIRST, name, topics)), topics))

    threads = [threading.Thread(target=run, args=(f"f{n}", n)) for n in (3, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    (kept,) = [topics for written, topics in answers if written]
    assert store.input_fingerprint(FIRST) == f"f{kept}"
    assert len(store.read("released_topics", FIRST)) == kept
    assert len(store.read("released_periods", FIRST)) == 1


def test_a_table_of_no_release_is_refused(store: ReleaseStore) -> None:
    with pytest.raises(KeyError):
        store.read('released_topics" --', FIRST)


def test_the_release_database_is_its_owners_alone(store: ReleaseStore, tmp_path: Path) -> None:
    store.write(FIRST, release(FIRST))
    path = tmp_path / "release" / "released.duckdb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_damaged_release_database_says_how_to_come_back(
    store: ReleaseStore, tmp_path: Path
) -> None:
    path = tmp_path / "release" / "released.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"")
    with pytest.raises(StorageError, match=r"released\.duckdb is damaged.*[Rr]estore it"):
        store.input_fingerprint(FIRST)
