"""kura (PyPI) in a virtual environment of its own, run on the same endpoint as this project."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REQUIREMENTS = Path(__file__).with_name("kura_requirements.txt")
ENVIRONMENT = ROOT / ".venv" / "kura"


def kura_python(folder: Path = ENVIRONMENT) -> Path:
    """Return the interpreter of kura's environment, made anew when its requirements change."""
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return python
    print(f"Installing kura into {folder.relative_to(ROOT)} ...", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", REQUIREMENTS], check=True
    )
    installed.write_text(wanted, encoding="utf-8")
    return python


def run_kura(python: Path, conversations: Path, url: str) -> dict[str, Any]:
    """Run kura's pipeline over a file of conversations; what it cost, as kura_pipeline.py says.

    Raises:
        RuntimeError: kura failed.
    """
    environment = {
        **os.environ,
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "none",
        # Its progress bar would cost it CPU that is not its pipeline's.
        "TQDM_DISABLE": "1",
    }
    done = subprocess.run(
        [python, "-m", "benchmarks.kura_pipeline", conversations],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"kura failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
