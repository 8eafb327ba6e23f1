"""Locks between processes; one that dies gives its own back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from clio_assets.storage.errors import StorageError

LOCK_SECONDS = 600.0
"""A step holds a file for milliseconds and a table for minutes; longer means a hung process."""


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold `lock`, waiting for whoever has it.

    Raises:
        StorageError: another process kept it for `LOCK_SECONDS`.
    """
    waiting = FileLock(lock, timeout=LOCK_SECONDS, mode=0o600)
    try:
        waiting.acquire()
    except Timeout:
        raise StorageError(
            f"{lock} has been held by another run for {LOCK_SECONDS / 60:.0f} minutes: "
            "see whether that run hangs, then run again."
        ) from None
    try:
        yield
    finally:
        waiting.release()
