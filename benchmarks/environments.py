"""Packages that this project is measured beside, each in a virtual environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

Json = dict[str, Any]


def environment_python(requirements: Path) -> Path:
    """Return the interpreter of .venv/NAME, made anew when NAME_requirements.txt changes."""
    folder = _folder(requirements)
    python = folder / "bin" / "python"
    if is_installed(requirements):
        return python
    print(f"Installing {requirements.name} into {folder.relative_to(ROOT)} ...", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True
    )
    _installed(requirements).write_bytes(requirements.read_bytes())
    return python


def is_installed(requirements: Path) -> bool:
    """True where the environment of these requirements, as they now are, stands."""
    installed = _installed(requirements)
    return installed.exists() and installed.read_bytes() == requirements.read_bytes()


def run_module(python: str | Path, module: str, *arguments: str, **variables: str) -> Json:
    """Run a module of this project in a process of its own; the JSON that it prints last.

    Args:
        python: the interpreter, of this environment or another.
        module: its dotted name.
        arguments: of its command line.
        variables: of its environment, besides those of this process.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [python, "-m", module, *arguments],
        env={**os.environ, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr[-2000:]}")
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found


def _folder(requirements: Path) -> Path:
    return ROOT / ".venv" / requirements.stem.removesuffix("_requirements")


def _installed(requirements: Path) -> Path:
    """A copy of the requirements, written once all of them are installed."""
    return _folder(requirements) / "installed.txt"
