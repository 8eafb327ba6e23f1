"""How long clusters and tree take, and how much memory, as conversations grow.

Each size runs in a process of its own (`python -m benchmarks.evaluation.growth N`), on vectors of
the labelled sets drawn with replacement and moved a little, so that none is twice there.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import polars as pl

from benchmarks.environments import Json, run_module
from benchmarks.evaluation.labelled_sets import LABELS, load_set
from benchmarks.evaluation.platform_topics import base_clusters_of
from benchmarks.stage_costs import peak_mib
from clio_assets.clustering.hierarchy import group_by_distance, level_sizes
from clio_assets.clustering.topics import fit_leaf_level

SIZES = (25_000, 100_000)
NOISE = 0.02
AT_A_TIME = 50_000


def growth(sizes: tuple[int, ...] = SIZES) -> Json:
    """Seconds and peak memory by number of conversations."""
    module = "benchmarks.evaluation.growth"
    return {str(size): run_module(sys.executable, module, str(size)) for size in sizes}


def measured(conversations: int) -> Json:
    """Cluster so many, every one by an account of its own or nearly so."""
    random = np.random.default_rng(1)
    drawn = np.vstack([load_set(name).vectors for name in LABELS])
    vectors = np.empty((conversations, drawn.shape[1]), np.float32)
    for start in range(0, conversations, AT_A_TIME):
        some = vectors[start : start + AT_A_TIME]
        some[:] = drawn[random.integers(0, len(drawn), len(some))]
        some += random.normal(0, NOISE, some.shape).astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    accounts = pl.Series(random.integers(0, int(conversations * 0.8), conversations))
    del drawn
    started, before = time.monotonic(), time.process_time()
    people = accounts.cast(pl.String)
    base = base_clusters_of(vectors, people)
    clustered = time.monotonic()
    leaves = fit_leaf_level(vectors, base, None, lambda _: "fit", people, period="2026-11-01")
    sizes = level_sizes(len(leaves.ids), 10)
    fit = group_by_distance(leaves, vectors, None, sizes, period="2026-11-01")
    return {
        "levels": [len(level.ids) for level in fit.levels],
        "base_clusters_seconds": round(clustered - started, 1),
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(time.process_time() - before, 1),
        "peak_mib": peak_mib(),
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
