"""Which files hold a day, and when they changed."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from clio_assets.config import ConfigError
from clio_assets.conversations.source_files import (
    SourceError,
    day_fingerprint,
    day_listing,
    days_with_files,
    files_for,
    ignored_files,
    open_source,
)
from clio_assets_tests.conversations.conversation_logs import (
    DAY,
    NEXT,
    canonical,
    read,
    settings,
    write,
)


def test_files_are_found_by_the_day_in_their_name_or_folder(tmp_path: Path) -> None:
    for name in ("day=2026-11-03/part-0.jsonl", "x_2026-11-03_b.txt", "2026-11-04.jsonl"):
        write(tmp_path / name, [canonical()])
    names = [file.name for file in files_for(settings(tmp_path), DAY)]
    assert names == ["day=2026-11-03/part-0.jsonl", "x_2026-11-03_b.txt"]


def test_days_are_those_between_first_and_last(tmp_path: Path) -> None:
    for day in ("2026-11-02", "2026-11-04", "2026-11-03", "2026-11-09", "2026-13-40"):
        write(tmp_path / f"{day}.jsonl", [])
    source = settings(tmp_path, last_day=dt.date(2026, 11, 5))
    assert days_with_files(source) == [DAY, NEXT]


def test_names_without_days_leave_the_days_open(tmp_path: Path) -> None:
    write(tmp_path / "export.jsonl", [canonical()])
    assert days_with_files(settings(tmp_path)) is None
    dump = write(tmp_path / "dump-2026-11-09.jsonl", [canonical()])
    assert days_with_files(settings(dump)) is None
    assert read(settings(dump))[0] == 1


def test_files_beside_daily_ones_are_named_as_ignored(tmp_path: Path) -> None:
    for name in (f"{DAY}.jsonl", "labels.jsonl", ".hidden.jsonl", "_SUCCESS", ".git/x.jsonl"):
        write(tmp_path / name, [canonical()])
    assert read(settings(tmp_path))[0] == 1
    assert ignored_files(settings(tmp_path)) == ["labels.jsonl"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_symbolic_links_are_refused(tmp_path: Path, kind: str) -> None:
    secret = write(tmp_path / "elsewhere" / f"{DAY}.jsonl", [canonical()])
    logs = tmp_path / "logs"
    logs.mkdir()
    target = secret if kind == "file" else secret.parent
    (logs / f"{DAY}.link").symlink_to(target)
    with pytest.raises(ConfigError, match="is a symbolic link"):
        read(settings(logs))
    with pytest.raises(SourceError, match="must be a regular file"):
        open_source(logs / f"{DAY}.link").read()


def test_a_missing_path_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`source\.path` is not there"):
        read(settings(tmp_path / "nowhere"))


def test_a_day_without_files_is_an_empty_day(tmp_path: Path) -> None:
    write(tmp_path / f"{NEXT}.jsonl", [canonical()])
    assert read(settings(tmp_path))[0] == 0


def test_the_fingerprint_follows_the_days_content_alone(tmp_path: Path) -> None:
    source = settings(tmp_path)
    path = write(tmp_path / f"{DAY}.jsonl", [canonical(1)])
    write(tmp_path / f"{NEXT}.jsonl", [canonical(1)])
    content, listing = day_fingerprint(source, DAY), day_listing(source, DAY)
    assert len(content) == 16

    write(tmp_path / f"{NEXT}.jsonl", [canonical(5)])
    os.utime(path, ns=(1, 1))
    assert day_fingerprint(source, DAY) == content
    assert day_listing(source, DAY) != listing

    write(path, [canonical(2)])
    assert day_fingerprint(source, DAY) != content
    write(path, [canonical(1)])
    assert day_fingerprint(source, DAY) == content
    late = write(tmp_path / f"{DAY}-late.jsonl", [canonical(3)])
    assert day_fingerprint(source, DAY) != content
    late.unlink()
    assert day_fingerprint(source, DAY) == content
