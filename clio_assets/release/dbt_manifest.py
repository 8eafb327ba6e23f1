"""dbt's description of its project, from which Dagster makes assets: parsed once, then read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

_LOCK_SECONDS = 120.0
_MADE_BY_DBT = {"target", "logs", ".user.yml"}
_KEPT = ("partial_parse.msgpack", "manifest.json")


class ManifestError(RuntimeError):
    """dbt cannot read its project; the message carries dbt's own."""


def ensure_manifest(project: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Return `target/manifest.json`, parsing the project only where one of its files is newer.

    Parsing takes seconds and opens no database. `environment` is what builds will run with
    (`dbt_environment`): dbt then takes up from here instead of reading the project again at every
    build, which it must whenever the database's path is another.

    Raises:
        ManifestError: dbt is not installed, or refuses the project.
    """
    target = project / "target"
    manifest = target / "manifest.json"
    if _is_current(manifest, project):
        return manifest
    target.mkdir(exist_ok=True)
    with FileLock(target / ".parse.lock", timeout=_LOCK_SECONDS):
        if not _is_current(manifest, project):
            _parse(project, target, environment or {})
    return manifest


def _is_current(manifest: Path, project: Path) -> bool:
    return manifest.is_file() and manifest.stat().st_mtime_ns >= _last_change(project)


def _last_change(project: Path) -> int:
    """When a file was last edited, added or removed, in nanoseconds."""
    parts = [part for part in project.iterdir() if part.name not in _MADE_BY_DBT]
    # A folder's own time tells of files that are gone.
    paths = parts + [path for part in parts if part.is_dir() for path in part.rglob("*")]
    return max(path.stat().st_mtime_ns for path in paths)


def _parse(project: Path, target: Path, environment: Mapping[str, str]) -> None:
    """Parse aside and rename, so that nobody reads half a manifest."""
    seen = _last_change(project)
    aside = target / ".parsing"
    shutil.rmtree(aside, ignore_errors=True)
    command = [
        *(str(_dbt()), "--quiet", "--no-use-colors", "parse"),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(aside), "--log-path", str(aside)),
    ]
    nowhere = {"CLIO_DBT_TARGET": "clio.duckdb", "CLIO_DBT_RELEASED": "released.duckdb"}
    done = subprocess.run(
        command,
        env={**os.environ, **nowhere, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ManifestError(f"dbt cannot read {project}:\n{done.stdout}{done.stderr}".rstrip())
    for name in _KEPT:
        # An edit made while dbt was reading must count as newer.
        os.utime(aside / name, ns=(seen, seen))
        (aside / name).replace(target / name)
    shutil.rmtree(aside)


def _dbt() -> Path:
    """The dbt of this Python: PATH may name another, or none."""
    dbt = Path(sys.executable).with_name("dbt")
    if not dbt.is_file():
        raise ManifestError(f"No dbt beside {sys.executable}: install the project's dependencies.")
    return dbt
