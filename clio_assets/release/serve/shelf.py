"""What may be served: the versions that pointers and manifests name, and no other file.

A request never becomes a path. Period and version are looked up among the published ones, a name
among the files of that version's manifest, and what is handed out is the very bytes whose hash the
manifest states: a link, a file added by hand or changed since is not among them.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from clio_assets.release.bundle import LATEST
from clio_assets.release.manifest import MANIFEST, sha256, verify_bundle
from clio_assets.release.serve.facts import Facts, read_facts
from clio_assets.release.tables import PERIOD_KEY

_FOLDER = re.compile(r"v[1-9][0-9]{0,5}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_TOLD = 3

Signature = tuple[tuple[str, int, int, int, int, int], ...]


class AbsentError(LookupError):
    """Nothing of that name is published."""


class DamagedError(RuntimeError):
    """What is on the disk is not what was published; the message says what to do."""


@dataclass(frozen=True)
class Edition:
    """A version that was found whole: what its manifest says, and the hash of each file."""

    facts: Facts
    hashes: dict[str, str]


@dataclass(frozen=True)
class Period:
    """A published period: the folder of each version with its manifest's hash, the latest first."""

    key: str
    manifests: dict[str, str]


class Shelf:
    """The bundles as they are on the disk now; a version is hashed again only when it changed."""

    def __init__(self, bundles: Path) -> None:
        self._bundles = bundles
        self._known: dict[Path, tuple[Signature, Edition | DamagedError]] = {}
        self._lock = Lock()

    def periods(self) -> list[Period]:
        """Every period with a pointer, newest first. A withdrawn one has none."""
        names = os.listdir(self._bundles) if self._bundles.is_dir() else []  # noqa: PTH208
        keys = sorted(filter(PERIOD_KEY.fullmatch, names), reverse=True)
        found = (self._period(key) for key in keys)
        return [period for period in found if period is not None]

    def edition(self, key: str, folder: str) -> Edition:
        """A published version, every file of it as its manifest says.

        Raises:
            AbsentError: it is not published.
            DamagedError: a file is missing, changed or added.
        """
        period = self._period(key) if PERIOD_KEY.fullmatch(key) else None
        if period is None or folder not in period.manifests:
            raise AbsentError
        found = self._checked(self._bundles / key / folder, key, folder)
        if period.manifests[folder] != found.hashes[MANIFEST]:
            raise _damaged(key, folder, f"{MANIFEST}: not the one that was published")
        return found

    def read(self, key: str, folder: str, name: str) -> bytes:
        """A file of a published version.

        Raises:
            AbsentError: the version or the file is not published.
            DamagedError: the version is not whole.
        """
        expected = self.edition(key, folder).hashes.get(name)
        if expected is None:
            raise AbsentError
        # Read once, hashed and handed out: nobody can change it in between.
        content = _plain(self._bundles / key / folder / name)
        if content is None or sha256(content) != expected:
            raise _damaged(key, folder, f"{name}: its content is not what was published")
        return content

    def _period(self, key: str) -> Period | None:
        """What latest.json names; None where it is missing or says nothing of ours."""
        folder = self._bundles / key
        content = None if folder.is_symlink() else _plain(folder / LATEST)
        try:
            pointer = json.loads(content or b"")
            latest = str(pointer["folder"])
            versions = {**pointer.get("versions", {}), latest: str(pointer["manifest_sha256"])}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        named = sorted(filter(_FOLDER.fullmatch, versions), key=lambda name: -int(name[1:]))
        if latest not in named:
            return None
        return Period(key, {name: versions[name] for name in sorted(named, key=latest.__ne__)})

    def _checked(self, path: Path, key: str, folder: str) -> Edition:
        # One check at a time: the first visit of a year's bundles costs seconds, not many times so.
        with self._lock:
            signature = _signature(path)
            known = self._known.get(path)
            if known is None or known[0] != signature:
                known = (signature, _examined(path, key, folder))
                self._known[path] = known
        if isinstance(known[1], DamagedError):
            raise known[1]
        return known[1]


def _examined(path: Path, key: str, folder: str) -> Edition | DamagedError:
    if path.is_symlink() or not path.is_dir():
        return _damaged(key, folder, f"{folder}: not a folder")
    if faults := verify_bundle(path):
        more = [f"and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else []
        return _damaged(key, folder, "; ".join([*faults[:_TOLD], *more]))
    content = _plain(path / MANIFEST) or b""
    facts = read_facts(content)
    if facts is None or facts.period != key or f"v{facts.version}" != folder:
        return _damaged(key, folder, f"{MANIFEST}: it does not describe this version")
    stated = {name: entry["sha256"] for name, entry in json.loads(content)["files"].items()}
    hashes = {name: value for name, value in stated.items() if _FILE.fullmatch(name)}
    return Edition(facts, {**hashes, MANIFEST: sha256(content)})


def _damaged(key: str, folder: str, faults: str) -> DamagedError:
    return DamagedError(
        f"{key} {folder} is damaged and is not served ({faults}). "
        f"Materialize `insight_report` of {key} again: it writes a whole version beside it."
    )


def _signature(path: Path) -> Signature:
    """What changes when anything in a folder does; a change of content shows in the ctime."""
    try:
        with os.scandir(path) as entries:
            seen = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    except OSError:
        return ()
    return tuple(
        sorted((n, s.st_mode, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for n, s in seen)
    )


def _plain(path: Path) -> bytes | None:
    """A file's content; None where it is missing, a link or no file."""
    try:
        # Without waiting: a pipe of that name would hold the reader for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        with os.fdopen(descriptor, "rb") as file:
            return file.read()
    except OSError:
        return None
