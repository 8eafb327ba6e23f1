"""`clio doctor`: is this installation safe to run on conversations of real people?

Dagster keeps what a step prints, raises and returns, and its own defaults are for development
(docs/privacy.md, "Beside the tables"). Each check names what is wrong and what to set.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clio_assets.config import ConfigError, Settings
from clio_assets.privacy.keys import SecretKeyError
from clio_assets.privacy.pseudonyms import load_key
from clio_assets.safety.zone import SAFETY_KEY, load_safety_key
from clio_assets.storage.closed import OTHERS

REDACT = "DAGSTER_REDACT_USER_CODE_ERRORS"
SILENT_LOGS = "NoOpComputeLogManager"


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what to do where it is not well; None where it is."""

    what: str
    way_out: str | None


def run_doctor(settings: Settings) -> int:
    """Print every finding; 0 where all is well."""
    findings = [*examine(settings), *_of_safety(settings)]
    for found in findings:
        print(f"{'ok' if found.way_out is None else 'UNSAFE':8}{found.what}")
        if found.way_out:
            print(f"        {found.way_out}")
    return 0 if all(found.way_out is None for found in findings) else 1


def require_safe(settings: Settings) -> None:
    """Refuse to load the pipeline where `production: true` and something is not safe.

    Raises:
        ConfigError: naming everything that is to be set.
    """
    if wrong := [found.way_out for found in examine(settings) if found.way_out is not None]:
        listed = "\n".join(f"- {way_out}" for way_out in wrong)
        raise ConfigError(f"`production: true`, and this installation is not safe:\n{listed}")


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the key, the files and Dagster's own configuration, without changing anything."""
    yield Finding("account key", _key_fault(lambda: load_key(settings.accounts)))
    for name, folder in {
        "private zone": settings.home / "private",
        "release zone": settings.home / "release",
        "folder of Dagster": _dagster_home(),
    }.items():
        if folder is not None and folder.exists():
            yield Finding(f"{name} closed to others", _open_fault(folder))
    home = _dagster_home()
    file = home / "dagster.yaml" if home else None
    if file is None or not file.is_file():
        yield Finding(
            "configuration of Dagster",
            "$DAGSTER_HOME holds no dagster.yaml, so Dagster keeps what steps print and limits "
            "nothing: set DAGSTER_HOME to a folder that holds (a link to) the project's.",
        )
    else:
        yield from _of_instance(yaml.safe_load(file.read_text(encoding="utf-8")) or {}, file)
    if os.environ.get(REDACT, "").lower() not in {"1", "true"}:
        yield Finding(
            "errors are redacted",
            f"An exception's text would stand in the event log: set {REDACT}=1 for the web server, "
            "the daemon and every run.",
        )
    else:
        yield Finding("errors are redacted", None)


def _of_safety(settings: Settings) -> Iterator[Finding]:
    """Apart: the pipeline loads, and is safe, where nobody has the safety key."""
    folder, key_file = settings.home / "safety", settings.safety.key_file
    if folder.exists():
        yield Finding("safety zone closed to others", _open_fault(folder))
    if not settings.safety.enabled:
        yield Finding("safety zone is off", None)
    elif not (os.environ.get(SAFETY_KEY.environment) or key_file.exists()):
        yield Finding("safety zone cannot be opened from here", None)
    else:
        yield Finding(
            "safety zone has a key of its own", _key_fault(lambda: load_safety_key(settings))
        )


def _of_instance(said: dict[str, Any], file: Path) -> Iterator[Finding]:
    logs = said.get("compute_logs") or {}
    yield Finding(
        "what steps print is not kept",
        None
        if logs.get("class") == SILENT_LOGS
        else f"{file}: set `compute_logs.class: {SILENT_LOGS}` (and its module) as in the "
        "project's dagster.yaml.",
    )
    yield Finding(
        "no telemetry",
        None
        if (said.get("telemetry") or {}).get("enabled") is False
        else f"{file}: set `telemetry.enabled: false`.",
    )
    pools = ((said.get("concurrency") or {}).get("pools") or {}).get("default_limit")
    yield Finding(
        "one run at a time at the door",
        None if pools == 1 else f"{file}: set `concurrency.pools.default_limit: 1`.",
    )
    retries = said.get("run_retries") or {}
    yield Finding(
        "a closed door is not tried again",
        None
        if not retries.get("enabled") or retries.get("retry_on_asset_or_op_failure") is False
        else f"{file}: set `run_retries.retry_on_asset_or_op_failure: false`.",
    )


def _key_fault(load: Callable[[], bytes]) -> str | None:
    try:
        load()
    except SecretKeyError as error:
        return str(error)
    return None


def _open_fault(folder: Path) -> str | None:
    if folder.stat().st_mode & OTHERS:
        return f"Other users can look into {folder}: run `chmod -R go-rwx {folder}`."
    return None


def _dagster_home() -> Path | None:
    home = os.environ.get("DAGSTER_HOME")
    return Path(home) if home else None
