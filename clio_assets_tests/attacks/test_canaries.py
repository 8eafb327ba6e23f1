"""A-1 on the tiny pipeline, and that its search finds what it looks for, however it is kept."""

from __future__ import annotations

import gzip
import random
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.attacks.canaries import attack
from benchmarks.attacks.canary_search import Search
from benchmarks.attacks.canary_texts import PLACES, Canary, make_canaries
from benchmarks.attacks.disguises import DISGUISES, disguised
from clio_assets.release.page.details import packed

CANARIES = make_canaries(60, 2, 1)


@pytest.mark.platform
def test_canaries_stay_in_the_private_zone(tmp_path: Path) -> None:
    outcome = attack(tmp_path, small=True)
    assert outcome.held, outcome.figures
    assert outcome.won_without, outcome.figures
    assert outcome.figures["canaries"] == 60
    searched = outcome.figures["searched_outside"]
    assert searched["duckdb"] >= 2
    assert searched["sqlite"] >= 2
    assert searched["parquet"] >= 4


def test_every_place_and_disguise_has_canaries_that_stand_nowhere_else() -> None:
    assert {canary.place for canary in CANARIES} == set(PLACES)
    assert {canary.disguise for canary in CANARIES} == set(DISGUISES)
    unique = [text for canary in CANARIES for text in canary.given_away_by]
    assert len(set(unique)) == len(unique)
    assert len(make_canaries(1_000, 12, 1)) == 1_000


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("case", [str, str.lower])
def test_a_disguised_canary_is_found(
    tmp_path: Path, disguise: str, case: Callable[[str], str]
) -> None:
    chance = random.Random(2)  # noqa: S311
    told = [f"So, {case(disguised(canary.text, disguise, chance))}!" for canary in CANARIES]
    (tmp_path / "log.txt").write_text("\n".join(told), encoding="utf-8")
    assert set(Search(CANARIES).folder(tmp_path).where) == set(range(len(CANARIES)))


def as_duckdb(path: Path, text: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t AS SELECT [{'role': 'user', 'content': ?}] AS said", [text])


def as_sqlite(path: Path, text: str) -> None:
    con = sqlite3.connect(path)
    con.execute("CREATE TABLE t (snapshot BLOB)")
    con.execute("INSERT INTO t VALUES (?)", [zlib.compress(text.encode())])
    con.commit()
    con.close()


def as_parquet(path: Path, text: str) -> None:
    pl.DataFrame({"said": [[text] * 50]}).write_parquet(path, compression="zstd")


def as_gzip(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))


def as_page(path: Path, text: str) -> None:
    path.with_suffix(".html").write_text(f"<script>{packed({'value': text})}</script>", "utf-8")


def as_file_name(path: Path, text: str) -> None:
    (path.parent / f"{text}.csv").touch()


def as_utf_16(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-16-le")


def across_two_pieces(path: Path, text: str) -> None:
    path.write_text("x" * (4_000_000 - 5) + text, encoding="utf-8")


@pytest.mark.parametrize(
    "keep",
    [
        as_duckdb,
        as_sqlite,
        as_parquet,
        as_gzip,
        as_page,
        as_file_name,
        as_utf_16,
        across_two_pieces,
    ],
)
def test_a_canary_is_found_however_it_is_kept(
    tmp_path: Path, keep: Callable[[Path, str], None]
) -> None:
    canary = next(one for one in CANARIES if " " in one.text)
    keep(tmp_path / "kept", canary.text)
    search = Search(CANARIES)
    assert set(search.folder(tmp_path).where) == {CANARIES.index(canary)}
    assert not search.folder(tmp_path, leaving_out=[tmp_path]).where


def test_one_word_of_a_canary_gives_it_away(tmp_path: Path) -> None:
    sentence = Canary("told vorkelinta of it", ("told vorkelinta of it", "vorkelinta"), "", "", 1)
    (tmp_path / "log.txt").write_text("Vorkelinta and others", encoding="utf-8")
    assert set(Search([sentence]).folder(tmp_path).where) == {0}
    (tmp_path / "log.txt").write_text("vorkel told of it", encoding="utf-8")
    assert not Search([sentence]).folder(tmp_path).where
