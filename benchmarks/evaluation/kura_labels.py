"""kura's clustering of given vectors; runs in kura's environment (`baselines.py` starts it).

`kura.cluster.KmeansClusteringModel`, the default of kura's base clusters: k-means on the vectors
as they are, with ceil(n / clusters_per_group) clusters, clusters_per_group being 10. Everything
else in it is scikit-learn's default (k-means++, one start). Its meta-clusters ask a model and are
no part of this.

It draws from numpy's global generator, which is seeded here. For k clusters it is given
clusters_per_group = n / (k - 1/2), since rounding n / (n / k) up can give k + 1.

python -m benchmarks.evaluation.kura_labels FOLDER
"""

from __future__ import annotations

import numpy as np
from kura.cluster import KmeansClusteringModel
from numpy.typing import NDArray

from benchmarks.evaluation.exchange import LEFT_OVER, SEED, Task, answer


def labels(task: Task) -> NDArray[np.int64]:
    """Return the labels (n,), 0 to k - 1; nothing is left over."""
    np.random.seed(SEED)
    # Lists of floats, as kura's own embedding step hands vectors over.
    items = [{"embedding": vector, "item": row} for row, vector in enumerate(task.vectors.tolist())]
    options = {} if task.k is None else {"clusters_per_group": len(items) / (task.k - 0.5)}
    found = np.full(len(items), LEFT_OVER, dtype=np.int64)
    for label, rows in KmeansClusteringModel(**options).cluster(items).items():
        found[rows] = label
    return found


if __name__ == "__main__":
    answer(labels)
