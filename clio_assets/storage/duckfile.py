"""One DuckDB file: tables replaced together in a transaction, opened only while in use.

DuckDB allows one writing process a file, and no reader beside it. So a connection is never held
across a computation: rows are appended to staging tables in short sessions, and one transaction
swaps the staging tables in together with the fingerprint of what they were made from. A process
killed anywhere leaves the old tables whole and staging tables that the next writer drops.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from filelock import FileLock

STATE = "_steps"
STAGING = "_new_"
LOCK_SECONDS = 600.0
"""A step holds a file for milliseconds and a table for minutes; longer means a hung process."""

Schema = dict[str, pl.DataType]


class StorageError(RuntimeError):
    """A database file cannot be used; the message names the file and the way back."""


@dataclass(frozen=True)
class StepState:
    """What a step's tables were made from."""

    fingerprint: str
    rows: int


class DuckFile:
    """Tables of one day or one period, written by one step at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """True once a step has written to the file."""
        return self.path.exists()

    def state(self, step: str) -> StepState | None:
        """What `step` last wrote, or None where it has not been materialized."""
        if not self.exists():
            return None
        with self.opened() as con:
            row = con.execute(
                f"SELECT fingerprint, rows FROM {STATE} WHERE step = ?",  # noqa: S608
                [step],
            ).fetchone()
        return StepState(*row) if row else None

    def read(self, table: str, columns: list[str] | None = None) -> pl.DataFrame:
        """Return a whole table, or some of its columns, in the order it was written.

        Raises:
            StorageError: the table has not been materialized, or the file is damaged.
        """
        with self.opened() as con:
            self._require(con, table)
            wanted = ", ".join(_quoted(name) for name in columns) if columns else "*"
            return con.sql(f"SELECT {wanted} FROM {_quoted(table)}").pl()  # noqa: S608

    def batches(self, table: str, rows: int) -> Iterator[pl.DataFrame]:
        """Yield a table in pieces of at most `rows`; the file is closed between them."""
        offset = 0
        while True:
            with self.opened() as con:
                self._require(con, table)
                query = f"SELECT * FROM {_quoted(table)} WHERE rowid >= ? AND rowid < ?"  # noqa: S608
                batch = con.sql(query, params=[offset, offset + rows]).pl()
            if not len(batch):
                return
            yield batch
            offset += rows

    def query(self, sql: str, params: list[object] | None = None) -> pl.DataFrame:
        """Run one read-only query with bound parameters."""
        with self.opened() as con:
            return con.sql(sql, params=params or []).pl()

    @contextmanager
    def replacing(
        self, step: str, made_from: str, schemas: dict[str, Schema]
    ) -> Iterator[Replacement | None]:
        """Replace a step's tables, or yield None where they were already made from this.

        A second process replacing the same step waits, then finds its work done. Tables become
        visible together when the block ends; an exception leaves the old ones.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(f"{self.path}.{step}.lock", timeout=LOCK_SECONDS, mode=0o600):
            state = self.state(step)
            if state is not None and state.fingerprint == made_from:
                yield None
                return
            replacement = Replacement(self, schemas)
            replacement.begin()
            yield replacement
            replacement.commit(step, made_from)

    def _require(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        found = con.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]
        ).fetchone()
        if found is None:
            raise StorageError(
                f"{self.path.name} holds no `{table}` yet: materialize the asset for this "
                "partition first."
            )

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open, lock down, use, close. Nothing else may hold the file meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS, mode=0o600):
            con = self._connect()
            try:
                yield con
            finally:
                con.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        # A file that exists but holds nothing was cut short: DuckDB would take it for a new one.
        if self.path.exists() and self.path.stat().st_size == 0:
            raise StorageError(damaged(self.path))
        fresh = not self.path.exists()
        try:
            con = duckdb.connect(str(self.path), config=LOCKED_DOWN)
            if fresh:
                self.path.chmod(0o600)
            con.execute(
                f"CREATE TABLE IF NOT EXISTS {STATE} "
                "(step VARCHAR PRIMARY KEY, fingerprint VARCHAR, rows BIGINT)"
            )
        except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException,
                duckdb.FatalException) as error:  # fmt: skip
            if "could not set lock" in str(error).lower():
                raise StorageError(
                    f"{self.path} is open in another program; close it and run again."
                ) from None
            raise StorageError(damaged(self.path)) from None
        return con


class Replacement:
    """Staging tables of one step, filled batch by batch."""

    def __init__(self, file: DuckFile, schemas: dict[str, Schema]) -> None:
        self._file = file
        self._schemas = schemas
        self.rows = dict.fromkeys(schemas, 0)

    def begin(self) -> None:
        """Create the staging tables, dropping those of a process that was killed."""
        with self._file.opened() as con:
            for table, schema in self._schemas.items():
                con.register("rows_in", pl.DataFrame(schema=schema).to_arrow())
                con.execute(f"CREATE OR REPLACE TABLE {_quoted(STAGING + table)} AS FROM rows_in")
                con.unregister("rows_in")

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add rows; they stay invisible until the replacement ends."""
        if not len(frame):
            return
        ordered = frame.select(list(self._schemas[table])).cast(dict(self._schemas[table]))  # type: ignore[arg-type]
        with self._file.opened() as con:
            con.register("rows_in", ordered.to_arrow())
            con.execute(f"INSERT INTO {_quoted(STAGING + table)} FROM rows_in")
            con.unregister("rows_in")
        self.rows[table] += len(frame)

    def commit(self, step: str, made_from: str) -> None:
        """Swap every staging table in and record what they were made from, in one transaction."""
        first = next(iter(self._schemas))
        with self._file.opened() as con:
            con.execute("BEGIN")
            for table in self._schemas:
                con.execute(f"DROP TABLE IF EXISTS {_quoted(table)}")
                con.execute(f"ALTER TABLE {_quoted(STAGING + table)} RENAME TO {_quoted(table)}")
            con.execute(
                f"INSERT OR REPLACE INTO {STATE} VALUES (?, ?, ?)",  # noqa: S608
                [step, made_from, self.rows[first]],
            )
            con.execute("COMMIT")


LOCKED_DOWN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
    "threads": max(1, min(4, os.cpu_count() or 1)),
}


def damaged(path: Path) -> str:
    """The sentence for a file that is cut short or corrupt."""
    return (
        f"{path} is damaged or cut short. Move it away and materialize its partition again; "
        "everything in it is made from the source."
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
