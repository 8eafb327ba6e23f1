"""How far a clustering agrees with labels, or with another clustering."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""Labels 0.., (n,); -1 for a conversation that a clustering left over."""

DRAWS = 10_000


def contingency(one: Codes, other: Codes) -> Codes:
    """Count (k, m) the rows that have each pair of labels."""
    table = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    return table


def reconstructed(clusters: Codes, truth: Codes) -> NDArray[np.bool_]:
    """True (n,) where a conversation has the commonest label of its cluster.

    The original's reconstruction (Clio, arXiv 2412.13678, section on evaluation): its mean is the
    accuracy, which is also the clustering's purity. What was left over is wrong.
    """
    right = np.zeros(len(truth), dtype=bool)
    inside = clusters >= 0
    commonest = contingency(clusters[inside], truth[inside]).argmax(1)
    right[inside] = commonest[clusters[inside]] == truth[inside]
    return right


def accuracy(clusters: Codes, truth: Codes) -> float:
    """Share of conversations that have the commonest label of their cluster."""
    return float(reconstructed(clusters, truth).mean())


def ari(clusters: Codes, truth: Codes) -> float:
    """Adjusted Rand index; what was left over is one cluster more."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(truth, clusters))


def nmi(clusters: Codes, truth: Codes) -> float:
    """Normalised mutual information (arithmetic mean); left over as in `ari`."""
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(truth, clusters))


def left_over(clusters: Codes) -> float:
    """Share of conversations in no cluster."""
    return float((clusters < 0).mean())


def matched_share(one: Codes, other: Codes) -> float:
    """Share of conversations in the same cluster once clusters are matched one to one."""
    from scipy.optimize import linear_sum_assignment

    table = contingency(one, other)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / len(one))


def interval(right: NDArray[np.bool_], seed: int = 1) -> list[float]:
    """Return the 95 % bootstrap interval of the share of n conversations that are right (n,)."""
    # To draw n of n yeses and noes again, with replacement, is to draw from this distribution.
    draws = np.random.default_rng(seed).binomial(len(right), right.mean(), DRAWS)
    return [round(float(bound), 4) for bound in np.quantile(draws / len(right), [0.025, 0.975])]


def rounded(measure: Callable[[Codes, Codes], float], one: Codes, other: Codes) -> float:
    """A measure to four places."""
    return round(measure(one, other), 4)
