"""`clio demo`: generate a fortnight, run every day to its report, and say what came out."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import Stage, persistent_instance, run_history, tell_partition
from clio_assets.defs.partitions import build_partitions
from clio_assets.demo.generate import generate_demo, load_truth
from clio_assets.demo.plan import planned_topics
from clio_assets.demo.planted import DUE, commonest_topics, compare_with_truth
from clio_assets.demo.summary import leaf_purity, period_figures
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.release.bundle import latest_bundle

DAYS = 14
PER_DAY = 1_500


def run_demo(settings: Settings, artifact: Path) -> int:
    """Run the demo on the persistent instance and write `artifact`.

    Returns 0 when every day succeeded and the release shows of what was planted what it must.
    """
    started = time.monotonic()
    demo = settings.home / "demo"
    if settings.source.path.resolve() != (demo / "conversations").resolve():
        print(
            "`source.path` is not the demo's own folder: `clio demo` would write its sample among "
            "your logs. Run your days with `make dev`, or the demo with the clio.yaml it came with."
        )
        return 1
    if not settings.accounts.key_file.exists():
        create_key_file(settings.accounts.key_file)
    truth_folder = demo / "truth"
    if not truth_folder.exists():
        made = generate_demo(settings.source.path, truth_folder, settings.seed, DAYS, PER_DAY)
        print(f"Generated {made.conversations:,} conversations of {made.accounts:,} accounts.")
    instance = persistent_instance(settings.home)
    costs: dict[str, list[Stage]] = defaultdict(list)
    clio = Clio(settings)

    def tell(key: str, stages: list[Stage]) -> None:
        for stage in stages:
            costs[stage.asset].append(stage)
        tell_partition(clio, key, stages)

    if not run_history(settings, instance, tell):
        print("A day failed; `make dev` shows why.")
        return 1
    keys = list(build_partitions(settings).period.get_partition_keys())
    truth = load_truth(truth_folder)
    leaves = commonest_topics(clio.layout, clio.releases, truth, keys)
    planted = compare_with_truth(clio.layout, truth, planned_topics().campaign, keys, leaves)
    stages = {asset: _summed(spent) for asset, spent in costs.items()}
    figures = {
        "conversations": len(truth),
        **period_figures(clio.releases, keys),
        "leaf_purity": round(leaf_purity(leaves), 4),
        "planted": asdict(planted),
        "seconds": round(time.monotonic() - started, 1),
        "stages": stages,
    }
    artifact.parent.mkdir(parents=True, exist_ok=True)
    artifact.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _print_stages(stages)
    released = planted.due - len(planted.missing)
    print(f"Planted topics of {DUE} or more conversations released: {released} of {planted.due}")
    print(
        f"Planted personal data released: {planted.personal_data_released} of "
        f"{planted.personal_data}; planted campaign: {'YES' if planted.campaign_released else 'no'}"
    )
    report = latest_bundle(clio.layout.bundles, keys[-1])
    print(f"Leaf purity against the demo's truth: {figures['leaf_purity']:.1%}")
    print(f"Report:    {report / 'index.html' if report else '-'}")
    print(f"Warehouse: {clio.layout.warehouse}")
    print("`make serve` shows every report at http://127.0.0.1:8484.")
    print("`make dev` opens the Dagster UI on this data.")
    return 0 if planted.kept else 1


def _summed(spent: list[Stage]) -> dict[str, float | int | None]:
    peaks = [stage.peak_mib for stage in spent if stage.peak_mib]
    seconds = sum(stage.seconds for stage in spent)
    return {"seconds": round(seconds, 1), "peak_mib": max(peaks, default=None)}


def _print_stages(stages: dict[str, dict[str, float | int | None]]) -> None:
    print(f"\n{'stage':<24}{'seconds':>9}{'peak MiB':>10}")
    for asset, cost in stages.items():
        print(f"{asset:<24}{cost['seconds']:>9}{cost['peak_mib'] or '':>10}")
    print()
