"""Where each conversation is counted: in a released topic, in a parent's rest, or nowhere.

The release is a tree whose finest nodes are released leaves and rests. A rest is a nameless child
of a released topic (or of the whole period, `PERIOD`): what is beneath that topic and may be
counted but not named. So a parent is exactly the sum of its children, whatever a reader subtracts
from whatever gives a union of finest nodes, and every finest node passes the rules on counts.

G-08: a rest holds at least two topics, else it would be one suppressed topic's figure, and passes
the rules on counts together. Otherwise it moves up to the next rest; what does not pass even
there is in no figure of the release.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from clio_assets.privacy.facts import topic_facts
from clio_assets.privacy.rules import COUNT_RULES, DOMINANCE, TopicFacts, judge, passed
from clio_assets.privacy.thresholds import Thresholds

PERIOD = "*"
"""The whole period: the root of the tree, and the topic_id of the base rates."""

UNASSIGNED = ""
"""Stands for the topic of conversations that belong to none."""

_REST = "rest:"
MIN_TOPICS_IN_REST = 2

MEMBER = ["conversation_id", "account", "source"]
"""A conversation, who had it and whom it counts for (`near_duplicates.py`)."""


@dataclass(frozen=True)
class Placement:
    """The tree of the release and what is counted in it.

    parents: each node (released topic or rest) -> its parent, another topic or `PERIOD`.
    counted: one row a conversation that counts (conversation_id, account, source, node), where node
        is a finest one: a released leaf or a rest.
    """

    parents: dict[str, str]
    counted: pl.DataFrame

    @property
    def topics(self) -> list[str]:
        """Ids of the released topics, in order."""
        return sorted(node for node in self.parents if not is_rest(node))

    def covering(self) -> pl.DataFrame:
        """Which nodes lie in which: (node, topic_id), itself and `PERIOD` included.

        `node` are the finest nodes; joined with `counted` it gives what each topic publishes.
        """
        finest = self.parents.keys() - set(self.parents.values())
        rows = [(node, above) for node in sorted(finest) for above in self.path(node)]
        return pl.DataFrame(rows, schema={"node": pl.String, "topic_id": pl.String}, orient="row")

    def path(self, node: str) -> list[str]:
        """The node, its parent and so on up to `PERIOD`."""
        path = [node]
        while path[-1] != PERIOD:
            path.append(self.parents[path[-1]])
        return path

    def published(self) -> pl.DataFrame:
        """What each released topic counts: `MEMBER` columns and topic_id, all levels."""
        return (
            self.counted.join(self.covering(), on="node")
            .filter(pl.col("topic_id").is_in(self.topics))
            .select(*MEMBER, "topic_id")
        )


def place(
    topics: pl.DataFrame,
    members: pl.DataFrame,
    passing: Collection[str],
    thresholds: Thresholds,
    earlier_accounts: Iterable[str] | None = None,
) -> Placement:
    """Build the tree of the release, from the leaves up.

    topics: topic_id, level (0 = leaf; a parent's is higher than its children's), parent_id.
    members: `MEMBER` columns, topic_id of the leaf or null; one row a conversation.
    passing: ids of the topics that passed every rule of their own.

    A parent that did not pass, or has nothing to publish, is left out: its released children and
    the topics hidden in it go to its own parent.
    """
    builder = _Builder(topics, members, thresholds, earlier_accounts)
    for topic_id, level, parent_id in (
        topics.sort("level", "topic_id").select("topic_id", "level", "parent_id").iter_rows()
    ):
        parent = parent_id or PERIOD
        if level == 0:
            (builder.shown if topic_id in passing else builder.hidden)[parent].append(topic_id)
        elif topic_id in passing:
            builder.close(topic_id, parent)
        else:
            builder.dissolve(topic_id, parent)
    builder.finish()
    return builder.placement()


class _Builder:
    """Topics shown and leaves hidden under each parent, while the tree grows upwards."""

    def __init__(
        self,
        topics: pl.DataFrame,
        members: pl.DataFrame,
        thresholds: Thresholds,
        earlier_accounts: Iterable[str] | None,
    ) -> None:
        leaves = topics.filter(pl.col("level") == 0)["topic_id"]
        known = pl.col("topic_id").is_in(leaves.implode())
        self.members = members.select(
            *MEMBER,
            pl.when(known).then("topic_id").otherwise(pl.lit(UNASSIGNED)).alias("topic_id"),
        )
        self.thresholds = thresholds
        self.earlier = None if earlier_accounts is None else frozenset(earlier_accounts)
        self.shown: dict[str, list[str]] = defaultdict(list)
        self.hidden: dict[str, list[str]] = defaultdict(list)
        self.parents: dict[str, str] = {}
        self.rests: list[pl.DataFrame] = []
        if self.members["topic_id"].eq(UNASSIGNED).any():
            self.hidden[PERIOD].append(UNASSIGNED)

    def close(self, topic_id: str, parent: str) -> None:
        """Release a parent with what is shown and, where it may be counted, hidden in it."""
        rest = self._rest(topic_id)
        if rest is None and not self.shown[topic_id]:
            self.dissolve(topic_id, parent)
            return
        self._adopt(topic_id, rest)
        self.shown[parent].append(topic_id)
        if rest is None:
            self.hidden[parent] += self.hidden[topic_id]

    def dissolve(self, topic_id: str, parent: str) -> None:
        """Leave a parent out; what it holds goes one level up."""
        self.shown[parent] += self.shown[topic_id]
        self.hidden[parent] += self.hidden[topic_id]

    def finish(self) -> None:
        """Close the period itself, which is always there."""
        self._adopt(PERIOD, self._rest(PERIOD))

    def placement(self) -> Placement:
        leaves = self.members.rename({"topic_id": "node"}).filter(
            pl.col("node").is_in(list(self.parents))
        )
        return Placement(self.parents, pl.concat([leaves, *self.rests]).sort("conversation_id"))

    def _adopt(self, topic_id: str, rest: pl.DataFrame | None) -> None:
        self.parents |= dict.fromkeys(self.shown[topic_id], topic_id)
        if rest is not None:
            self.parents[rest_of(topic_id)] = topic_id
            self.rests.append(rest.with_columns(pl.lit(rest_of(topic_id)).alias("node")))

    def _rest(self, topic_id: str) -> pl.DataFrame | None:
        hidden = pl.col("topic_id").is_in(self.hidden[topic_id])
        rows = self.members.filter(hidden)
        if rows["topic_id"].n_unique() < MIN_TOPICS_IN_REST:
            return None
        return countable(rows.drop("topic_id"), self.thresholds, self.earlier)


def countable(
    rows: pl.DataFrame, thresholds: Thresholds, earlier_accounts: Collection[str] | None = None
) -> pl.DataFrame | None:
    """Return the rows (`MEMBER` columns) of a rest that may be counted, or None.

    Dominant accounts are capped: with n_i conversations of account i, the largest cap c is taken
    for which the counts min(n_i, c) pass G-03 and G-04. Both the largest share and the
    Herfindahl index only grow with c, so the cap is found by bisection. Of a capped account the
    first c conversations by id stay. What is left then passes every rule on counts, or nothing is
    counted.
    """
    counts = rows.group_by("account").len("n")
    if counts.is_empty() or rows["account"].has_nulls():
        return None
    sizes = counts["n"].to_numpy()

    def capped(cap: int) -> TopicFacts:
        left = np.minimum(sizes, cap)
        shares = left / left.sum()
        return TopicFacts(
            topic_id=_REST,
            level=0,
            conversations=int(left.sum()),
            accounts=len(left),
            largest_account_share=float(shares.max()),
            effective_accounts=float(1 / (shares**2).sum()),
        )

    dominance = [rule for rule in COUNT_RULES if rule.id in DOMINANCE]
    caps = range(1, int(sizes.max()) + 1)
    cap = bisect_left(caps, True, key=lambda c: not passed(judge(capped(c), thresholds, dominance)))
    if cap == 0:
        return None
    rank = pl.col("conversation_id").rank("ordinal").over("account")
    left = rows.filter(rank <= cap).select(MEMBER)
    measured = topic_facts(left.with_columns(topic_id=pl.lit(_REST)), earlier_accounts)
    facts = TopicFacts(**measured.row(0, named=True), level=0)
    return left if passed(judge(facts, thresholds, COUNT_RULES)) else None


def rest_of(topic_id: str) -> str:
    """The node of a topic's rest."""
    return _REST + topic_id


def is_rest(node: str) -> bool:
    """True for the node of a rest, which has no name and no cells of its own."""
    return node.startswith(_REST)
