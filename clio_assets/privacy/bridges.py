"""Bridges of a graph: the edges that lie on no cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

Edge = TypeVar("Edge", bound=Hashable)


def bridges(edges: Mapping[Edge, tuple[Hashable, Hashable]]) -> set[Edge]:
    """Return the edges that lie on no cycle; parallel edges are a cycle.

    Depth-first search with low points (Tarjan, "A note on finding the bridges of a graph", 1974),
    without recursion, in time linear in the edges.
    """
    around: dict[Hashable, list[tuple[Edge, Hashable]]] = defaultdict(list)
    for edge, (one, other) in edges.items():
        around[one].append((edge, other))
        around[other].append((edge, one))
    found: set[Edge] = set()
    order: dict[Hashable, int] = {}
    low: dict[Hashable, int] = {}
    for start in around:
        if start in order:
            continue
        order[start] = low[start] = len(order)
        stack: list[tuple[Hashable, Edge | None, Iterator[tuple[Edge, Hashable]]]]
        stack = [(start, None, iter(around[start]))]
        while stack:
            node, arrived, ways = stack[-1]
            for edge, there in ways:
                if edge == arrived:
                    continue
                if there in order:
                    low[node] = min(low[node], order[there])
                    continue
                order[there] = low[there] = len(order)
                stack.append((there, edge, iter(around[there])))
                break
            else:
                stack.pop()
                if arrived is not None:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[node])
                    if low[node] > order[above]:
                        found.add(arrived)
    return found
