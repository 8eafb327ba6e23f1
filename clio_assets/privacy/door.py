"""The door: the only way from private tables to the frames of a release. It opens or it raises.

It trusts nothing that can be computed again. Verdicts must stand for this period, this input,
this gate and these thresholds; the rules on counts, the scan of every text and the cells are
computed anew from the members, and a topic on which the two disagree is withheld.

What comes out is a fixed set of columns about topics: no conversation, no account, one point of
the map a topic (G-16).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from clio_assets.privacy import GATE_VERSION
from clio_assets.privacy.cells import CELLS, quieted, released_cells
from clio_assets.privacy.facts import topic_facts
from clio_assets.privacy.figures import coverage, percent
from clio_assets.privacy.lineage import CAME_FROM, lineage, told_origins
from clio_assets.privacy.name_support import NameSupport
from clio_assets.privacy.outsider.objections import objections
from clio_assets.privacy.perturbation import Perturbation
from clio_assets.privacy.placement import PERIOD, Placement, is_rest, place
from clio_assets.privacy.published import published_accounts, published_conversations
from clio_assets.privacy.rules import (
    COUNT_RULES,
    TopicFacts,
    g13_clean_text,
    g14_nothing_to_object_to,
    g15_sensitive_topic,
    judge,
    passed,
)
from clio_assets.privacy.scan import scan
from clio_assets.privacy.sensitive import sensitive_topics
from clio_assets.privacy.thresholds import Thresholds
from clio_assets.privacy.verdicts import requirements
from clio_assets.privacy.versions import accounts_behind

TOPICS: dict[str, pl.DataType] = {
    "period": pl.String(),
    "topic_id": pl.String(),
    "level": pl.Int32(),
    "parent_id": pl.String(),
    "name": pl.String(),
    "summary": pl.String(),
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "share": pl.Float64(),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "status": pl.String(),
    "first_period": pl.String(),
}
DECISIONS: dict[str, pl.DataType] = {
    "period": pl.String(),
    "topic_id": pl.String(),
    "rule": pl.String(),
    "requirement": pl.String(),
    "decision": pl.String(),
}


class DoorClosed(RuntimeError):  # noqa: N818 - it is a state of the door
    """Nothing is released. `code` is for machines; the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


@dataclass(frozen=True)
class Release:
    """Everything that leaves the private zone for one period.

    topics_frame, cells, decisions: ordered frames with the columns of `TOPICS`, `cells.CELLS`
        (after the period) and `DECISIONS`.
    conversations: what is counted anywhere in the release, the sum of its finest figures.
    leaf_coverage, top_coverage: fractions of the period's conversations in released leaves, and
        in any released topic.
    topics: the number of released leaves. withheld: at most so many topics of any level are not
        released, a multiple of `round_to`.
    """

    topics_frame: pl.DataFrame
    cells: pl.DataFrame
    decisions: pl.DataFrame
    conversations: int
    leaf_coverage: float
    top_coverage: float
    topics: int
    withheld: int


class Opened(NamedTuple):
    """A release, and who stands behind its figures, which stays private (`versions.BEHIND`)."""

    release: Release
    behind: pl.DataFrame


