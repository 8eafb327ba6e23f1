"""Are categories found again across languages, with and without a model that says it in English?

python -m benchmarks.evaluation.multilingual_reconstruction [--conversations 19500] [--seed 1]

Three ways to the vectors, all by the packaged English embedding model: `offline`, the request in
its own language; `offline_mean_removed`, the same without what a language's requests have in
common, which is what can be done without another model; `english`, the request that a model was
asked for. Prints JSON and writes artifacts/multilingual.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.evaluation.english_facets import as_conversations, english_facets
from benchmarks.evaluation.multilingual import CONVERSATIONS, multilingual_set
from benchmarks.evaluation.reconstruction import (
    confidence_interval,
    confusions,
    found_categories,
)
from benchmarks.stage_costs import StageCosts
from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.config import EmbeddingSettings
from clio_assets.facets.request import clean_request
from clio_assets.models.embedding import load_embedder

ARTIFACT = Path("artifacts/multilingual.json")
FLOOR, LANGUAGE_FLOOR = 0.96, 0.93
"""Of `english`, overall and of each language; the others have none."""

PER_CLUSTER = 75
"""Accounts, and conversations: what the profile `internal` makes of its thresholds."""

Vectors = NDArray[np.float32]


def evaluate_multilingual(seed: int = 1, conversations: int = CONVERSATIONS) -> dict[str, Any]:
    """Measure the three; shares of conversations whose cluster's category is theirs.

    Returns: conversations, categories, base_clusters by way, languages (by language and way),
    reconstruction and ci95 by way, confusions (the commonest of `english`), stages (seconds and
    CPU-seconds).
    """
    costs = StageCosts()
    with costs.stage("set"):
        labelled = multilingual_set(seed, conversations)
    with costs.stage("facets_english"):
        english = english_facets(labelled)["request"]
    vectors = _vectors(labelled, english, costs)
    right, found, clusters = {}, {}, {}
    for way, of_way in vectors.items():
        with costs.stage(f"clusters_{way}"):
            labels = _labels(of_way, labelled["account"])
        clusters[way] = int(labels.max()) + 1
        found[way] = found_categories(labels, labelled["category"])
        right[way] = found[way] == labelled["category"]
    by_language = (
        labelled.select("language").with_columns(**right).group_by("language").mean()
    ).sort("language")
    return {
        "conversations": len(labelled),
        "categories": labelled["category"].n_unique(),
        "base_clusters": clusters,
        "languages": {
            row.pop("language"): {way: round(share, 4) for way, share in row.items()}
            for row in by_language.to_dicts()
        },
        "reconstruction": {
            way: round(float(yes.to_numpy().mean()), 4) for way, yes in right.items()
        },
        "ci95": {way: confidence_interval(yes, seed) for way, yes in right.items()},
        "confusions": confusions(found["english"], labelled["category"]),
        "stages": costs.stages,
    }


def without_language(vectors: Vectors, languages: pl.Series) -> Vectors:
    """Return unit vectors (n, d) less the mean of their own true language (n,), unit again."""
    kept = vectors.copy()
    for language in languages.unique():
        rows = (languages == language).to_numpy()
        kept[rows] -= vectors[rows].mean(0)
    lengths = np.linalg.norm(kept, axis=1, keepdims=True)
    kept /= np.where(lengths > 0, lengths, 1)
    return kept


def _vectors(labelled: pl.DataFrame, english: pl.Series, costs: StageCosts) -> dict[str, Vectors]:
    """Unit vectors (n, d) by way."""
    embed = load_embedder(EmbeddingSettings(threads=1)).embed
    own = as_conversations(labelled).select(clean_request(pl.col("first_request"))).to_series()
    with costs.stage("embed_offline"):
        offline = embed(own.to_list())
    with costs.stage("embed_english"):
        said = embed(english.to_list())
    return {
        "offline": offline,
        "offline_mean_removed": without_language(offline, labelled["language"]),
        "english": said,
    }


def _labels(vectors: Vectors, accounts: pl.Series) -> NDArray[np.int64]:
    """The base cluster of each row (n,), as the platform makes them by default."""
    return fit_base_clusters(
        vectors,
        accounts,
        accounts_per_cluster=PER_CLUSTER,
        conversations_per_cluster=PER_CLUSTER,
    ).labels


def main() -> int:
    """Measure, print and write; 0 when `english` reaches its floors."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evaluation.multilingual_reconstruction", description=__doc__
    )
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    found = evaluate_multilingual(chosen.seed, chosen.conversations)
    text = json.dumps(found, indent=2)
    print(text)
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(text + "\n", encoding="utf-8")
    worst = min(shares["english"] for shares in found["languages"].values())
    return 0 if found["reconstruction"]["english"] >= FLOOR and worst >= LANGUAGE_FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
