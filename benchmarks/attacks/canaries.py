"""A-1: strings planted in conversations, looked for wherever somebody else could read.

A thousand canaries (canary_texts.py) are planted in every field of the logs, some in disguise
(disguises.py). The pipeline runs to a release in a process of its own, past steps that raise errors
with conversations in their messages, on a Dagster instance with Dagster's own defaults, which keep
what steps print. Then every file that the process made is searched, apart from the logs and the
private zone: the release, Dagster's storage, stdout and stderr, the temporary folder with all that
would have been removed from it, the user's home and dbt's project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.attacks.canary_planting import plant
from benchmarks.attacks.canary_run import FORCED_NAME, TOLD, plan_of
from benchmarks.attacks.canary_search import Found, Search
from benchmarks.attacks.canary_texts import NEVER_KEPT, Canary, make_canaries
from benchmarks.attacks.outcome import Outcome
from benchmarks.real_text import DAYS, SHARED
from clio_assets.demo.generate import generate_demo
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.storage.closed import OTHERS
from clio_assets_tests.defs.pipelines import demo_at

CANARIES, FEW = 1_000, 60
SEED = 20_261_101
REAL = SHARED / "mixed"


def attack(folder: Path, small: bool) -> Outcome:
    """Plant, run, search; then break the telling of errors and the door, and search again."""
    canaries = _planted(folder, small=small)
    search = Search(canaries)
    told = _run(folder, small=small, honest=True)
    outside = _search_outside(search, folder)
    private = search.folder(folder / "home" / "private")
    open_files = _open_to_others(folder / "home")
    kept = {n for n, canary in enumerate(canaries) if canary.place not in NEVER_KEPT}
    figures: dict[str, Any] = {
        "canaries": len(canaries),
        "found_outside": len(outside.where),
        "found_where": sorted({place for places in outside.where.values() for place in places}),
        "kept_in_the_private_zone": len(kept),
        "found_in_the_private_zone": len(private.where),
        "errors_raised_and_not_withheld": told["errors_not_met"],
        "files_open_to_others": open_files,
        "released_topics": told["topics"],
        "searched_outside": dict(outside.searched),
    }
    held = (
        not outside.where
        and set(private.where) == kept
        and not told["errors_not_met"]
        and not open_files
        and told["topics"] >= (1 if small or not REAL.is_dir() else 30)
    )
    _run(folder, small=small, honest=False)
    broken = _search_outside(search, folder)
    figures["broken_door_shows_in"] = len(broken.among("home/release"))
    figures["errors_as_they_come_show"] = len(broken.among("dagster/"))
    won = bool(figures["broken_door_shows_in"] and figures["errors_as_they_come_show"])
    return Outcome(held=held, won_without=won, figures=figures)


def _planted(folder: Path, *, small: bool) -> list[Canary]:
    """Make the logs, real ones where there are some, with canaries in them, and an account key."""
    source, truth = folder / "source", folder / "truth"
    if small:
        demo_at(folder)
    elif REAL.is_dir():
        source.mkdir()
        for day in DAYS:
            shutil.copy(REAL / f"{day}.jsonl.gz", source)
    else:
        generate_demo(source, truth, seed=1, days=2, per_day=1_500)
    plan = plan_of(folder, small=small)
    fewest = plan.settings.thresholds.term_accounts
    canaries = make_canaries(FEW if small else CANARIES, fewest - 1, SEED)
    plant(folder / "source", plan.days, canaries, SEED)
    create_key_file(plan.settings.accounts.key_file)
    plain = next(one for one in canaries if one.place == "request" and one.disguise == "verbatim")
    (folder / FORCED_NAME).write_text(json.dumps(plain.text), encoding="utf-8")
    return canaries


def _run(folder: Path, *, small: bool, honest: bool) -> dict[str, Any]:
    """Run the pipeline in a process whose every trace stays in the folder."""
    places = {name: folder / name for name in ("tmp", "user", "dagster", "cwd")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    (places["dagster"] / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_")}
    for name in ("CLIO_ACCOUNT_KEY", "CLIO_CONFIG", "CLIO_HOME"):
        kept.pop(name, None)
    environment = kept | {
        "TMPDIR": str(places["tmp"]),
        "HOME": str(places["user"]),
        "DAGSTER_HOME": str(places["dagster"]),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONFAULTHANDLER": "1",
        "PYTHONWARNINGS": "always",
        "HF_HUB_OFFLINE": "1",
    }
    size, kind = "small" if small else "full", "honest" if honest else "broken"
    command = [sys.executable, "-m", "benchmarks.attacks.canary_run", str(folder), size, kind]
    with (folder / f"{kind}.out").open("wb") as out, (folder / f"{kind}.err").open("wb") as err:
        ended = subprocess.run(
            command, cwd=places["cwd"], env=environment, stdout=out, stderr=err, check=False
        )
    if ended.returncode:
        said = (folder / f"{kind}.err").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the run of A-1 failed: {said[-2_000:]}")
    return dict(json.loads((folder / TOLD).read_bytes()))


def _search_outside(search: Search, folder: Path) -> Found:
    ours = [folder / "source", folder / "truth", folder / FORCED_NAME]
    return search.folder(folder, [*ours, folder / "home" / "private"])


def _open_to_others(home: Path) -> list[str]:
    paths = [home, *home.rglob("*")]
    return [str(path.relative_to(home)) for path in paths if path.stat().st_mode & OTHERS]
