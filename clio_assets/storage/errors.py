"""What can be wrong with a database file, as sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

FROM_SOURCE = (
    "Move it away, with its .wal file where there is one, and materialize its partition again: "
    "everything in it is made from the source."
)


class StorageError(RuntimeError):
    """A database file cannot be used; the message names the file and the way back."""


@contextmanager
def explained(path: Path, way_back: str = FROM_SOURCE) -> Iterator[None]:
    """Turn what DuckDB says of a file it cannot use into a `StorageError`.

    DuckDB notices damage when it reads the block, so this belongs around queries, not only
    around opening. Its own message is withheld, because it may quote a row.
    """
    try:
        yield
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException,
            duckdb.FatalException) as error:  # fmt: skip
        raise StorageError(_sentence(path, way_back, str(error).lower())) from None


def damaged(path: Path, way_back: str = FROM_SOURCE) -> str:
    """The sentence for a file that is cut short or corrupt."""
    return f"{path} is damaged or cut short. {way_back}"


def _sentence(path: Path, way_back: str, said: str) -> str:
    if "could not set lock" in said:
        return f"{path} is open in another program; close it and run again."
    if "no space left" in said or "disk full" in said:
        return f"The disk that holds {path} is full: free some space and run again."
    return damaged(path, way_back)
