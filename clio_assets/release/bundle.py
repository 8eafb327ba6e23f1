"""One immutable folder a period and version: the page, the tables, the manifest.

A bundle is written aside, synced and renamed into place, so a reader sees the old one or the new
one and never a part (docs/reliability.md, F04). A killed writer leaves a hidden folder that the
next writer removes.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from clio_assets.privacy.manifest import check_manifest
from clio_assets.release.manifest import MANIFEST, manifest, sha256, verify_bundle
from clio_assets.release.page import render_page
from clio_assets.release.tables import BundleError, Release, csv_bytes, parquet_bytes, read_release
from clio_assets.storage.closed import closed_folder
from clio_assets.storage.locks import held

LATEST = "latest.json"
LARGE_CSV = 256_000
"""Bytes beyond which a table's CSV is gzipped, so that a bundle of many topics can be mailed."""
_ASIDE = ".new-"


@dataclass(frozen=True)
class BundleResult:
    """A published bundle; `sha256` is its manifest's, which names the hash of every other file."""

    path: Path
    version: int
    files: list[str]
    sha256: str
    unchanged: bool


def write_bundle(warehouse: Path, period: str, bundles: Path) -> BundleResult:
    """Publish `period` as `bundles/<period>/v<version>/` and point `latest.json` at it.

    The release as it already stands there is left alone; changed content, or a damaged folder,
    takes the next free version number, counting from the release's own.

    Raises:
        BundleError: the warehouse is missing or the period has not been released.
    """
    release = read_release(warehouse, period)
    tables = _table_files(release)
    closed_folder(bundles)
    with held(bundles / ".lock"):
        _remove_leftovers(bundles)
        folder = bundles / period
        for version in count(release.row["version"]):
            path = folder / f"v{version}"
            files = _files(release, version, tables)
            unchanged = _holds(path, files)
            if unchanged or not os.path.lexists(path):
                break
        if not unchanged:
            _publish(path, files)
        result = BundleResult(
            path, version, sorted(files), sha256(files[MANIFEST]), unchanged=unchanged
        )
        _point(folder, period, result)
    return result


def latest_bundle(bundles: Path, period: str) -> Path | None:
    """The folder that a period's pointer names, or None before the first bundle."""
    try:
        pointer = json.loads((bundles / period / LATEST).read_bytes())
    except FileNotFoundError:
        return None
    return bundles / period / str(pointer["folder"])


def withdraw_bundles(bundles: Path, period: str) -> bool:
    """Take a period's pointer away, so that nobody is shown its bundles; True where it had one.

    The folders stay, as everything published does; releasing the same content again points to its
    old folder, and to no other.
    """
    pointer = bundles / period / LATEST
    if not pointer.is_file():
        return False
    with held(bundles / ".lock"):
        pointer.unlink(missing_ok=True)
        _sync_folder(pointer.parent)
    return True


def _table_files(release: Release) -> dict[str, bytes]:
    files = {f"{name}.parquet": parquet_bytes(table) for name, table in release.tables.items()}
    for name, table in release.tables.items():
        content = csv_bytes(table)
        if len(content) <= LARGE_CSV:
            files[f"{name}.csv"] = content
        else:
            files[f"{name}.csv.gz"] = gzip.compress(content, mtime=0)
    return files


def _files(release: Release, version: int, tables: dict[str, bytes]) -> dict[str, bytes]:
    """The content of every file. The page shows the version, so it is made for one."""
    files = {"index.html": render_page(release, version).encode(), **tables}
    stated = manifest(release, version, files)
    if problems := check_manifest(stated):
        raise BundleError(f"The manifest breaks G-17: {' '.join(problems)}")
    return {**files, MANIFEST: _json(stated)}


def _holds(path: Path, files: dict[str, bytes]) -> bool:
    """True where `path` is exactly this bundle, every byte of it."""
    stated = path / MANIFEST
    return stated.is_file() and stated.read_bytes() == files[MANIFEST] and not verify_bundle(path)


def _publish(path: Path, files: dict[str, bytes]) -> None:
    """Write aside, sync, rename: the folder appears whole or not at all."""
    period, bundles = path.parent, path.parent.parent
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=bundles))
    for name, content in files.items():
        _write_synced(aside / name, content)
    _sync_folder(aside)
    period.mkdir(exist_ok=True, mode=0o700)
    aside.rename(path)
    _sync_folder(period)
    _sync_folder(bundles)


def _point(folder: Path, period: str, result: BundleResult) -> None:
    """Replace the pointer by rename. A writer killed before this is made good by the next.

    It names every version published so far with the hash of its manifest: a manifest names the
    hash of each file, and nothing else would tell that an older manifest itself has changed.
    """
    pointer = _json(
        {
            "period": period,
            "version": result.version,
            "folder": result.path.name,
            "manifest_sha256": result.sha256,
            "versions": {**_pointed_to(folder), result.path.name: result.sha256},
        }
    )
    if (folder / LATEST).is_file() and (folder / LATEST).read_bytes() == pointer:
        return
    aside = folder / f"{_ASIDE}{LATEST}"
    aside.unlink(missing_ok=True)
    _write_synced(aside, pointer)
    aside.replace(folder / LATEST)
    _sync_folder(folder)


def _pointed_to(folder: Path) -> dict[str, str]:
    """The versions that the pointer names; one that cannot be read is made anew."""
    try:
        return dict(json.loads((folder / LATEST).read_bytes())["versions"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _remove_leftovers(bundles: Path) -> None:
    """Under the lock nobody is writing: a folder set aside belongs to a killed writer."""
    for leftover in bundles.glob(f"{_ASIDE}*"):
        shutil.rmtree(leftover)


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
