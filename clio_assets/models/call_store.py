"""Every answer that was paid for, and what each call cost: one SQLite file shared by processes.

An answer and its row of the ledger are written in one transaction, before the answer is used. The
file is in WAL mode with `synchronous = NORMAL`: a process killed at any instant (SIGKILL, OOM)
loses nothing that was stored; when the power fails, the last seconds may have to be paid again,
which saves a disk sync a call. Timestamps are microseconds since 1970, UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from clio_assets.models.calls import Outcome, Stage
from clio_assets.storage.closed import closed_folder
from clio_assets.storage.errors import StorageError
from clio_assets.storage.locks import held

BUSY_SECONDS = 60.0
"""A transaction takes about 0.1 ms; who waits this long waits for a process that hangs."""
_APPLICATION = 0x436C696F  # "Clio"
_VERSION = 1


@dataclass(frozen=True)
class Kept:
    """An answer as it is stored; `value` is JSON, and None where the model refused."""

    outcome: Outcome
    value: bytes | None
    model: str
    reason: str


@dataclass(frozen=True)
class CallRecord:
    """One row of the ledger: one call, with all its attempts. Never a text."""

    run_id: str
    partition: str
    stage: Stage
    model_asked: str
    model_served: str
    prompt_version: str
    schema_version: str
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    estimated: bool
    cost: float | None
    """US dollars; None where the model has no price."""
    price_input: float | None
    price_cached_input: float | None
    price_output: float | None
    latency_seconds: float
    """From sending to the last byte, summed over the attempts; without waiting for a turn."""
    retries: int
    outcome: Outcome
    reason: str
    created_at: int


_COLUMNS = [field.name for field in fields(CallRecord)]
_INSERT_CALL = (
    f"INSERT INTO calls ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
)
_SCHEMA = f"""
CREATE TABLE calls (call_id INTEGER PRIMARY KEY, {", ".join(_COLUMNS)});
CREATE INDEX calls_of_run ON calls (run_id);
CREATE TABLE answers (
    identity BLOB PRIMARY KEY, outcome TEXT NOT NULL, value BLOB, model TEXT NOT NULL,
    reason TEXT NOT NULL, call_id INTEGER NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE served (
    endpoint TEXT, asked TEXT, served TEXT NOT NULL, PRIMARY KEY (endpoint, asked)
);
CREATE TABLE runs (run_id TEXT PRIMARY KEY, spent REAL NOT NULL, reserved REAL NOT NULL);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""


class CallStore:
    """The file of answers and the ledger; made where it is not there, mode 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _create(path)
        self._con = connected(path)

    def close(self) -> None:
        """Close the file; nothing is waiting to be written."""
        self._con.close()

    def served(self, endpoint: str, asked: str) -> str:
        """Return the model that answered last where `asked` was asked for, or ""."""
        with explained(self.path):
            row = self._con.execute(
                "SELECT served FROM served WHERE endpoint = ? AND asked = ?", (endpoint, asked)
            ).fetchone()
        return row[0] if row else ""

    def find(self, identity: bytes) -> Kept | None:
        """Return the answer of this identity."""
        with explained(self.path):
            row = self._con.execute(
                "SELECT outcome, value, model, reason FROM answers WHERE identity = ?", (identity,)
            ).fetchone()
        return Kept(*row) if row else None

    def record(
        self,
        record: CallRecord,
        set_aside: float,
        endpoint: str,
        identity: bytes,
        kept: Kept | None,
    ) -> None:
        """Write a call's row of the ledger and its answer, if there is one to keep, together.

        `set_aside` is what was reserved for the call: it becomes what the call cost.
        """
        with self._transaction() as con:
            call_id = _noted(con, record, set_aside)
            if kept is None:
                return
            con.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (identity, kept.outcome, kept.value, kept.model, kept.reason, call_id,
                 record.created_at),
            )  # fmt: skip
            if record.model_served:
                con.execute(
                    "INSERT INTO served VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                    "SET served = excluded.served WHERE served != excluded.served",
                    (endpoint, record.model_asked, record.model_served),
                )

    def note(self, record: CallRecord, set_aside: float) -> None:
        """Write the row of a call whose answer is kept elsewhere."""
        with self._transaction() as con:
            _noted(con, record, set_aside)

    def reserve(self, run_id: str, dollars: float, most: float) -> bool:
        """Set `dollars` aside unless the run's sum, of all processes, could pass `most`.

        What a killed process had set aside stays so: its calls in flight may have been billed.
        """
        with self._transaction() as con:
            con.execute("INSERT OR IGNORE INTO runs VALUES (?, 0, 0)", (run_id,))
            changed = con.execute(
                "UPDATE runs SET reserved = reserved + ? "
                "WHERE run_id = ? AND spent + reserved + ? <= ?",
                (dollars, run_id, dollars, most),
            )
            return changed.rowcount == 1

    def spent(self, run_id: str) -> tuple[float, float]:
        """Return the dollars that a run has spent, and those it has set aside."""
        with explained(self.path):
            row = self._con.execute(
                "SELECT spent, reserved FROM runs WHERE run_id = ?", (run_id,)
            ).fetchone()
        return (row[0], row[1]) if row else (0.0, 0.0)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE: one that begins by reading could not wait for another process's turn to end.
        with explained(self.path):
            self._con.execute("BEGIN IMMEDIATE")
            try:
                yield self._con
                self._con.execute("COMMIT")
            except BaseException:
                self._con.rollback()
                raise


def _noted(con: sqlite3.Connection, record: CallRecord, set_aside: float) -> int | None:
    con.execute(
        "INSERT INTO runs VALUES (?, ?, 0) ON CONFLICT DO UPDATE "
        "SET spent = spent + excluded.spent, reserved = max(0, reserved - ?)",
        (record.run_id, record.cost or 0.0, set_aside),
    )
    return con.execute(_INSERT_CALL, [getattr(record, column) for column in _COLUMNS]).lastrowid


def connected(path: Path) -> sqlite3.Connection:
    """Open a store that is there.

    Raises:
        StorageError: the file is damaged, or not one of ours, or of another version.
    """
    with explained(path):
        # The event loop's thread uses the connection that another thread made; never both at once.
        con = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        con.execute("PRAGMA synchronous = NORMAL")
        application = con.execute("PRAGMA application_id").fetchone()[0]
        version = con.execute("PRAGMA user_version").fetchone()[0]
    if application != _APPLICATION:
        raise StorageError(_damaged(path))
    if version != _VERSION:
        raise StorageError(
            f"{path} was written by another version of Clio Assets. {_way_back(path)}"
        )
    return con


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file it cannot use into a `StorageError`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", None)
        if name is None:  # a misuse of ours, not a state of the file
            raise
        code = name.removeprefix("SQLITE_").partition("_")[0]
        raise StorageError(_SENTENCES.get(code, _damaged)(path)) from None


def _create(path: Path) -> None:
    """Make the file aside and rename it: one that is empty or cut short is never taken for new."""
    closed_folder(path.parent)
    with held(Path(f"{path}.lock")), explained(path):
        if path.exists():
            return
        aside = path.with_name(f".{path.name}.new")
        # A log without its file is of one that was moved away; SQLite would replay it.
        for leftover in (aside, *_logs(aside), *_logs(path)):
            leftover.unlink(missing_ok=True)
        aside.touch(mode=0o600)
        con = sqlite3.connect(aside)
        con.execute("PRAGMA journal_mode = WAL")
        con.executescript(_SCHEMA)
        con.close()
        aside.rename(path)


def _logs(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm")]


def _damaged(path: Path) -> str:
    return f"{path} is damaged or cut short. {_way_back(path)}"


def _way_back(path: Path) -> str:
    return (
        f"Put a copy of it back, or move it away with {path.name}-wal and {path.name}-shm where "
        "they are: the answers in it will then be asked and paid for again."
    )


_SENTENCES: dict[str, Callable[[Path], str]] = {
    "FULL": lambda path: (
        f"The disk that holds {path} is full: free some space and run again; what was answered is "
        "kept."
    ),
    "BUSY": lambda path: (
        f"{path} has been held by another process for {BUSY_SECONDS:.0f} s: see whether that "
        "process hangs, then run again."
    ),
    "IOERR": lambda path: (
        f"{path} could not be read or written: see whether its disk is full or failing, then run "
        "again; what was answered is kept."
    ),
    "CANTOPEN": lambda path: (
        f"{path} cannot be opened: it must be a file of the user who runs this."
    ),
    "READONLY": lambda path: (
        f"{path} cannot be written: it must be a file of the user who runs this."
    ),
}
