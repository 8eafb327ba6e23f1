"""Looking for strings in every file of a folder: its name, its bytes, and what they contain.

DuckDB, SQLite, Parquet and gzip files and our pages are opened, because a string may be compressed
there, cut between two pages or stored otherwise than as text.
"""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.attacks.canary_texts import Canary
from benchmarks.attacks.disguises import patterns, squeezed
from clio_assets.release.page.details import unpacked

PIECE = 4_000_000
"""Bytes searched at a time; pieces overlap by more than any canary is long."""
OVERLAP = 2_000
AT_ONCE = 32_000_000
"""Bytes handed over together, because each time the patterns are made ready anew."""


@dataclass
class Found:
    """What a search came to. where: number of a canary -> the places it was found in."""

    where: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    searched: Counter[str] = field(default_factory=Counter)
    """Files, bytes, and files opened by their kind."""

    def among(self, part: str) -> set[int]:
        """Numbers of the canaries found in a place whose name holds `part`."""
        return {n for n, places in self.where.items() if any(part in place for place in places)}


class Search:
    """Canaries made ready to be looked for."""

    def __init__(self, canaries: list[Canary]) -> None:
        self._plain: dict[str, int] = {}
        self._squeezed: dict[str, int] = {}
        for n, canary in enumerate(canaries):
            for text in canary.given_away_by:
                for _, pattern in patterns(text):
                    self._plain.setdefault(_ascii_lower(_as_text(pattern)), n)
                for way in (text, text[::-1]):
                    self._squeezed.setdefault(_ascii_lower(_as_text(squeezed(way.encode()))), n)

    def folder(self, root: Path, leaving_out: Collection[Path] = ()) -> Found:
        """Look through a folder, apart from the folders and files left out."""
        found = Found()
        waiting: list[tuple[str, bytes]] = []
        for place, content in _contents(root, leaving_out, found.searched):
            found.searched["bytes"] += len(content)
            for start in range(0, max(1, len(content)), PIECE):
                waiting.append((place, content[start : start + PIECE + OVERLAP]))
            if sum(len(piece) for _, piece in waiting) > AT_ONCE:
                self._look(waiting, found)
                waiting = []
        self._look(waiting, found)
        return found

    def _look(self, pieces: list[tuple[str, bytes]], found: Found) -> None:
        for known, prepare in ((self._plain, bytes), (self._squeezed, squeezed)):
            texts = pl.Series("t", [_as_text(prepare(piece)) for _, piece in pieces], pl.String)
            hits = texts.str.extract_many(list(known), ascii_case_insensitive=True)
            for (place, _), hit in zip(pieces, hits.to_list(), strict=True):
                for pattern in hit:
                    found.where[known[_ascii_lower(pattern)]].add(place)


def _as_text(content: bytes) -> str:
    """A character a byte, so that any bytes can be searched as a string."""
    return content.decode("latin-1")


def _contents(
    root: Path, leaving_out: Collection[Path], searched: Counter[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield (place, bytes) of every file's name, its raw bytes and what is inside it."""
    for path in sorted(root.rglob("*")):
        if any(path.is_relative_to(left) for left in leaving_out):
            continue
        place = str(path.relative_to(root))
        yield f"{place} (its name)", path.name.encode(errors="surrogateescape")
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        searched["files"] += 1
        yield place, content
        for kind, inside in _opened(path, content):
            searched[kind] += 1
            for piece in inside:
                yield f"{place} (inside)", piece


def _opened(path: Path, content: bytes) -> Iterator[tuple[str, Iterable[bytes]]]:
    if content[8:12] == b"DUCK":
        yield "duckdb", _of_duckdb(path)
    elif content.startswith(b"SQLite format 3\0"):
        yield "sqlite", _of_sqlite(path)
    elif content.startswith(b"PAR1"):
        yield "parquet", _of_frame(pl.read_parquet(path))
    elif content.startswith(b"\x1f\x8b"):
        yield "gzip", [gzip.decompress(content)]
    elif path.suffix == ".html":
        yield "packed", [text.encode() for text in unpacked(content.decode(errors="replace"))]


def _of_duckdb(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        for schema, table in tables:
            yield from _values(con.execute(f'FROM "{schema}"."{table}"'))


def _of_sqlite(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        con.text_factory = bytes
        names = con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            yield from _values(con.execute(f'SELECT * FROM "{name.decode()}"'))  # noqa: S608


def _values(rows: Any) -> Iterator[bytes]:
    """Every value of a query's rows; vectors are no text."""
    while some := rows.fetchmany(2_000):
        texts = [_bytes(value) for row in some for value in row]
        yield b"\n".join(texts)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        try:
            # Dagster keeps its snapshots so.
            return zlib.decompress(value)
        except zlib.error:
            return value
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return b""
    # Not `repr`, which would escape what cannot be printed.
    if isinstance(value, list | tuple):
        return b"\n".join(_bytes(item) for item in value)
    if isinstance(value, dict):
        return b"\n".join(_bytes(item) for pair in value.items() for item in pair)
    return str(value).encode(errors="surrogatepass")


def _of_frame(frame: pl.DataFrame) -> Iterator[bytes]:
    yield b"\n".join(_bytes(value) for row in frame.iter_rows() for value in row)


def _ascii_lower(text: str) -> str:
    return text.encode("latin-1").lower().decode("latin-1")
