"""One labelled set: how true its topics are, beside other packages, and how they last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.evaluation.agreement import (
    accuracy,
    ari,
    interval,
    left_over,
    nmi,
    reconstructed,
    rounded,
)
from benchmarks.evaluation.baselines import run_baseline
from benchmarks.evaluation.conclusions import agreement_of_conclusions
from benchmarks.evaluation.labelled_sets import LABELS, LabelledSet, load_set
from benchmarks.evaluation.names_of_set import names_of
from benchmarks.evaluation.platform_topics import PlatformTopics, topics_of
from benchmarks.evaluation.stability import accounts, days, seeds
from clio_assets.clustering.hierarchy import group_by_distance

TOPS = (10, 25)
"""Topics at the top at which its purity is told."""

NAMED = ("clinc150", "banking77", "mixed")
"""Sets in English: their names are told by words of that language."""

Json = dict[str, Any]


def evaluate_set(name: str, parts: Collection[str]) -> Json:
    """Every figure of one of LABELS, as docs/evaluation.md tells them."""
    of = load_set(name)
    formed = topics_of(of)
    found: Json = {
        "conversations": len(of.rows),
        "base_clusters": len(formed.base.sizes),
        "levels": [len(level.ids) for level in formed.fit.levels],
        "left_over": 0.0,
        "reconstruction": reconstruction(formed),
        "leaves": agreement(formed, formed.leaves),
        "top": tops(formed),
        "conclusions": conclusions(formed),
    }
    if name in NAMED:
        found["names"] = names_of(formed)
    truth = of.codes(LABELS[name][0])
    found |= {"ari": rounded(ari, formed.leaves, truth), "nmi": rounded(nmi, formed.leaves, truth)}
    if "baselines" in parts:
        found["baselines"] = baselines(of, formed)
    if "stability" in parts:
        steady = seeds(of, formed)
        drawn = accounts(of)
        found["stability"] = {
            "seeds_leaf": steady["leaf"], "seeds_top": steady["top"],
            "kmeans_seeds_leaf": steady["kmeans_leaf"], "kmeans_seeds_top": steady["kmeans_top"],
            "accounts_leaf": drawn["leaf"], "accounts_top": drawn["top"],
        } | days(of)  # fmt: skip
    return found


def reconstruction(formed: PlatformTopics) -> Json:
    """Accuracy of base clusters by their commonest label, with intervals, and per language."""
    found: Json = {}
    for label in LABELS[formed.of.name]:
        right = reconstructed(formed.base.labels, formed.of.codes(label))
        found[label] = round(float(right.mean()), 4)
        found[f"{label}_ci95"] = interval(right)
        languages = formed.of.rows["language"]
        if languages.n_unique() > 1:
            found[f"{label}_languages"] = {
                language: round(float(right[(languages == language).to_numpy()].mean()), 4)
                for language in sorted(languages.unique())
            }
    return found


def agreement(formed: PlatformTopics, labels: np.ndarray) -> Json:
    """Purity, ARI and NMI of a level with each label."""
    found: Json = {"topics": len(np.unique(labels))}
    for label in LABELS[formed.of.name]:
        truth = formed.of.codes(label)
        found[label] = {
            "purity": rounded(accuracy, labels, truth),
            "ari": rounded(ari, labels, truth),
            "nmi": rounded(nmi, labels, truth),
        }
    return found


def tops(formed: PlatformTopics) -> Json:
    """The levels above the leaves as they come, and the top with fixed numbers of topics."""
    found: Json = {
        f"level_{n}": agreement(formed, formed.level(n)) for n in range(1, len(formed.fit.levels))
    }
    for wanted in TOPS:
        leaves = formed.fit.leaves
        between = round((len(leaves.ids) * wanted) ** 0.5)
        fit = group_by_distance(leaves, formed.of.vectors, None, [between, wanted], period="")
        tree = replace(formed, fit=fit)
        found[f"at_{wanted}"] = agreement(formed, _dense(tree.level(len(fit.levels) - 1)))
    return found


def conclusions(formed: PlatformTopics) -> Json:
    """Pearson's r of each label's share by day, from topics and from conversations, by level."""
    truth = formed.of.codes(LABELS[formed.of.name][-1])
    return {
        f"level_{n}": round(
            agreement_of_conclusions(_dense(formed.level(n)), truth, formed.of.rows["day"]), 4
        )
        for n in range(len(formed.fit.levels))
    }


def baselines(of: LabelledSet, formed: PlatformTopics) -> Json:
    """BERTopic and kura on the same vectors, at their defaults and at our number of leaves.

    The index counts what was left over as one cluster more; `ari_placed` leaves it out.
    """
    truth, texts = of.codes(LABELS[of.name][0]), of.rows["text"].to_list()
    k = len(formed.fit.leaves.ids)
    found: Json = {"equal_k": k}
    for name in ("bertopic", "kura"):
        ours = run_baseline(name, of.vectors, texts)
        same = run_baseline(name, of.vectors, texts, k)
        placed = ours.labels >= 0
        found[name] = {
            "clusters": int(ours.labels.max() + 1),
            "ari": rounded(ari, ours.labels, truth),
            "ari_placed": rounded(ari, ours.labels[placed], truth[placed]),
            "ari_equal_k": rounded(ari, same.labels, truth),
            "left_over": round(left_over(ours.labels), 4),
            "costs": ours.costs,
        }
    by_k = run_baseline("bertopic_kmeans", of.vectors, texts, k)
    found["bertopic"]["ari_kmeans_equal_k"] = rounded(ari, by_k.labels, truth)
    return found


def _dense(labels: np.ndarray) -> np.ndarray:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
