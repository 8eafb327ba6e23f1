"""G-07: may a second version of a period be published beside the first?

Whoever kept the first version subtracts. Where the accounts behind one figure differ by a few, the
difference is about those few; so they differ by none or by as many as a topic needs. What stands in
one version only is no difference: each version hides by itself what it must.
"""

from __future__ import annotations

import polars as pl

from clio_assets.privacy.placement import PERIOD, Placement

BEHIND: dict[str, pl.DataType] = {
    "topic_id": pl.String(),
    "facet": pl.String(),
    "value": pl.String(),
    "account": pl.String(),
}
"""Grain: an account behind one figure of a release, a topic's count (facet and value are null) or a
cell's; private."""

FIGURE = ["topic_id", "facet", "value"]


def accounts_behind(
    placement: Placement, facets: pl.DataFrame, cells: pl.DataFrame
) -> pl.DataFrame:
    """Return who is behind each published figure, as `BEHIND`, ordered.

    facets: conversation_id, facet, value. cells: the published ones (topic_id, facet, value).
    """
    everywhere = placement.counted.join(placement.covering(), on="node")
    shown = everywhere.filter(pl.col("topic_id").is_in([*placement.topics, PERIOD]))
    totals = shown.select("topic_id", "account", facet=pl.lit(None, pl.String),
                          value=pl.lit(None, pl.String))  # fmt: skip
    by_cell = (
        shown.join(facets, on="conversation_id")
        .join(cells, on=FIGURE, how="semi")
        .select("topic_id", "account", "facet", "value")
    )
    found = pl.concat([totals, by_cell]).select(list(BEHIND)).unique()
    return found.sort(*BEHIND, nulls_last=False)


def figures_too_close(one: pl.DataFrame, other: pl.DataFrame, minimum: int) -> int:
    """Count the figures of both versions whose accounts differ by 1 to `minimum` - 1.

    one, other: as `BEHIND`. The difference is the symmetric one: who left and who came.
    """
    both = one.select(FIGURE).unique().join(other, on=FIGURE, how="semi", nulls_equal=True)
    left, right = (
        frame.join(both, on=FIGURE, how="semi", nulls_equal=True) for frame in (one, other)
    )
    differing = pl.concat(
        [
            left.join(right, on=list(BEHIND), how="anti", nulls_equal=True),
            right.join(left, on=list(BEHIND), how="anti", nulls_equal=True),
        ]
    )
    return differing.group_by(FIGURE).len().filter(pl.col("len") < minimum).height
