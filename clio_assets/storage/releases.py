"""released.duckdb: every release so far, one set of rows a period, written by the door alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from clio_assets.storage.duckfile import LOCKED_DOWN, DuckFile, Schema
from clio_assets.storage.errors import explained

RELEASED_PERIODS: Schema = {
    "period": pl.String(),
    "period_kind": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "version": pl.Int32(),
    "mode": pl.String(),
    "profile": pl.String(),
    "counts_unit": pl.String(),
    "conversations": pl.Int64(),
    "leaf_coverage": pl.Float64(),
    "top_coverage": pl.Float64(),
    "topics": pl.Int32(),
    "withheld": pl.Int32(),
    "thresholds": pl.String(),
    "input_fingerprint": pl.String(),
    "configuration_fingerprint": pl.String(),
    "code_version": pl.String(),
    "gate_version": pl.String(),
}
"""Grain: a released period. Counts are rounded; coverages are fractions to two decimals."""

WAY_BACK = (
    "Restore it from a copy. Without one, move it away, with its .wal file where there is one, and "
    "materialize `released_topics` of every period again, in order: the verdicts are still stored."
)


def check_releases(path: Path) -> None:
    """Read every row, so that damage is told in a sentence before another program meets it.

    Raises:
        StorageError: the file is damaged or open elsewhere.
    """
    with (
        explained(path, WAY_BACK),
        duckdb.connect(str(path), read_only=True, config=LOCKED_DOWN) as con,
    ):
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            con.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" AS t').fetchall()  # noqa: S608


class ReleaseStore:
    """Rows by period; a period stays (G-19) until another version or its withdrawal replaces it."""

    def __init__(self, path: Path, schemas: dict[str, Schema]) -> None:
        self._file = DuckFile(path, WAY_BACK)
        self._schemas = {"released_periods": RELEASED_PERIODS, **schemas}

    def input_fingerprint(self, period: str) -> str | None:
        """What the released period was made from; None where it is not released."""
        if not self._file.exists():
            return None
        rows = self.read("released_periods", period)
        return rows["input_fingerprint"].item() if len(rows) else None

    def complete(self) -> None:
        """Add the tables that an older version of the code did not have; makes no file."""
        if self._file.exists():
            with self._prepared():
                pass

    def kinds(self) -> set[str]:
        """The kinds of periods released so far: day, week, month."""
        if not self._file.exists():
            return set()
        with self._prepared() as con:
            rows = con.execute("SELECT DISTINCT period_kind FROM released_periods").fetchall()
        return {kind for (kind,) in rows}

    def read(self, table: str, period: str) -> pl.DataFrame:
        """Return one period's rows of a table."""
        if table not in self._schemas:
            raise KeyError(table)
        with self._prepared() as con:
            query = f'SELECT * FROM "{table}" WHERE period = ?'  # noqa: S608
            return con.sql(query, params=[period]).pl()

    def before(self, period: str) -> str | None:
        """The latest earlier period in which a topic was released; None where there is none."""
        if not self._file.exists():
            return None
        with self._prepared() as con:
            row = con.execute(
                "SELECT max(period) FROM released_periods WHERE period < ? AND topics > 0", [period]
            ).fetchone()
        return row[0] if row else None

    def write(
        self, period: str, tables: dict[str, pl.DataFrame], instead_of: str | None = None
    ) -> bool:
        """Write a period's rows to every table in one transaction.

        False where the period was not made from `instead_of` (None: not released): two runs may
        both have found it so, and the first one's release stays.
        """
        with self._prepared() as con:
            con.execute("BEGIN")
            found = con.execute(
                "SELECT input_fingerprint FROM released_periods WHERE period = ?", [period]
            ).fetchone()
            if (found[0] if found else None) != instead_of:
                return False
            for table, schema in self._schemas.items():
                con.execute(f'DELETE FROM "{table}" WHERE period = ?', [period])  # noqa: S608
                frame = tables[table].select(list(schema)).cast(dict(schema))  # type: ignore[arg-type]
                con.register("rows_in", frame.to_arrow())
                con.execute(f'INSERT INTO "{table}" FROM rows_in')
                con.unregister("rows_in")
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
        return True

    def withdraw(self, period: str) -> bool:
        """Remove a released period; True where there was one."""
        if self.input_fingerprint(period) is None:
            return False
        with self._prepared() as con:
            con.execute("BEGIN")
            for table in self._schemas:
                con.execute(f'DELETE FROM "{table}" WHERE period = ?', [period])  # noqa: S608
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
        return True

    @contextmanager
    def _prepared(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file with every table there, however early its maker was killed."""
        with self._file.opened() as con:
            for table, schema in self._schemas.items():
                con.register("rows_in", pl.DataFrame(schema=schema).to_arrow())
                con.execute(f'CREATE TABLE IF NOT EXISTS "{table}" AS FROM rows_in')
                con.unregister("rows_in")
            yield con
