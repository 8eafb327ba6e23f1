"""G-09: which topic x facet value figures are published, and what they are.

A cell is published when it passes the cell rule itself, so does the same value in every topic
above it, and no hidden cell could be computed from it (`complementary`). Values are strings of
the users' making, so they also pass the rules on text; those of `lineage` are ids of ours, which
stand in a release already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from clio_assets.privacy.complementary import Cell, FacetTable, passes
from clio_assets.privacy.facts import concentration
from clio_assets.privacy.figures import percent
from clio_assets.privacy.lineage import CAME_FROM
from clio_assets.privacy.names import value_problems
from clio_assets.privacy.perturbation import Perturbation
from clio_assets.privacy.placement import PERIOD, Placement, is_rest
from clio_assets.privacy.scan import scan
from clio_assets.privacy.thresholds import Thresholds

CELLS: dict[str, pl.DataType] = {
    "topic_id": pl.String(),
    "facet": pl.String(),
    "value": pl.String(),
    "conversations": pl.Int64(),
    "share": pl.Float64(),
}


HARMLESS = frozenset({"task", "turns", "length", "concern"})
"""Facets that say how somebody asks. Language may tell of a place, and what a field of the user's
own tells nobody knows: G-15 allows neither beside a sensitive topic, nor where it comes from."""


def long_facets(facets: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """One row a conversation and facet: (conversation_id, facet, value), values as strings."""
    return facets.select("conversation_id", pl.col(list(names)).cast(pl.String)).unpivot(
        index="conversation_id", variable_name="facet", value_name="value"
    )


def quieted(placement: Placement, facets: pl.DataFrame, sensitive: Collection[str]) -> pl.DataFrame:
    """Return the facets (conversation_id, facet, value) with null for what G-15 lets nobody know.

    That is all but the `HARMLESS` facets of what a topic among `sensitive` counts, or one beneath
    it. So the cells of the topics above do not count it either: hidden only beside the topic, it
    would be their cell less the others', and hiding that takes every cell of the facet along
    (docs/decisions/0014-lineage-is-a-facet.md).
    """
    nodes = placement.covering().filter(pl.col("topic_id").is_in(list(sensitive)))["node"]
    untold = placement.counted.filter(pl.col("node").is_in(nodes.implode()))["conversation_id"]
    told = pl.col("facet").is_in(sorted(HARMLESS)) | ~pl.col("conversation_id").is_in(
        untold.implode()
    )
    return facets.with_columns(value=pl.when(told).then("value"))


def released_cells(
    placement: Placement,
    facets: pl.DataFrame,
    counts: dict[str, int],
    told: Perturbation,
    thresholds: Thresholds,
    sensitive: Collection[str] = (),
    origins: Collection[str] = (),
) -> pl.DataFrame:
    """Return the published cells, one row a (topic, facet, value), columns as in `CELLS`.

    facets: conversation_id, facet, value; one row a conversation and facet, null where unknown.
    counts: published conversations of each topic and of `PERIOD`. told: what is told of a count.
    sensitive: names of the facets that a topic must not give away of its members.
    origins: the values that `CAME_FROM` may have.
    """
    # One facet at a time: this is the largest table of the release step.
    frames = [
        _cells_of(name, placement, facets.filter(pl.col("facet") == name), counts, told, thresholds,
                  name in sensitive, origins.__contains__ if name == CAME_FROM else _fit)
        for name in facets["facet"].unique().sort().drop_nulls()
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=CELLS), *frames])


def _cells_of(
    facet: str,
    placement: Placement,
    values: pl.DataFrame,
    counts: dict[str, int],
    told: Perturbation,
    thresholds: Thresholds,
    sensitive: bool,
    fit: Callable[[str], bool],
) -> pl.DataFrame:
    rows = account_cells(placement, values, told)
    withheld = _homogeneous(rows, placement, thresholds) if sensitive else set()
    rows = _without_handfuls(_gather_rare(rows, thresholds, fit), thresholds)
    table = FacetTable(rows, placement.parents, thresholds.cell)
    published = table.protect(_wanted(table, placement, withheld))
    figures = _figures(table, published, placement, told)
    found = [
        (node, facet, value, count, min(100.0, percent(count, counts[node])))
        for (node, value), count in figures.items()
    ]
    return pl.DataFrame(found, schema=CELLS, orient="row").sort("topic_id", "value")


def account_cells(placement: Placement, values: pl.DataFrame, told: Perturbation) -> pl.DataFrame:
    """Conversations `n` of each account in each cell of one facet, on every level of the tree.

    Columns node, topic_id, child, value, account, n, as `FacetTable` takes them, and `key`, the sum
    of the records' keys; a conversation without a value has the value null.
    """
    counted = placement.counted
    finest = (
        counted.with_columns(key=told.record_keys(counted["conversation_id"]))
        .join(values.select("conversation_id", "value"), on="conversation_id", how="left")
        .group_by("node", "value", "account")
        .agg(pl.col("conversation_id").n_unique().cast(pl.Int64).alias("n"), pl.col("key").sum())
    )
    return finest.join(_steps(placement), on="node")


def _steps(placement: Placement) -> pl.DataFrame:
    """(node, topic_id, child): for each finest node every node above it and the step to there."""
    rows = []
    for node in placement.covering()["node"].unique().sort():
        path = placement.path(node)
        rows += [(node, above, below) for above, below in zip(path, [None, *path], strict=False)]
    schema = {"node": pl.String, "topic_id": pl.String, "child": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _homogeneous(rows: pl.DataFrame, placement: Placement, thresholds: Thresholds) -> set[str]:
    """Nodes where nearly everybody shares one value of a sensitive facet, and all above them.

    What lies above is withheld too: next to the siblings' figures it would show the difference.
    """
    shares = (
        rows.drop_nulls("value")
        .group_by("topic_id", "value")
        .agg(pl.col("n").sum())
        .group_by("topic_id")
        .agg((pl.col("n").max() / pl.col("n").sum()).alias("share"))
    )
    alike = shares.filter(pl.col("share") > thresholds.cell.max_sensitive_share)["topic_id"]
    return {above for node in alike for above in placement.path(node)}


def _gather_rare(
    rows: pl.DataFrame, thresholds: Thresholds, fit: Callable[[str], bool]
) -> pl.DataFrame:
    """Replace by null the values that no topic can publish: too rare, or not fit to be shown."""
    period = rows.filter(pl.col("topic_id") == PERIOD)
    good = FacetTable(period, {}, thresholds.cell).good
    shown = [value for _, value in sorted(good, key=str) if value is not None and fit(value)]
    keys = ["node", "topic_id", "child", "value", "account"]
    kept = pl.when(pl.col("value").is_in(shown)).then("value").alias("value")
    return rows.with_columns(kept).group_by(keys).agg(pl.col("n", "key").sum())


def _without_handfuls(rows: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Leave out of every figure the few conversations beside the cells of a leaf that pass.

    One request in Catalan would otherwise hide that the other 89 are in French: the topic's total
    gives the difference away. Where such a handful is at most `max_unresolved`, no cell of any
    topic counts it, and the difference of two rounded totals is "none or a few", of no named value
    (docs/decisions/0007-handfuls.md).
    """
    cell, own = thresholds.cell, pl.col("child").is_null()
    by_account = rows.filter(own).group_by("node", "value", "account").agg(pl.col("n").sum())
    small = (
        by_account.group_by("node", "value")
        .agg(concentration())
        .filter(~passes(cell))
        .filter(pl.col("conversations").sum().over("node") <= cell.max_unresolved)
    )
    return rows.join(small, on=["node", "value"], how="anti", nulls_equal=True)


