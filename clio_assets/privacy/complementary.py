"""G-09: which cells stay hidden so that no hidden one can be computed from the published ones.

Cells of one facet form a table: topics (a tree, see `placement`) by values. A reader knows every
topic's total and the published cells. Each hidden cell stands in two sums: its topic's over the
values, and its parent's over the topics. With the sums as nodes and the hidden cells as edges, a
hidden cell can be computed exactly when its edge is a bridge (D. Gusfield, "A graph theoretic
approach to statistical data security", SIAM J. Computing 17(3), 1988). So, until nothing is
exposed, the smallest cell that helps is hidden too:

- what is left of a topic when its known cells are taken away is nothing, or passes the cell rule;
- what is left of a parent's cell when its children's known cells are taken away, likewise;
- a hidden cell that can be computed passes the cell rule.

Empty cells count as known to be empty, and values that are published nowhere count as one, which
can only hide more. Bounds from the counts being non-negative are left to rounding and noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from clio_assets.config import CellThresholds
from clio_assets.privacy.bridges import bridges
from clio_assets.privacy.facts import concentration
from clio_assets.privacy.placement import PERIOD

Cell = tuple[str, str | None]
"""(node, value); the value None gathers every value that is published nowhere."""


def passes(thresholds: CellThresholds) -> pl.Expr:
    """The cell rule, over columns of `facts.concentration`."""
    return (
        (pl.col("conversations") >= thresholds.min_conversations)
        & (pl.col("accounts") >= thresholds.min_accounts)
        & (pl.col("largest_account_share") <= thresholds.max_account_share)
    )


class FacetTable:
    """One facet's counts by account on every node of the tree.

    rows: one row an account in a cell: node (finest), value, account, n, topic_id (a node that
        covers it), child (the node just beneath topic_id on the way down; null at the finest).
    """

    def __init__(
        self, rows: pl.DataFrame, parents: dict[str, str], thresholds: CellThresholds
    ) -> None:
        self.rows = rows
        self.parents = parents
        self.thresholds = thresholds
        cells = self._judged(rows, ["topic_id", "value"])
        keys = list(zip(cells["topic_id"], cells["value"], strict=True))
        self.sizes: dict[Cell, int] = dict(zip(keys, cells["conversations"], strict=True))
        self.good: set[Cell] = {key for key, good in zip(keys, cells["good"], strict=True) if good}
        self.children: dict[str, list[str]] = {}
        for node, parent in parents.items():
            self.children.setdefault(parent, []).append(node)

    def protect(self, wanted: set[Cell]) -> set[Cell]:
        """Return the cells of `wanted` that can be published together.

        `wanted` is closed upwards: with a cell it holds that value's cell of every topic above
        that publishes this facet at all.
        """
        published = set(wanted)
        while published:
            exposed = list(self._exposed(published))
            if not exposed:
                break
            for candidates in exposed:
                self._hide_smallest(candidates, published)
        return published

    def hidden_in(self, cell: Cell, published: set[Cell]) -> int:
        """Conversations of a cell that are in no published cell of its children."""
        node, value = cell
        shown = ((child, value) for child in self.children.get(node, []))
        return self.sizes[cell] - sum(self.sizes[one] for one in shown if one in published)

    def _exposed(self, published: set[Cell]) -> Iterator[list[Cell]]:
        """For each hidden quantity that is exposed, the published cells that expose it."""
        computable = bridges(
            {cell: self._sums(cell) for cell in self.sizes if cell not in published}
        )
        known = published | computable
        for cell in sorted(computable - self.good, key=_order):
            yield [*self._row(cell[0], published), *self._column(cell, published)]
        known_cells = _frame(known)
        left = self._left(known_cells, "topic_id", ["topic_id"])
        for node in left["topic_id"]:
            yield self._row(node, published) or [
                cell for one in known if one[0] == node for cell in self._column(one, published)
            ]
        below = self._left(known_cells, "child", ["topic_id", "value"]).join(
            known_cells, on=["topic_id", "value"], nulls_equal=True, how="semi"
        )
        for cell in below.select("topic_id", "value").iter_rows():
            yield self._beneath(cell, published)

    def _left(self, known: pl.DataFrame, node: str, by: list[str]) -> pl.DataFrame:
        """Groups of `by` of which something is left beside the known cells that fails the rule."""
        rows = self.rows.filter(pl.col(node).is_not_null()).join(
            known.rename({"topic_id": node}), on=[node, "value"], nulls_equal=True, how="anti"
        )
        return self._judged(rows, by).filter(~pl.col("good")).sort(by)

    def _judged(self, rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
        return (
            rows.group_by(*by, "account")
            .agg(pl.col("n").sum())
            .group_by(by)
            .agg(concentration())
            .with_columns(passes(self.thresholds).alias("good"))
        )

    def _sums(self, cell: Cell) -> tuple[object, object]:
        """The two sums a cell stands in: of its children or its topic, and of its parent."""
        node, value = cell
        own = ("children", node, value) if node in self.children else ("values", node)
        if node == PERIOD:
            return own, ("values", PERIOD)
        return own, ("children", self.parents[node], value)

    def _row(self, node: str, published: set[Cell]) -> list[Cell]:
        return [cell for cell in published if cell[0] == node]

    def _column(self, cell: Cell, published: set[Cell]) -> list[Cell]:
        node, value = cell
        if node == PERIOD:
            return []
        return self._beneath((self.parents[node], value), published)

    def _beneath(self, cell: Cell, published: set[Cell]) -> list[Cell]:
        node, value = cell
        siblings = [(child, value) for child in self.children.get(node, [])]
        return [one for one in siblings if one in published] or [
            one for one in [cell] if one in published
        ]

    def _hide_smallest(self, candidates: list[Cell], published: set[Cell]) -> None:
        """Hide one cell and the same value beneath it; without candidates, the smallest of all."""
        remaining = [cell for cell in candidates if cell in published] or published
        if not remaining:
            return
        node, value = min(remaining, key=lambda cell: (self.sizes[cell], _order(cell)))
        beneath = [node]
        while beneath:
            below = beneath.pop()
            published.discard((below, value))
            beneath += self.children.get(below, [])


def _frame(cells: set[Cell]) -> pl.DataFrame:
    schema = {"topic_id": pl.String, "value": pl.String}
    return pl.DataFrame(sorted(cells, key=_order), schema=schema, orient="row")


def _order(cell: Cell) -> tuple[str, bool, str]:
    node, value = cell
    return node, value is None, value or ""
