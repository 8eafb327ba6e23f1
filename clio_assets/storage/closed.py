"""What the pipeline writes is its own user's alone: folders 0700, files 0600."""

from __future__ import annotations

import os
from pathlib import Path

OTHERS = 0o077
"""The permissions of everybody but the owner."""


def close_to_others() -> None:
    """From now on this process and those it starts make files that nobody else can open.

    DuckDB makes its log and spills to disk with the modes that the process allows, and dbt its
    database; none of them has a setting for it.
    """
    os.umask(OTHERS)


def closed_folder(path: Path) -> Path:
    """Make a folder and every missing one above it, all 0700; one that is there stays as it is.

    `Path.mkdir(parents=True)` gives its mode to the last alone.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path
