"""Fourteen days in order, and shuffled and four at a time through the daemon: the same release?

python -m benchmarks.backfill [--days 14] [--per-day 1500] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tempfile
import time
from pathlib import Path

import dagster as dg
import yaml

from benchmarks.dagster_server import dagster_server
from benchmarks.table_hashes import private_hashes, release_hashes
from clio_assets.config import load_settings
from clio_assets.defs.in_process import run_history
from clio_assets.demo.generate import generate_demo
from clio_assets.privacy.pseudonyms import create_key_file

ARTIFACT = Path("artifacts/backfill.json")
ORDER_FREE = ["raw_conversations", "conversations", "facets", "embeddings", "base_clusters"]


def compare(folder: Path, days: int, per_day: int, seed: int) -> dict[str, object]:
    """Run both ways in `folder`; what differs, and the seconds of each."""
    source = folder / "conversations"
    generate_demo(source, folder / "truth", seed, days, per_day)
    keys = [f"2026-11-{day:02}" for day in range(1, days + 1)]
    document = {
        "seed": seed,
        # Four runs share two cores: a thread each.
        "embeddings": {"threads": 1},
        "source": {"path": str(source), "first_day": keys[0], "last_day": keys[-1]},
    }
    configs = {}
    for name in ("ordered", "shuffled"):
        home = folder / name
        config = folder / f"{name}.yaml"
        config.write_text(yaml.safe_dump({**document, "home": str(home)}), encoding="utf-8")
        configs[name] = load_settings(config)
    create_key_file(configs["ordered"].accounts.key_file)
    key = configs["shuffled"].accounts.key_file
    key.parent.mkdir(parents=True, mode=0o700)
    key.write_bytes(configs["ordered"].accounts.key_file.read_bytes())
    key.chmod(0o600)

    started = time.monotonic()
    with dg.instance_for_test() as instance:
        if not run_history(configs["ordered"], instance, tell=lambda *_: None):
            raise RuntimeError("the ordered run failed")
    ordered = time.monotonic() - started

    shuffled_keys = random.Random(seed).sample(keys, len(keys))  # noqa: S311
    started = time.monotonic()
    log = ARTIFACT.with_suffix(".log").resolve()
    log.parent.mkdir(exist_ok=True)
    with dagster_server(folder / "shuffled.yaml", folder / "dagster", log) as server:
        rest = [path for path in server.asset_keys() if path[0] not in ORDER_FREE]
        # One backfill a day, in shuffled order: the queue starts four of them at once.
        first = [server.backfill([[name] for name in ORDER_FREE], [day]) for day in shuffled_keys]
        statuses = [server.wait(backfill, 1800) for backfill in first]
        statuses.append(server.wait(server.backfill(rest, shuffled_keys), 3600))
        server_errors = server.server_errors
    shuffled = time.monotonic() - started
    ours, theirs = (private_hashes(configs[name].home) for name in ("ordered", "shuffled"))
    released, again = (release_hashes(configs[name].home) for name in ("ordered", "shuffled"))
    return {
        "days": days,
        "conversations_per_day": per_day,
        "seed": seed,
        "statuses": sorted(set(statuses)),
        "private_tables": len(ours),
        "private_differ": sorted(
            name for name in ours | theirs if ours.get(name) != theirs.get(name)
        ),
        "release_parts": len(released),
        "release_differ": sorted(
            name for name in released | again if released.get(name) != again.get(name)
        ),
        "server_errors": server_errors,
        "lock_errors": log.read_text(errors="replace").lower().count("could not set lock"),
        "ordered_seconds": round(ordered, 1),
        "shuffled_seconds": round(shuffled, 1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }


def main() -> int:
    """Print and write artifacts/backfill.json; 0 when nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--per-day", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder), chosen.days, chosen.per_day, chosen.seed)
    text = json.dumps(found, indent=2)
    print(text)
    ARTIFACT.write_text(text + "\n", encoding="utf-8")
    return 1 if found["private_differ"] or found["release_differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
