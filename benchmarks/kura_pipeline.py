"""kura's pipeline over conversations in our canonical form, with what each stage cost, as JSON.

Runs in kura's own environment (`kura.py` beside this makes it), on the endpoint that
OPENAI_BASE_URL names: summaries (its facets), base clusters with their names, meta-clusters.

python -m benchmarks.kura_pipeline CONVERSATIONS.jsonl.gz
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.stage_costs import StageCosts, peak_mib


async def main(file: Path) -> dict[str, Any]:
    """Run every stage with kura's own defaults."""
    costs = StageCosts()
    with costs.stage("import"):
        # kura imports these two where it first needs them, which is inside a stage.
        import instructor  # noqa: F401
        import sklearn.cluster  # noqa: F401
        from kura.cluster import (
            ClusterDescriptionModel,
            KmeansClusteringModel,
            generate_base_clusters_from_conversation_summaries,
        )
        from kura.embedding import OpenAIEmbeddingModel
        from kura.meta_cluster import MetaClusterModel, reduce_clusters_from_base_clusters
        from kura.summarisation import SummaryModel, summarise_conversations
        from kura.types import Conversation
    with costs.stage("load"), gzip.open(file, "rt", encoding="utf-8") as lines:
        conversations = [Conversation(**_as_kura(json.loads(line))) for line in lines]
    with costs.stage("facets"):
        summaries = await summarise_conversations(conversations, model=SummaryModel())
    embedder = OpenAIEmbeddingModel()
    with costs.stage("base_clusters"):
        clusters = await generate_base_clusters_from_conversation_summaries(
            summaries,
            embedding_model=embedder,
            clustering_method=KmeansClusteringModel(),
            clustering_model=ClusterDescriptionModel(),
        )
    with costs.stage("meta_clusters"):
        levels = await reduce_clusters_from_base_clusters(
            clusters, model=MetaClusterModel(embedding_model=embedder)
        )
    return {
        "conversations": len(conversations),
        "base_clusters": len(clusters),
        "topics": len(levels),
        "stages": costs.stages,
        "facets_cpu_seconds": costs.cpu_seconds("facets"),
        "after_cpu_seconds": costs.cpu_seconds("base_clusters", "meta_clusters"),
        "peak_mib": peak_mib(),
    }


def _as_kura(row: dict[str, Any]) -> dict[str, Any]:
    at = row["started_at"]
    return {
        "chat_id": row["conversation_id"],
        "created_at": at,
        "messages": [{**message, "created_at": at} for message in row["messages"]],
        "metadata": {},
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
