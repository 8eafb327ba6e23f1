"""One DuckDB file: tables replaced together in a transaction, opened only while in use.

DuckDB allows one writing process a file, and no reader beside it. So a connection is never held
across a computation: rows are appended to staging tables in short sessions, and one transaction
swaps the staging tables in together with the fingerprint of what they were made from. A process
killed anywhere leaves the old tables whole and staging tables that the next writer drops
(docs/reliability.md, F01 and F02).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from clio_assets.storage.closed import closed_folder
from clio_assets.storage.errors import FROM_SOURCE, StorageError, damaged, explained
from clio_assets.storage.locks import held

STATE = "_steps"
STAGING = "_new_"

Schema = dict[str, pl.DataType]


@dataclass(frozen=True)
class StepState:
    """What a step's tables were made from."""

    fingerprint: str
    rows: int


class DuckFile:
    """Tables of one day or one period, written by one step at a time."""

    def __init__(self, path: Path, way_back: str = FROM_SOURCE) -> None:
        self.path = path
        self._way_back = way_back

    def exists(self) -> bool:
        """True once a step has begun to write to the file."""
        return self.path.exists()

    def state(self, step: str) -> StepState | None:
        """What `step` last wrote, or None where it has not been materialized."""
        if not self.exists():
            return None
        with self.opened() as con:
            return _state(con, step)

    def read(self, table: str, columns: list[str] | None = None) -> pl.DataFrame:
        """Return a whole table, or some of its columns, in the order it was written.

        Raises:
            StorageError: the table has not been materialized, or the file is damaged.
        """
        with self._opened_for(table) as con:
            wanted = ", ".join(_quoted(name) for name in columns) if columns else "*"
            return con.sql(f"SELECT {wanted} FROM {_quoted(table)}").pl()  # noqa: S608

    def batches(self, table: str, rows: int) -> Iterator[pl.DataFrame]:
        """Yield a table in pieces of at most `rows`; the file is closed between them.

        Raises:
            StorageError: as `read`, or another run replaced the table between two pieces.
        """
        offset = 0
        begun_with = self.state(table)
        while True:
            with self._opened_for(table) as con:
                if _state(con, table) != begun_with:
                    raise StorageError(
                        f"`{table}` of {self.path.name} was replaced by another run while it was "
                        "being read: run this step again."
                    )
                query = f"SELECT * FROM {_quoted(table)} WHERE rowid >= ? AND rowid < ?"  # noqa: S608
                batch = con.sql(query, params=[offset, offset + rows]).pl()
            if not len(batch):
                return
            yield batch
            offset += rows

    def query(self, sql: str, params: list[object] | None = None) -> pl.DataFrame:
        """Run one read-only query with bound parameters.

        Raises:
            StorageError: nothing has been materialized into the file, or it is damaged.
        """
        with self._opened_for() as con:
            return con.sql(sql, params=params or []).pl()

    @contextmanager
    def replacing(
        self,
        step: str,
        made_from: str,
        schemas: dict[str, Schema],
        *,
        good_enough: Collection[str] = (),
    ) -> Iterator[Replacement | None]:
        """Replace a step's tables, or yield None where they were already made from this.

        So they are where all that they lack is among `good_enough`. A second process replacing the
        same step waits, then finds its work done. Tables become visible together when the block
        ends; an exception leaves the old ones.
        """
        closed_folder(self.path.parent)
        with held(Path(f"{self.path}.{step}.lock")):
            state = self.state(step)
            if state and state.fingerprint in {made_from, *(made_from + s for s in good_enough)}:
                yield None
                return
            replacement = Replacement(self, schemas)
            replacement.begin()
            yield replacement
            replacement.commit(step, made_from + replacement.lacking)

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Make the file if need be; open, lock down, use, close. Nothing else holds it meanwhile.

        Raises:
            StorageError: the file is damaged, in use elsewhere, or on a full disk.
        """
        closed_folder(self.path.parent)
        with held(Path(f"{self.path}.lock")), explained(self.path, self._way_back):
            if not self.path.exists():
                self._create()
            # DuckDB takes an empty file for a new one.
            if self.path.stat().st_size == 0:
                raise StorageError(damaged(self.path, self._way_back))
            con = duckdb.connect(str(self.path), config=LOCKED_DOWN)
            try:
                yield con
            finally:
                con.close()

    @contextmanager
    def _opened_for(self, table: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open to read; a file or table that is not there is not made, but said to be missing."""
        if not self.exists():
            raise StorageError(self._missing(table))
        with self.opened() as con:
            if (
                table is not None
                and not con.execute(
                    "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]
                ).fetchone()
            ):
                raise StorageError(self._missing(table))
            yield con

    def _missing(self, table: str | None) -> str:
        return (
            f"{self.path.name} holds no {f'`{table}`' if table else 'tables'} yet: materialize "
            "the asset for this partition first."
        )

    def _create(self) -> None:
        """Make the file aside and rename it: a process killed here leaves no half a database."""
        aside = self.path.with_name(f".{self.path.name}.new")
        # A log without its database is of one that was moved away.
        for leftover in (aside, log_of(aside), log_of(self.path)):
            leftover.unlink(missing_ok=True)
        with duckdb.connect(str(aside), config=LOCKED_DOWN) as con:
            con.execute(
                f"CREATE TABLE {STATE} (step VARCHAR PRIMARY KEY, fingerprint VARCHAR, rows BIGINT)"
            )
        aside.chmod(0o600)
        aside.rename(self.path)


class Replacement:
    """Staging tables of one step, filled batch by batch."""

    def __init__(self, file: DuckFile, schemas: dict[str, Schema]) -> None:
        self._file = file
        self._schemas = schemas
        self.rows = dict.fromkeys(schemas, 0)
        self.lacking = ""
        """A fingerprint of what could not be made. While there is one the same inputs are tried
        again; what lacks the same again is the same to whatever comes after."""

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


def log_of(database: Path) -> Path:
    """DuckDB's write-ahead log of a database file."""
    return database.with_name(f"{database.name}.wal")


def _state(con: duckdb.DuckDBPyConnection, step: str) -> StepState | None:
    row = con.execute(
        f"SELECT fingerprint, rows FROM {STATE} WHERE step = ?",  # noqa: S608
        [step],
    ).fetchone()
    return StepState(*row) if row else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
