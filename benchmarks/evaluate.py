"""How good the topics are, against labels, beside other packages, and from day to day.

python -m benchmarks.evaluate                      # everything, as `make eval`
python -m benchmarks.evaluate --only clinc150 --without baselines
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.evaluation.clusterings import clusterings
from benchmarks.evaluation.demo_events import demo_set, events
from benchmarks.evaluation.growth import growth
from benchmarks.evaluation.labelled_sets import LABELS, load_set
from benchmarks.evaluation.multilingual_reconstruction import evaluate_multilingual
from benchmarks.evaluation.topics_of_set import evaluate_set

ARTIFACT = Path("artifacts/eval.json")
PARTS = ("baselines", "stability")
WITHOUT_BASELINES = {"mixed"}
"""Labelled in part only: its figures are reported beside nothing."""

Json = dict[str, Any]


def evaluations(parts: set[str]) -> dict[str, Callable[[], Json]]:
    """What can be evaluated, by name."""
    sets: dict[str, Callable[[], Json]] = {
        name: lambda name=name: evaluate_set(  # type: ignore[misc]
            name, parts - ({"baselines"} if name in WITHOUT_BASELINES else set())
        )
        for name in LABELS
    }
    return sets | {
        "demo": lambda: {"events": events(demo_set())},
        "multilingual": evaluate_multilingual,
        "growth": growth,
        "clusterings": lambda: {name: clusterings(load_set(name)) for name in LABELS},
    }


def main() -> int:
    """Print each block as it is done and write artifacts/eval.json; 1 where data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluate", description=__doc__)
    parser.add_argument("--only", help="sets, separated by commas")
    parser.add_argument("--without", default="", help=f"out of {', '.join(PARTS)}")
    parser.add_argument("--artifact", type=Path, default=ARTIFACT)
    chosen = parser.parse_args()
    known = evaluations(set(PARTS) - set(chosen.without.split(",")))
    names = chosen.only.split(",") if chosen.only else list(known)
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"no such set: {', '.join(unknown)}; there are {', '.join(known)}")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    run = {"date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", "machine": machine}
    print(f"python -m benchmarks.evaluate {' '.join(sys.argv[1:])}\n{run['date']}, {machine}")
    missing = False
    for name in names:
        started = time.monotonic()
        try:
            found = known[name]()
        except FileNotFoundError as error:
            print(f"\n{name}: {error}")
            missing = True
            continue
        found |= run | {"seconds": round(time.monotonic() - started, 1)}
        print(f"\n{name}")
        _tell(found)
        _write(chosen.artifact, name, found)
    return 1 if missing else 0


def _tell(found: Json, indent: str = "  ") -> None:
    for key, value in found.items():
        if isinstance(value, dict):
            print(f"{indent}{key}")
            _tell(value, indent + "  ")
        else:
            print(f"{indent}{key:28}{value}", flush=True)


def _write(artifact: Path, name: str, figures: Json) -> None:
    """Write one block; those of the other sets stay as they are."""
    artifact.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(artifact.read_bytes()) if artifact.exists() else {}
    document[name] = figures
    text = json.dumps(dict(sorted(document.items())), indent=2)
    artifact.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