def open_door(
    *,
    period: str,
    input_fingerprint: str,
    verdicts: pl.DataFrame,
    topics: pl.DataFrame,
    members: pl.DataFrame,
    facets: pl.DataFrame,
    texts: pl.DataFrame,
    thresholds: Thresholds,
    earlier_accounts: Iterable[str] | None = None,
    noise_key: bytes | None,
    sensitive_facets: Collection[str] = (),
    audited: bool = False,
    named_texts: pl.DataFrame | None = None,
    previous: pl.DataFrame | None = None,
) -> Opened:
    """Return what may be released of one period; an empty release is a valid one.

    verdicts: as `verdicts.VERDICTS`, of every topic. topics: the private table of the period.
    members: conversation_id, account, topic_id (leaf or null), came_from (null or the leaf of the
    period before that would have held it), one row a conversation of the period.
    facets: conversation_id, facet, value. texts: conversation_id, text, the facet text
    that supports the words of a name. earlier_accounts: accounts of earlier periods,
    needed where G-05 is on. noise_key: what counts are perturbed by (G-10); None only rounds them.
    audited: the verdicts of G-14 are a model's as well. previous: the topics of the release before
    (topic_id, level, name, summary), None where there is none. named_texts: topic_id, account, text
    of the periods that topics have kept their names from.

    Raises:
        DoorClosed: verdicts are missing, could not be computed or are stale, or the tables
            contradict each other.
    """
    earlier = None if earlier_accounts is None else frozenset(earlier_accounts)
    _check_tables(topics, members, facets)
    asked = requirements(thresholds, audited=audited)
    good = _passed_topics(verdicts, topics, period, input_fingerprint, asked)
    good = _still_clean(topics, good)
    sensitive = _sensitive(topics)
    support = NameSupport(topics, texts, named_texts, thresholds.term_accounts)
    placement = _place_what_stands(topics, members, good, sensitive, support, thresholds, earlier)
    told = Perturbation(thresholds.round_to, noise_key)
    counts = published_conversations(placement, told, thresholds)
    accounts = published_accounts(placement, told, thresholds)
    shown = _topic_rows(period, topics, placement, counts, accounts)
    origins = set() if previous is None else told_origins(previous)
    facets = pl.concat([facets, lineage(members, placement.topics, origins)])
    facets = quieted(placement, facets, sensitive)
    cells = released_cells(placement, facets, counts, told, thresholds, sensitive_facets, origins)
    leaf, top = coverage(placement, len(members))
    release = Release(
        topics_frame=shown,
        cells=cells.select(pl.lit(period).alias("period"), *CELLS),
        decisions=_decisions(period, placement, thresholds, asked),
        conversations=counts[PERIOD],
        leaf_coverage=leaf,
        top_coverage=top,
        topics=shown.filter(pl.col("level") == 0).height,
        withheld=_at_most(topics.height - shown.height, thresholds.round_to),
    )
    return Opened(release, accounts_behind(placement, facets, cells))


