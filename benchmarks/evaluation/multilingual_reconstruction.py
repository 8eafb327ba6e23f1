"""Are categories found again across languages, with and without a model that says it in English?

Three ways to the vectors, all by the packaged English embedding model: `offline`, the request in
its own language; `offline_mean_removed`, the same without what a language's requests have in
common, which is what can be done without another model; `english`, the request that a model was
asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.evaluation.agreement import interval, reconstructed
from benchmarks.evaluation.english_facets import as_conversations, english_facets
from benchmarks.evaluation.labelled_sets import codes, embedded
from benchmarks.evaluation.multilingual import CONVERSATIONS, multilingual_set
from benchmarks.evaluation.platform_topics import base_clusters_of
from benchmarks.stage_costs import StageCosts
from clio_assets.facets.request import clean_request

Vectors = NDArray[np.float32]


def evaluate_multilingual(seed: int = 1, conversations: int = CONVERSATIONS) -> dict[str, Any]:
    """Measure the three; shares of conversations whose cluster's category is theirs.

    Returns: conversations, categories, base_clusters by way, languages (by language and way),
    reconstruction and ci95 by way, stages (seconds and CPU-seconds).
    """
    costs = StageCosts()
    with costs.stage("set"):
        labelled = multilingual_set(seed, conversations)
    with costs.stage("facets_english"):
        english = english_facets(labelled)["request"]
    vectors = _vectors(labelled, english, costs)
    truth = codes(labelled["category"])
    right, clusters = {}, {}
    for way, of_way in vectors.items():
        with costs.stage(f"clusters_{way}"):
            base = base_clusters_of(of_way, labelled["account"])
        clusters[way] = len(base.sizes)
        right[way] = reconstructed(base.labels, truth)
    by_language = (
        labelled.select("language")
        .with_columns(**{w: pl.Series(yes) for w, yes in right.items()})
        .group_by("language")
        .mean()
    ).sort("language")
    return {
        "conversations": len(labelled),
        "categories": labelled["category"].n_unique(),
        "base_clusters": clusters,
        "languages": {
            row.pop("language"): {way: round(share, 4) for way, share in row.items()}
            for row in by_language.to_dicts()
        },
        "reconstruction": {way: round(float(yes.mean()), 4) for way, yes in right.items()},
        "ci95": {way: interval(yes, seed) for way, yes in right.items()},
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
    own = as_conversations(labelled).select(clean_request(pl.col("first_request"))).to_series()
    with costs.stage("embed_offline"):
        offline = embedded(own.to_list())
    with costs.stage("embed_english"):
        said = embedded(english.to_list())
    return {
        "offline": offline,
        "offline_mean_removed": without_language(offline, labelled["language"]),
        "english": said,
    }