def _fit(value: str) -> bool:
    try:
        return not value_problems(value) and not scan(value)
    except Exception:  # G-18: what cannot be scanned is not shown
        return False


def _wanted(table: FacetTable, placement: Placement, withheld: set[str]) -> set[Cell]:
    """Cells that pass by themselves and with every topic above that publishes the facet."""

    def passes(node: str, value: str | None) -> bool:
        above = [one for one in placement.path(node) if one not in withheld]
        return node not in withheld and all((one, value) in table.good for one in above)

    return {
        (node, value)
        for node, value in table.good
        if value is not None and not is_rest(node) and passes(node, value)
    }


def _figures(
    table: FacetTable, published: set[Cell], placement: Placement, told: Perturbation
) -> dict[Cell, int]:
    """Told once at the finest: a cell is its children's cells and, told, what else it has."""
    summed = table.rows.group_by("topic_id", "value").agg(pl.col("key").sum())
    keys = {(node, value): key for node, value, key in summed.iter_rows()}
    least = table.thresholds.min_conversations
    figures: dict[Cell, int] = {}
    for cell in sorted(published, key=lambda one: -len(placement.path(one[0]))):
        node, value = cell
        below = [(child, value) for child in table.children.get(node, [])]
        shown = [one for one in below if one in published]
        key = keys[cell] - sum(keys[one] for one in shown)
        hidden = told.told(table.hidden_in(cell, published), key, least)
        figures[cell] = sum(figures[one] for one in shown) + hidden
    return figures
