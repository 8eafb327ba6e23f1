"""Who looked at what in the safety zone, when and why: rows are added, and nothing else.

SQLite's own triggers refuse to change or delete a row, and each row carries an HMAC over itself and
the row before, under the safety key: a file that was edited with another tool is found out. Rows
cut off at the end leave no gap; against that a copy elsewhere helps (docs/safety.md).
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import pwd
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clio_assets.storage.closed import closed_folder
from clio_assets.storage.errors import StorageError

SHORTEST_REASON = 10
"""Characters; "x" is no reason."""
LONGEST_REASON = 500
NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}
_COLUMNS = "number, at, who, what, finding, reason"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    finding TEXT NOT NULL, reason TEXT NOT NULL, seal TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS audit_adds BEFORE INSERT ON audit
WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM audit)
BEGIN SELECT RAISE(ABORT, 'a row of the audit is never replaced'); END;
CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'a row of the audit is never changed'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'a row of the audit is never deleted'); END;
"""


class ReasonError(ValueError):
    """Nobody looks without a reason; the message says what is wanted."""


@dataclass(frozen=True)
class Entry:
    """One look or one decision; `finding` is empty where it was the whole queue."""

    number: int
    at: str
    who: str
    what: str
    finding: str
    reason: str


class Audit:
    """The append-only table; made where it is not there, mode 0600."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = hmac.digest(key, b"audit", "sha256")

    def write(self, what: str, finding: str, reason: str) -> Entry:
        """Add a row and see it on the disk, before whatever it is about is done.

        Raises:
            ReasonError: the reason is too short, too long or not one line.
            StorageError: a row that is there was changed.
        """
        reason = reason.strip()
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not _one_line(reason):
            raise ReasonError(
                f"--reason: say why in one line of {SHORTEST_REASON} to {LONGEST_REASON} "
                "characters, for instance the number of the case. It is kept for good."
            )
        with self._opened() as con:
            con.execute("BEGIN IMMEDIATE")
            last, seal = self._verified(con)
            at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            entry = Entry(last + 1, at, _whoever_this_is(), what, finding, reason)
            con.execute(
                f"INSERT INTO audit ({_COLUMNS}, seal) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                [*_fields(entry), self._sealed(entry, seal)],
            )
            con.execute("COMMIT")
        return entry

    def entries(self) -> list[Entry]:
        """Every row, the oldest first.

        Raises:
            StorageError: a row was changed or is missing.
        """
        if not self._path.exists():
            return []
        with self._opened() as con:
            self._verified(con)
            rows = con.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY number").fetchall()  # noqa: S608
        return [Entry(*row) for row in rows]

    def _verified(self, con: sqlite3.Connection) -> tuple[int, str]:
        """Number and seal of the last row, once every seal is what it must be."""
        last, seal = 0, ""
        for *row, found in con.execute(f"SELECT {_COLUMNS}, seal FROM audit ORDER BY number"):  # noqa: S608
            entry = Entry(*row)
            if entry.number != last + 1 or found != self._sealed(entry, seal):
                raise StorageError(
                    f"{self._path}: row {last + 1} of the audit is not what was written, so "
                    "somebody changed the file. Keep it, restore a copy, and ask who did."
                )
            last, seal = entry.number, found
        return last, seal

    def _sealed(self, entry: Entry, before: str) -> str:
        said = "\x00".join(map(str, (before, *_fields(entry))))
        return hmac.digest(self._key, said.encode(errors="surrogatepass"), "sha256").hex()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        closed_folder(self._path.parent)
        con = sqlite3.connect(self._path, isolation_level=None, timeout=60)
        try:
            self._path.chmod(0o600)
            con.execute("PRAGMA synchronous = FULL")
            con.executescript(_SCHEMA)
            yield con
        except sqlite3.DatabaseError as error:
            raise StorageError(f"{self._path} cannot be used ({type(error).__name__}).") from None
        finally:
            con.close()


def _fields(entry: Entry) -> tuple[int, str, str, str, str, str]:
    return (entry.number, entry.at, entry.who, entry.what, entry.finding, entry.reason)


def _one_line(text: str) -> bool:
    """False with control characters, line ends and bytes that are no text: NUL parts the fields of
    a seal, and SQLite takes no half of a character."""
    return not any(unicodedata.category(letter) in NO_TEXT for letter in text)


def _whoever_this_is() -> str:
    """The user as the operating system knows them: no argument or variable can say otherwise."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container whose users have no names
        return f"user {os.getuid()}"
