"""What a baseline is given and gives back, as files in a folder.

Read in the environments of other packages: numpy and the standard library only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.stage_costs import StageCosts, peak_mib

SEED = 1
LEFT_OVER = -1


@dataclass(frozen=True)
class Task:
    """What to cluster, and how."""

    name: str
    """Of the baseline."""
    vectors: NDArray[np.float32]
    """Unit vectors (n, d)."""
    texts: list[str]
    """n of them."""
    k: int | None
    """The number of clusters; None is the baseline's default."""


def write_task(folder: Path, task: Task) -> None:
    """Write a task into an empty folder."""
    np.save(folder / "vectors.npy", task.vectors)
    words = {"name": task.name, "texts": task.texts, "k": task.k}
    (folder / "task.json").write_text(json.dumps(words), encoding="utf-8")


def read_task(folder: Path) -> Task:
    """Return the task that was written into a folder."""
    words = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    return Task(vectors=np.load(folder / "vectors.npy"), **words)


def answer(cluster: Callable[[Task], Sequence[int] | NDArray[np.int64]]) -> None:
    """Be a script that clusters: `python -m MODULE FOLDER`.

    Writes the labels into the folder and prints as JSON what `cluster` cost, imports not counted:
    cpu_seconds, seconds, and peak_mib of this process.
    """
    folder = Path(sys.argv[1])
    task = read_task(folder)
    costs = StageCosts()
    with costs.stage("cluster"):
        labels = cluster(task)
    np.save(folder / "labels.npy", np.asarray(labels, dtype=np.int64))
    print(json.dumps(costs.stages["cluster"] | {"peak_mib": peak_mib()}))


def read_labels(folder: Path, rows: int) -> NDArray[np.int64]:
    """Return the labels (rows,) that a script wrote into a folder.

    Raises:
        RuntimeError: there are more or fewer of them.
    """
    labels: NDArray[np.int64] = np.load(folder / "labels.npy")
    if labels.shape != (rows,):
        raise RuntimeError(f"labels of shape {labels.shape} for {rows} rows")
    return labels
