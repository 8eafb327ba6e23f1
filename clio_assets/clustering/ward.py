"""Ward's tree over weighted points: scikit-learn's and SciPy's count every point once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clio_assets.clustering.partition import Labels, Vectors, repeatable


@dataclass(frozen=True)
class WardTree:
    """m points and the m - 1 pairs (m - 1, 2) that are joined, the cheapest first."""

    points: int
    joins: Labels

    def cut(self, k: int) -> Labels:
        """Return the points' clusters (m,), numbered 0..k-1 by their first point."""
        into = np.arange(self.points)
        for one, other in self.joins[: max(0, self.points - k)].tolist():
            first, second = _root(into, one), _root(into, other)
            into[max(first, second)] = min(first, second)
        roots = np.array([_root(into, point) for point in range(self.points)])
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def ward_tree(points: Vectors, weights: Labels) -> WardTree:
    """Join (m, d) points of given weights (m,) by least growth of the sum of squares.

    By chains of nearest neighbours (Murtagh 1983, a survey of hierarchical clustering): m^2 d
    multiplications and m d memory.
    """
    centres, mass = points.astype(np.float64), weights.astype(np.float64)
    squares = (centres**2).sum(1)
    gone = np.zeros(len(centres), bool)
    joins: list[tuple[int, int]] = []
    costs: list[float] = []
    chain: list[int] = []
    with repeatable():
        while len(joins) < len(centres) - 1:
            if not chain:
                chain.append(int(np.flatnonzero(~gone)[0]))
            last = chain[-1]
            away = np.maximum(squares + squares[last] - 2 * (centres @ centres[last]), 0)
            away *= mass * mass[last] / (mass + mass[last])
            away[gone] = np.inf
            away[last] = np.inf
            best = int(away.argmin())
            if len(chain) < 2 or away[chain[-2]] > away[best]:
                chain.append(best)
                continue
            other = chain[-2]
            del chain[-2:]
            joins.append((last, other))
            costs.append(away[other])
            kept, lost = min(last, other), max(last, other)
            centres[kept] = np.average(centres[[kept, lost]], axis=0, weights=mass[[kept, lost]])
            mass[kept] += mass[lost]
            squares[kept] = centres[kept] @ centres[kept]
            gone[lost] = True
    order = np.argsort(costs, kind="stable")
    return WardTree(len(points), np.array(joins, np.int64).reshape(-1, 2)[order])


def _root(into: Labels, point: int) -> int:
    while into[point] != point:
        into[point] = into[into[point]]
        point = int(into[point])
    return point
