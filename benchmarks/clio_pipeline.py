"""This project's pipeline over a file of conversations, with what each stage cost, as JSON.

python -m benchmarks.clio_pipeline CONVERSATIONS.jsonl.gz URL CONVERSATIONS_PER_TOPIC

The whole daily job at an endpoint: gate, dbt, report and all checks included.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.client_cost import settings_for
from benchmarks.stage_costs import StageCosts, peak_mib
from clio_assets.config import Settings, parse_settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import QUIET
from clio_assets.privacy.pseudonyms import create_key_file

CONCURRENCY = 64
EMBEDDING = "text-embedding-3-small"
TEXTS_A_REQUEST = 512
"""Of 2,048 that OpenAI takes."""

WITHHOLDS_NOTHING = {
    "min_accounts": 1,
    "min_conversations": 1,
    "max_account_share": 1,
    "min_effective_share": 0,
    "min_term_accounts": 1,
}
"""The gate's thresholds, for what is made of nobody's conversations."""

READING = ["raw_conversations", "conversations"]
FACETS = ["facets"]


def main(file: Path, url: str, conversations_per_topic: int) -> dict[str, Any]:
    """Materialize the file's day in three selections: reading, facets and everything after."""
    costs, assets = StageCosts(), {}
    day = file.name.partition(".")[0]
    with costs.stage("import"):
        _import_what_steps_import()
    with tempfile.TemporaryDirectory() as folder, dg.instance_for_test() as instance:
        settings = settings_of(Path(folder), file, url, conversations_per_topic)
        create_key_file(settings.accounts.key_file)
        job = build_definitions(settings).resolve_job_def("daily")
        after = [key for key in job.asset_layer.executable_asset_keys
                 if key.path[-1] not in READING + FACETS]  # fmt: skip
        stages = {"reading": READING, "facets": FACETS, "after": after}
        for stage, chosen in stages.items():
            # dbt prints a page.
            with costs.stage(stage), redirect_stdout(StringIO()):
                result = job.execute_in_process(
                    partition_key=day,
                    instance=instance,
                    run_config=QUIET,
                    asset_selection=[dg.AssetKey(a) if isinstance(a, str) else a for a in chosen],
                )
            for event in result.get_asset_materialization_events():
                metadata = event.materialization.metadata
                if "peak_mib" in metadata:
                    told = {name: metadata[name].value for name in ("seconds", "peak_mib")}
                    assets[str(event.step_key)] = told
        clio = Clio(settings)
        found = clio.layout.period_file(day).query(
            "SELECT (SELECT count(DISTINCT base_cluster) FROM base_clusters), "
            "(SELECT count(*) FROM topics), (SELECT count(*) FROM topic_members)"
        )
        clusters, topics, members = found.row(0)
        released = len(clio.releases.read("released_topics", day))
    return {
        "conversations": members,
        "base_clusters": clusters,
        "topics": topics,
        "released_topics": released,
        "stages": costs.stages,
        "assets": assets,
        "facets_cpu_seconds": costs.cpu_seconds("facets"),
        "after_cpu_seconds": costs.cpu_seconds("after"),
        "peak_mib": max(peak_mib(), *(told["peak_mib"] for told in assets.values())),
    }


def settings_of(folder: Path, file: Path, url: str, conversations_per_topic: int) -> Settings:
    """Settings that ask `url` for everything and withhold no topic for its size."""
    day = file.name.partition(".")[0]
    return parse_settings(
        {
            "home": "home",
            "source": {"path": str(file.parent), "first_day": day, "last_day": day},
            "models": settings_for(url, CONCURRENCY).model_dump(),
            "embeddings": {
                "provider": "openai",
                "model": EMBEDDING,
                "base_url": url,
                "batch_size": TEXTS_A_REQUEST,
            },
            "topics": {"conversations_per_topic": conversations_per_topic, "accounts_per_topic": 1},
            "privacy": {"internal": WITHHOLDS_NOTHING},
        },
        base=folder,
    )


def _import_what_steps_import() -> None:
    """As kura_pipeline.py does: importing is not what a stage costs."""
    import openai  # noqa: F401
    import sklearn.cluster  # noqa: F401
    import umap  # noqa: F401


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
