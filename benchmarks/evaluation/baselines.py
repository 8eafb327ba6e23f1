"""Clusterings by other packages of vectors that are given, so that only the clustering differs.

`bertopic` and `bertopic_kmeans` are run as bertopic_labels.py says, `kura` as kura_labels.py says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import kura
from benchmarks.environments import Json, environment_python, run_module
from benchmarks.evaluation.exchange import Task, read_labels, write_task

BERTOPIC_REQUIREMENTS = Path(__file__).with_name("bertopic_requirements.txt")


@dataclass(frozen=True)
class Baseline:
    """A script, the environment it runs in, and whether the number of clusters must be given."""

    module: str
    requirements: Path
    needs_k: bool = False


BASELINES = {
    "bertopic": Baseline("benchmarks.evaluation.bertopic_labels", BERTOPIC_REQUIREMENTS),
    "bertopic_kmeans": Baseline(
        "benchmarks.evaluation.bertopic_labels", BERTOPIC_REQUIREMENTS, needs_k=True
    ),
    "kura": Baseline("benchmarks.evaluation.kura_labels", kura.REQUIREMENTS),
}


@dataclass(frozen=True)
class Clustering:
    """Labels (n,), -1 for what is left over, and the cost: cpu_seconds, seconds, peak_mib."""

    labels: NDArray[np.int64]
    costs: Json


def run_baseline(
    name: str, vectors: NDArray[np.float32], texts: Sequence[str], k: int | None = None
) -> Clustering:
    """Cluster unit vectors (n, d) of n texts with one of BASELINES, in its own environment.

    The environment is made where it is missing or its pins have changed.

    Args:
        name: of the baseline.
        vectors: unit vectors (n, d).
        texts: what the vectors are of, for baselines that word their clusters.
        k: how many clusters to make; None for the baseline's own default. `bertopic` can only
            merge what it finds, so it may return fewer.

    Raises:
        ValueError: no such baseline, texts are missing, or it needs a k.
        RuntimeError: it failed.
    """
    if name not in BASELINES:
        raise ValueError(f"no such baseline: {name}; there are {', '.join(BASELINES)}")
    baseline = BASELINES[name]
    if len(texts) != len(vectors):
        raise ValueError(f"{len(texts)} texts for {len(vectors)} vectors")
    if baseline.needs_k and k is None:
        raise ValueError(f"{name} needs a number of clusters")
    python = environment_python(baseline.requirements)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_task(folder, Task(name, vectors, list(texts), k))
        costs = run_module(python, baseline.module, place)
        return Clustering(read_labels(folder, len(vectors)), costs)


def baseline_labels(
    name: str, vectors: NDArray[np.float32], texts: Sequence[str], k: int | None = None
) -> NDArray[np.int64]:
    """Return only the labels of `run_baseline`."""
    return run_baseline(name, vectors, texts, k).labels
