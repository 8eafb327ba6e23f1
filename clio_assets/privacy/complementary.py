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
from itertools import chain

import polars as pl

from clio_assets.privacy.bridges import bridges
from clio_assets.privacy.facts import concentration
from clio_assets.privacy.placement import PERIOD
from clio_assets.privacy.thresholds import CellThresholds

Cell = tuple[str, str | None]
"""(node, value); the value None gathers every value that is published nowhere."""

Sum = tuple[str, str] | tuple[str, str, str | None]
"""("values", node): over a finest node's or the period's values; ("children", node, value)."""


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
        self.row: dict[str, list[Cell]] = {}
        self.around: dict[Sum, list[Cell]] = {}
        self._sums_beside: dict[Sum, tuple[Sum, ...]] = {}
        for cell in sorted(self.sizes, key=_order):
            self.row.setdefault(cell[0], []).append(cell)
            for one in self._sums(cell):
                self.around.setdefault(one, []).append(cell)

    def protect(self, wanted: set[Cell]) -> set[Cell]:
        """Return the cells of `wanted` that can be published together.

        `wanted` is closed upwards: with a cell it holds that value's cell of every topic above
        that publishes this facet at all.
        """
        published = set(wanted)
        while exposed := list(self._exposed(published)):
            before = set(published)
            for helpers in exposed:
                # What this round has already changed is looked at again in the next.
                if helpers and published.issuperset(helpers):
                    self._hide(min(helpers, key=self._size), published)
            if published == before:
                self._hide(min(published, key=self._size), published)
        return published

    def hidden_in(self, cell: Cell, published: set[Cell]) -> int:
        """Conversations of a cell that are in no published cell of its children."""
        node, value = cell
        shown = ((child, value) for child in self.children.get(node, []))
        return self.sizes[cell] - sum(self.sizes[one] for one in shown if one in published)

    def _exposed(self, published: set[Cell]) -> Iterator[list[Cell]]:
        """For each hidden quantity that is exposed, the published cells that help to expose it."""
        if not published:
            return
        shown: dict[Sum, list[Cell]] = {}
        for cell in sorted(published, key=_order):
            for one in self._sums(cell):
                shown.setdefault(one, []).append(cell)
        hidden = {cell: self._sums(cell) for cell in self.sizes if cell not in published}
        computable = bridges(hidden)
        for cell in sorted(computable - self.good, key=_order):
            yield self._nearest([*self._sums(cell)], shown)
        known = _frame(published | computable)
        for node in self._left(known, "topic_id", ["topic_id"])["topic_id"]:
            row = [cell for cell in self.row[node] if cell in published]
            yield row or self._nearest([self._sums(cell)[0] for cell in self.row[node]], shown)
        below = self._left(known, "child", ["topic_id", "value"]).join(
            known, on=["topic_id", "value"], nulls_equal=True, how="semi"
        )
        for node, value in below.select("topic_id", "value").iter_rows():
            yield self._nearest([("children", node, value)], shown)

    def _nearest(self, sums: list[Sum], shown: dict[Sum, list[Cell]]) -> list[Cell]:
        """The published cells nearest to some sums, over hidden ones that share a sum.

        `shown` has the published cells of each sum: few, where `around` may have thousands.
        """
        seen = set(sums)
        while sums:
            if found := [cell for one in sums for cell in shown.get(one, [])]:
                return found
            reached = dict.fromkeys(chain.from_iterable(map(self._beside, sums)))
            sums = [one for one in reached if one not in seen]
            seen.update(sums)
        return []

    def _beside(self, one: Sum) -> tuple[Sum, ...]:
        """The sums that share a cell with this one."""
        if one not in self._sums_beside:
            cells = self.around[one]
            self._sums_beside[one] = (*dict.fromkeys(s for c in cells for s in self._sums(c)),)
        return self._sums_beside[one]

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

    def _sums(self, cell: Cell) -> tuple[Sum, Sum]:
        """The two sums a cell stands in: of its children or its topic, and of its parent."""
        node, value = cell
        own: Sum = ("children", node, value) if node in self.children else ("values", node)
        if node == PERIOD:
            return own, ("values", PERIOD)
        return own, ("children", self.parents[node], value)

    def _hide(self, cell: Cell, published: set[Cell]) -> None:
        """Take away a cell and the same value in everything beneath it."""
        node, value = cell
        published.discard(cell)
        for child in self.children.get(node, []):
            self._hide((child, value), published)

    def _size(self, cell: Cell) -> tuple[int, object]:
        return self.sizes[cell], _order(cell)


def _frame(cells: set[Cell]) -> pl.DataFrame:
    schema = {"topic_id": pl.String, "value": pl.String}
    return pl.DataFrame(sorted(cells, key=_order), schema=schema, orient="row")


def _order(cell: Cell) -> tuple[str, bool, str]:
    node, value = cell
    return node, value is None, value or ""
