"""Which files of the source hold a day, and what they are made of.

A folder whose names carry days (`2026-11-03.jsonl.gz`, `day=2026-11-03/part-0.parquet`) is a
folder of daily files; files of such a folder without a day in their name are not read. In any
other folder, and where `source.path` is one file, every row says its own day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from clio_assets.config import ConfigError, SourceSettings
from clio_assets.storage.fingerprint import fingerprint

FILE_DATE = "file_date"
"""`source.time: file_date` dates each row by its file's name."""

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_IGNORED = (".", "_")
"""Hidden files, and markers such as `_SUCCESS`."""


class SourceError(RuntimeError):
    """The logs cannot be opened; the message names the file and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """One file of logs and the day its name says, if any."""

    path: Path
    name: str
    day: dt.date | None


def source_files(source: SourceSettings) -> list[SourceFile]:
    """Return the files of logs, sorted by name.

    Raises:
        ConfigError: the path does not exist or holds a symbolic link, or `source.time` is
            `file_date` and no name carries a day.
    """
    files = _all_files(source)
    # One file is often a dump named after the day it was taken, not the day it holds.
    if source.path.is_file() and source.time != FILE_DATE:
        return [SourceFile(file.path, file.name, None) for file in files]
    dated = [file for file in files if file.day]
    if files and not dated and source.time == FILE_DATE:
        raise ConfigError(
            "`source.time` is `file_date`, but no file under `source.path` has a day "
            "(YYYY-MM-DD) in its name: name a field or a date instead."
        )
    return dated or files


def ignored_files(source: SourceSettings) -> list[str]:
    """Names that are not read because they carry no day while others of the folder do."""
    read = {file.path for file in source_files(source)}
    return [file.name for file in _all_files(source) if file.path not in read]


def files_for(source: SourceSettings, day: dt.date) -> list[SourceFile]:
    """Return the files that can hold rows of `day`: its own, or all that name no day."""
    return [file for file in source_files(source) if file.day in (day, None)]


def days_with_files(source: SourceSettings) -> list[dt.date] | None:
    """Return the days between first_day and last_day that have a file, in order.

    None where names tell no days, because any day may have rows.
    """
    files = source_files(source)
    if any(file.day is None for file in files):
        return None
    last = source.last_day or dt.date.max
    return sorted({file.day for file in files if file.day and source.first_day <= file.day <= last})


def day_listing(source: SourceSettings, day: dt.date) -> str:
    """Name the state of a day's files by names, sizes and times: cheap, for a sensor."""
    stats = [(file.name, file.path.stat()) for file in files_for(source, day)]
    return fingerprint(files=[[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats])


def day_fingerprint(source: SourceSettings, day: dt.date) -> str:
    """Name the content of the files that can hold `day`: 16 hex digits."""
    stats = [(file, file.path.stat()) for file in files_for(source, day)]
    return fingerprint(
        files=[
            [file.name, _content_hash(file.path, stat.st_size, stat.st_mtime_ns)]
            for file, stat in stats
        ]
    )


def open_source(path: Path) -> io.BufferedReader:
    """Open a file of logs, refusing a symbolic link put there since the folder was listed.

    Raises:
        SourceError: the file cannot be opened.
    """
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
    except OSError as error:
        raise SourceError(
            f"{path.name} under `source.path` cannot be opened ({error.strerror}): it must be a "
            "regular file that the pipeline's user may read."
        ) from None


def _all_files(source: SourceSettings) -> list[SourceFile]:
    root = source.path
    if root.is_file():
        return [SourceFile(root, root.name, _day_in(root.name))]
    if not root.is_dir():
        raise ConfigError(
            "`source.path` is not there: set it to a folder of conversation logs, or to one file."
        )
    names = sorted(path.relative_to(root).as_posix() for path in _walk(root))
    return [SourceFile(root / name, name, _day_in(name)) for name in names]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(_IGNORED):
            continue
        if not _is_text(path.name):
            raise ConfigError("`source.path` holds a file whose name is not UTF-8: rename it.")
        if path.is_symlink():
            raise ConfigError(
                f"`source.path`: {path.name} is a symbolic link. Links are not followed; put the "
                "file itself into the folder."
            )
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _is_text(name: str) -> bool:
    return name.encode(errors="replace").decode() == name


def _day_in(name: str) -> dt.date | None:
    """Return the day in a name; the file's own comes before its folders'."""
    for part in reversed(name.split("/")):
        for match in _DAY.findall(part):
            try:
                return dt.date.fromisoformat(match)
            except ValueError:
                continue
    return None


@lru_cache(maxsize=4096)
def _content_hash(path: Path, size: int, modified: int) -> str:  # noqa: ARG001
    # Size and time are the cache's key: undated files are asked about once for every day.
    with open_source(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
