"""BERTopic's clustering of given vectors; runs in its environment (`baselines.py` starts it).

`BERTopic().fit(texts, vectors)` with its defaults (UMAP to 5 dimensions, 15 neighbours, cosine;
HDBSCAN, 10 texts a topic at least), except that UMAP is given a random_state: its parameters are
those that BERTopic would set, but with a seed it runs on one thread. No embedding model is loaded,
and the texts only word the topics: they do not change a label.

For k clusters its topics are then reduced with `reduce_topics`, which merges those whose vectors
are near. `nr_topics` counts the left over as a topic, so it is given one more where there are any.
Where BERTopic finds k topics or fewer by itself, those are what comes back. `bertopic_kmeans` is
what its documentation calls k-Means: `BERTopic(hdbscan_model=KMeans(k))`, which leaves nothing
over.

HDBSCAN starts four processes for part of its work on more than 16,384 rows; what is told of the
cost does not count them.

python -m benchmarks.evaluation.bertopic_labels FOLDER
"""

from __future__ import annotations

from bertopic import BERTopic
from sklearn.cluster import KMeans
from umap import UMAP

from benchmarks.evaluation.exchange import LEFT_OVER, SEED, Task, answer


def labels(task: Task) -> list[int]:
    """Return the labels, n of them: 0 is the largest topic, -1 is left over."""
    model = BERTopic(
        umap_model=UMAP(
            n_neighbors=15,
            n_components=5,
            min_dist=0.0,
            metric="cosine",
            low_memory=False,
            random_state=SEED,
        ),
        hdbscan_model=KMeans(n_clusters=task.k, random_state=SEED)
        if task.name == "bertopic_kmeans"
        else None,
    )
    model.fit(task.texts, task.vectors)
    if task.name == "bertopic" and task.k is not None:
        model.reduce_topics(task.texts, nr_topics=task.k + (LEFT_OVER in model.topics_))
    return model.topics_


if __name__ == "__main__":
    answer(labels)
