"""Running the attacks, the table and artifacts/attack.json."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.attacks import (
    audit_set,
    canaries,
    cliopatra,
    differencing,
    hostile_page,
    injection,
    subtraction,
    walking_around,
)
from benchmarks.attacks.outcome import Outcome

Attack = Callable[[Path, bool], Outcome]
"""Attacks within an empty folder; small where the second argument says so."""

ATTACKS: dict[str, tuple[str, Attack]] = {
    "A-1": ("canaries in every field, errors that quote them", canaries.attack),
    "A-2": ("planted chats that make the namer tell of their target", cliopatra.attack),
    "A-4": ("two versions of a period, and many re-runs", differencing.attack),
    "A-5": ("suppressed figures by adding and subtracting", subtraction.attack),
    "A-6": ("300 prompt injections at a model that obeys", injection.attack),
    "A-7": ("60 hostile names in the page", hostile_page.attack),
    "A-8": ("walking around the gate", walking_around.attack),
    "audit": ("names that an outsider would object to, shown to G-14's rules", audit_set.attack),
}
"""Id in docs/privacy.md -> what is tried, and the attack."""

LONG = ("A-1", "A-2")
AT_A_TIME = 2


def run_attacks(chosen: list[str], small: bool, artifact: Path) -> int:
    """Run the chosen attacks, print a line for each, write `artifact`; 0 when all passed.

    Two at a time, each in a process of its own: they keep one core busy each.
    """
    print(f"python -m benchmarks.attack {' '.join(sys.argv[1:])}")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    date = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    print(f"{date}, {machine}\n", flush=True)
    good = True
    with ProcessPoolExecutor(AT_A_TIME, get_context("spawn"), max_tasks_per_child=1) as pool:
        running = {pool.submit(_timed, name, small): name for name in _longest_first(chosen)}
        for done in as_completed(running):
            name = running[done]
            if (error := done.exception()) is not None:
                # The others' figures are still wanted, and an attack that broke has not passed.
                print(f"{name:7}{ATTACKS[name][0]:62}BROKE: {error}", flush=True)
                broke = {"passed": False, "broke": type(error).__name__, "date": date}
                _write(artifact, name, broke)
                good = False
                continue
            outcome, seconds = done.result()
            told = "passed" if outcome.passed else "FAILED"
            print(f"{name:7}{ATTACKS[name][0]:62}{told:8}{seconds:7.1f} s", flush=True)
            for figure, value in outcome.figures.items():
                print(f"       {figure}: {value}", flush=True)
            run = {"date": date, "machine": machine, "small": small, "seconds": seconds}
            verdict = {"held": outcome.held, "won_without": outcome.won_without}
            _write(artifact, name, outcome.figures | verdict | {"passed": outcome.passed} | run)
            good = good and outcome.passed
    return 0 if good else 1


def _timed(name: str, small: bool) -> tuple[Outcome, float]:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clio-attack-") as folder:
        outcome = ATTACKS[name][1](Path(folder), small)
    return outcome, round(time.monotonic() - started, 1)


def _longest_first(chosen: list[str]) -> list[str]:
    return sorted(chosen, key=lambda name: name not in LONG)


def _write(artifact: Path, name: str, figures: dict[str, Any]) -> None:
    """Write one attack's figures; those of the others stay as they are."""
    artifact.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(artifact.read_bytes()) if artifact.exists() else {}
    document[name] = figures
    artifact.write_text(
        json.dumps(dict(sorted(document.items())), indent=2) + "\n", encoding="utf-8"
    )
