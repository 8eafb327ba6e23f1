"""Every vector that was paid for: one SQLite file in the private zone, shared by processes.

In WAL mode with `synchronous = NORMAL`, as the store of answers is: a killed process loses nothing
that was stored. A text is known by a keyed hash alone, but its vector says what it was about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from clio_assets.models.call_store import BUSY_SECONDS, explained
from clio_assets.storage.closed import closed_folder

_AT_ONCE = 500
"""Bound values of one query; older SQLite builds allow 999."""


class VectorStore:
    """The file of vectors; made where it is not there, mode 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path
        closed_folder(path.parent)
        path.touch(mode=0o600)
        with explained(path):
            # Used by one thread at a time, which need not be the one that opened it.
            self._con = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._con.execute("PRAGMA journal_mode = WAL")
            self._con.execute("PRAGMA synchronous = NORMAL")
            self._con.execute(
                "CREATE TABLE IF NOT EXISTS vectors "
                "(identity BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
            )
            self._con.execute(
                "CREATE TABLE IF NOT EXISTS models (asked TEXT PRIMARY KEY, served TEXT NOT NULL, "
                "dimension INTEGER NOT NULL)"
            )

    def close(self) -> None:
        """Close the file; nothing is waiting to be written."""
        self._con.close()

    def answered(self, asked: str) -> tuple[str, int] | None:
        """Return the model that answered first where `asked` was asked for, and its dimension."""
        with explained(self.path):
            row: tuple[str, int] | None = self._con.execute(
                "SELECT served, dimension FROM models WHERE asked = ?", (asked,)
            ).fetchone()
        return row

    def note_answered(self, asked: str, served: str, dimension: int) -> None:
        """Note who answers where `asked` is asked for; the first to say so stays."""
        with explained(self.path):
            self._con.execute(
                "INSERT OR IGNORE INTO models VALUES (?, ?, ?)", (asked, served, dimension)
            )

    def find(self, identities: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield (identity, vector) of those that are kept."""
        for start in range(0, len(identities), _AT_ONCE):
            some = identities[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            with explained(self.path):
                yield from self._con.execute(
                    f"SELECT identity, vector FROM vectors WHERE identity IN ({marks})",  # noqa: S608
                    some,
                )

    def keep(self, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep (identity, vector) pairs, all or none."""
        with explained(self.path):
            self._con.execute("BEGIN IMMEDIATE")
            try:
                self._con.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", vectors)
                self._con.execute("COMMIT")
            except BaseException:
                self._con.rollback()
                raise