def _at_most(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _check_tables(topics: pl.DataFrame, members: pl.DataFrame, facets: pl.DataFrame) -> None:
    levels = dict(topics.select("topic_id", "level").iter_rows())
    parents = topics.select("topic_id", "parent_id").drop_nulls().iter_rows()
    wrong = {
        "a topic stands twice or has no id or level": len(levels) != topics.height
        or None in levels
        or None in levels.values(),
        "a topic has the id of the whole period or of a rest": any(
            topic == PERIOD or not topic or is_rest(topic) for topic in levels
        ),
        "a parent is missing or not above its child": any(
            parent not in levels or levels[parent] <= levels[topic] for topic, parent in parents
        ),
        "a conversation stands twice or has no id": members["conversation_id"].has_nulls()
        or members["conversation_id"].is_duplicated().any(),
        "it is not known where the conversations come from": CAME_FROM not in members.columns,
        "a facet is called as the lineage is": (facets["facet"] == CAME_FROM).any(),
    }
    if found := [text for text, is_so in wrong.items() if is_so]:
        raise DoorClosed(
            "bad_tables",
            f"The period's tables contradict themselves: {'; '.join(found)}. Materialize "
            "`topics` and what follows again.",
        )


def _passed_topics(
    verdicts: pl.DataFrame,
    topics: pl.DataFrame,
    period: str,
    input_fingerprint: str,
    asked: dict[str, str],
) -> set[str]:
    """Topics whose stored verdicts on all that is `asked` are there, current and good."""
    judged = verdicts.filter(pl.col("topic_id").is_in(topics["topic_id"].implode()))
    per_topic = judged.group_by("topic_id").agg(pl.col("rule").unique())
    complete = {topic for topic, rules in per_topic.iter_rows() if set(rules) >= asked.keys()}
    if missing := topics.height - len(complete):
        raise DoorClosed(
            "verdicts_missing",
            f"{missing} topics of {period} have no complete verdict. Materialize `topic_audit` "
            "for this period, then the release.",
        )
    if judged["passed"].has_nulls():
        raise DoorClosed(
            "verdicts_failed",
            f"Some verdicts of {period} could not be computed. Materialize `topic_audit` again.",
        )
    wanted = pl.col("rule").replace_strict(asked, default=pl.col("requirement"))
    current = (
        pl.col("period").eq_missing(pl.lit(period))
        & pl.col("input_fingerprint").eq_missing(pl.lit(input_fingerprint))
        & pl.col("gate_version").eq_missing(pl.lit(GATE_VERSION))
        & pl.col("requirement").eq_missing(wanted)
    )
    if not judged.select(current.all()).item():
        raise DoorClosed(
            "verdicts_stale",
            f"The verdicts of {period} were given on other data, by another version of the gate "
            "or under other thresholds. Materialize `topic_audit` again.",
        )
    return complete - set(judged.filter(~pl.col("passed"))["topic_id"])


def _still_clean(topics: pl.DataFrame, good: set[str]) -> set[str]:
    """Topics among `good` whose texts pass G-13 and G-14's rules when they are read again."""
    texts = topics.filter(pl.col("topic_id").is_in(good)).select("topic_id", "name", "summary")
    return {topic_id for topic_id, name, summary in texts.iter_rows() if _clean(name, summary)}


def _clean(name: str | None, summary: str | None) -> bool:
    try:
        hits = tuple(hit.kind for text in (name, summary) for hit in scan(text or ""))
        objected = objections(name or "", summary or "")
    except Exception:  # G-18
        return False
    facts = TopicFacts(
        "", 0, None, None, None, None, name=name, summary=summary, scan_hits=hits,
        objections=objected,
    )  # fmt: skip
    return passed(judge(facts, Thresholds(), [g13_clean_text, g14_nothing_to_object_to]))


def _sensitive(topics: pl.DataFrame) -> set[str]:
    """Topics whose names or summaries tell of something sensitive (G-15)."""
    try:
        return sensitive_topics(topics)
    except Exception:  # G-18: what could not be looked at is held to be
        return set(topics["topic_id"])


def _place_what_stands(
    topics: pl.DataFrame,
    members: pl.DataFrame,
    good: set[str],
    sensitive: set[str],
    support: NameSupport,
    thresholds: Thresholds,
    earlier: frozenset[str] | None,
) -> Placement:
    """Place, judge every released topic on what it publishes, withhold what fails, repeat.

    From the lowest level that fails: its parent may be good once it is gone.
    """
    levels = dict(topics.select("topic_id", "level").iter_rows())
    while True:
        placement = place(topics, members, good, thresholds, earlier)
        failed = _failing(placement, sensitive, thresholds, earlier)
        failed |= support.lacking(placement)
        if not failed:
            return placement
        lowest = min(levels[topic] for topic in failed)
        good = good - {topic for topic in failed if levels[topic] == lowest}


def _failing(
    placement: Placement,
    sensitive: set[str],
    thresholds: Thresholds,
    earlier: frozenset[str] | None,
) -> set[str]:
    rules = (*COUNT_RULES, g15_sensitive_topic)
    standing = set()
    for row in topic_facts(placement.published(), earlier).iter_rows(named=True):
        facts = TopicFacts(**row, level=0, sensitive=row["topic_id"] in sensitive)
        if passed(judge(facts, thresholds, rules)):
            standing.add(facts.topic_id)
    return set(placement.topics) - standing


def _topic_rows(
    period: str,
    topics: pl.DataFrame,
    placement: Placement,
    counts: dict[str, int],
    accounts: dict[str, int],
) -> pl.DataFrame:
    figures = pl.DataFrame(
        [
            (topic, None if (parent := placement.parents[topic]) == PERIOD else parent,
             counts[topic], accounts[topic], percent(counts[topic], counts[PERIOD]))
            for topic in placement.topics
        ],
        schema={name: TOPICS[name] for name in
                ("topic_id", "parent_id", "conversations", "accounts", "share")},
        orient="row",
    )  # fmt: skip
    described = topics.select(
        pl.col(name).cast(TOPICS[name])
        for name in ("topic_id", "level", "name", "summary", "x", "y", "status", "first_period")
    )
    return (
        figures.join(described, on="topic_id")
        .with_columns(pl.lit(period).alias("period"))
        .select(pl.col(name).cast(kind) for name, kind in TOPICS.items())
        .sort("level", "topic_id", descending=[True, False])
    )


def _decisions(
    period: str, placement: Placement, thresholds: Thresholds, asked: dict[str, str]
) -> pl.DataFrame:
    """What each released topic passed: the rules on it, and those on how it is published."""
    cell = thresholds.cell
    passed_rules = asked | {
        "G-07": f"the accounts of any other version's figure differ by none or by "
        f"{thresholds.min_accounts}",
        "G-08": f"no single hidden topic beneath; hidden ones hold {thresholds.min_accounts} "
        "accounts together",
        "G-09": f"cells of {cell.min_conversations} conversations, {cell.min_accounts} accounts, "
        f"none above {cell.max_account_share:.0%}",
        "G-10": f"counts perturbed by at most {thresholds.round_to} and rounded to it, parents "
        "are sums",
    }
    rows = [
        (period, topic, rule, requirement, "passed")
        for topic in placement.topics
        for rule, requirement in sorted(passed_rules.items())
    ]
    return pl.DataFrame(rows, schema=DECISIONS, orient="row")
