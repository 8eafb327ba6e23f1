"""Real requests through the whole pipeline: what is released, and is every rule kept?

python -m benchmarks.real_text [--only clinc150,mixed]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import dagster as dg

from clio_assets.config import parse_settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import run_history
from clio_assets.defs.partitions import build_partitions
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets_tests.independent_reader import broken_rules

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[2] / "shared")) / "data"
DAYS = [f"2026-11-{day:02}" for day in range(1, 15)]
CORPORA = {"clinc150": "day", "mixed": "month"}
ARTIFACT = Path("artifacts/real_text.json")


def run_corpus(name: str, kind: str, home: Path, last_day: str = DAYS[-1]) -> Clio:
    """Run a corpus's days in `home`; what a run of another period has read of them is read.

    Raises:
        RuntimeError: a run failed.
    """
    source = {"path": str(SHARED / name), "first_day": DAYS[0], "last_day": last_day}
    settings = parse_settings(
        {"home": str(home), "period": kind, "seed": 1, "source": source}, base=home
    )
    if not settings.accounts.key_file.exists():
        create_key_file(settings.accounts.key_file)
    with dg.instance_for_test() as instance:
        if not run_history(settings, instance, tell=lambda key, _: print(name, key, flush=True)):
            raise RuntimeError(f"a run of {name} failed")
    return Clio(settings)


def release(name: str, kind: str, home: Path) -> dict[str, Any]:
    """Run a corpus's fourteen days in `home`; what came out, counted by the independent reader."""
    started = time.monotonic()
    clio = run_corpus(name, kind, home)
    seconds = time.monotonic() - started
    keys = list(build_partitions(clio.settings).period.get_partition_keys())
    rows = [clio.releases.read("released_periods", key).row(0, named=True) for key in keys]
    topics = [clio.releases.read("released_topics", key).filter(level=0) for key in keys]
    return {
        "period": kind,
        "conversations": sum(clio.rows(clio.layout.day(day), "raw_conversations") for day in DAYS),
        "quarantined": sum(clio.rows(clio.layout.day(day), "quarantine") for day in DAYS),
        "topics_released": [row["topics"] for row in rows],
        "new_topics": [int((found["status"] == "new").sum()) for found in topics],
        "coverage": [row["leaf_coverage"] for row in rows],
        "broken_rules": sum(
            len(broken_rules(home, kind, key, DAYS if kind == "month" else [key])) for key in keys
        ),
        "seconds": round(seconds, 1),
    }


def main() -> int:
    """Print and write artifacts/real_text.json; 0 when no rule is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(CORPORA))
    chosen = parser.parse_args().only.split(",")
    if not SHARED.is_dir():
        print(f"No real text: set CLIO_SHARED to the folder that holds data/ (looked in {SHARED}).")
        return 1
    found: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    }
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = release(name, CORPORA[name], Path(folder))
    text = json.dumps(found, indent=2)
    print(text)
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(text + "\n", encoding="utf-8")
    return 1 if any(found[name]["broken_rules"] for name in chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
