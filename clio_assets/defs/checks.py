"""What must hold of each partition before anything downstream materializes.

The checks take no asset as input: they query storage by partition key. They are doubled by the
door, which re-reads the verdicts itself, because a check stops only what runs in the same run
(docs/privacy.md).
"""

from collections.abc import Callable
from typing import Any

import dagster as dg
import polars as pl

from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import private_count, told_safely
from clio_assets.privacy.lineage import CAME_FROM

MOST_QUARANTINED = 0.30
WORTH_A_LOOK = 0.01

Outcome = tuple[bool, dict[str, Any]]


def build_checks(partitions: Partitions) -> list[dg.AssetChecksDefinition]:
    """Every check of our own; dbt's tests come with its models."""
    daily, period = partitions.daily, partitions.period
    return [
        _check("raw_conversations", "rows_accounted_for", rows_accounted_for, daily),
        _check("raw_conversations", "quarantine_is_small", quarantine_is_small, daily),
        _check("conversations", "opted_out_are_absent", opted_out_are_absent, daily),
        _check("facets", "every_conversation_has_facets", facets_are_complete, daily),
        _check("facets", "enough_are_answered", enough_are_answered, daily),
        _check("facets", "one_model_has_answered", one_model_has_answered, daily),
        _check("embeddings", "every_request_has_a_unit_vector", vectors_are_unit, daily),
        _check("base_clusters", "every_conversation_in_one_cluster", clusters_are_complete, period),
        _check("topics", "members_add_up", members_add_up, period),
        _check("topics", "names_differ", names_differ, period),
        _check("topic_audit", "every_topic_has_every_verdict", verdicts_are_complete, period),
        _check("released_topics", "k_anonymity", topics_are_k_anonymous, period),
        _check("released_topics", "cells_k_anonymity", cells_are_k_anonymous, period),
        _check("released_topics", "texts_are_clean", texts_are_clean, period),
        _check("released_topics", "coverage", coverage_is_useful, period, blocking=False),
    ]


def _check(
    asset: str,
    name: str,
    look: Callable[[Clio, str], Outcome],
    partitions_def: dg.PartitionsDefinition,
    *,
    blocking: bool = True,
) -> dg.AssetChecksDefinition:
    severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN

    @dg.asset_check(
        asset=asset,
        name=name,
        description=look.__doc__,
        blocking=blocking,
        partitions_def=partitions_def,
    )
    def check(
        context: dg.AssetCheckExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.AssetCheckResult:
        with told_safely():
            passed, metadata = look(clio, context.partition_key)
        return dg.AssetCheckResult(passed=passed, severity=severity, metadata=metadata)

    return check


def rows_accounted_for(clio: Clio, day: str) -> Outcome:
    """Rows in = accepted + quarantined."""
    row = clio.layout.day(day).query(
        "SELECT (SELECT coalesce(sum(rows_in), 0) FROM rows_read) - "
        "(SELECT count(*) FROM raw_conversations) - (SELECT count(*) FROM quarantine) AS lost"
    )
    lost = int(row.item())
    return lost == 0, {"lost": private_count(lost)}


def quarantine_is_small(clio: Clio, day: str) -> Outcome:
    """Less than 30 % of the rows are in quarantine (F22)."""
    accepted, refused = clio.layout.day(day).query(
        "SELECT (SELECT count(*) FROM raw_conversations), (SELECT count(*) FROM quarantine)"
    ).row(0)  # fmt: skip
    share = refused / (accepted + refused) if refused else 0.0
    return share < MOST_QUARANTINED, {
        "quarantined_share": round(share, 3),
        "worth_a_look": share > WORTH_A_LOOK,
    }


def opted_out_are_absent(clio: Clio, day: str) -> Outcome:
    """No conversation of an opted-out account is left."""
    from clio_assets.conversations.normalising import read_opted_out

    opted_out = read_opted_out(clio.settings.source.opted_out, clio.pseudonym)
    accounts = set(clio.layout.day(day).read("conversations", ["account"])["account"])
    return not (opted_out & accounts), {"opted_out_accounts": private_count(len(opted_out))}


def facets_are_complete(clio: Clio, day: str) -> Outcome:
    """Each conversation has one outcome, and facets with a request exactly where that is ok."""
    row = (
        clio.layout.day(day)
        .query(
            """
        SELECT
          (SELECT count(*) FROM conversations ANTI JOIN facet_outcomes USING (conversation_id))
            AS without_outcome,
          (SELECT count(*) - count(DISTINCT conversation_id) FROM facet_outcomes) AS doubled,
          (SELECT count(*) FROM facets AS f FULL JOIN
             (FROM facet_outcomes WHERE outcome = 'ok') AS o USING (conversation_id)
           WHERE f.request IS NULL OR f.request = '' OR o.outcome IS NULL) AS unequal
        """
        )
        .row(0, named=True)
    )
    return not any(row.values()), {name: private_count(n) for name, n in row.items()}


def enough_are_answered(clio: Clio, day: str) -> Outcome:
    """Of the conversations that enter, models answered for `models.min_answered` or more (F22)."""
    entered, answered, refused = clio.layout.day(day).query(
        "SELECT count(*), count(*) FILTER (outcome = 'ok'), "
        "count(*) FILTER (outcome = 'refused') FROM facet_outcomes WHERE outcome <> 'screened'"
    ).row(0)  # fmt: skip
    share = answered / entered if entered else 1.0
    return share >= clio.settings.models.min_answered, {
        "answered_share": round(share, 3),
        "refused": private_count(refused),
        "unanswered": private_count(entered - answered - refused),
        "way_out": "Materialize `facets` again: only what was not answered is asked.",
    }


def one_model_has_answered(clio: Clio, day: str) -> Outcome:
    """No day's answers come from two models, unless `models.allow_mixed_models` (F21)."""
    models = clio.layout.day(day).query(
        "SELECT DISTINCT model, prompt_version FROM facet_outcomes "
        "WHERE model IS NOT NULL AND outcome IN ('ok', 'screened') ORDER BY ALL"
    )
    told = [f"{model}, prompt {prompt}" for model, prompt in models.rows()]
    mixed = models["model"].n_unique() > 1
    return not mixed or clio.settings.models.allow_mixed_models, {
        "answered_by": told,
        "way_out": "Materialize `facets` again: what the former model answered is asked again. Or "
        "set `models.allow_mixed_models`.",
    }


def vectors_are_unit(clio: Clio, day: str) -> Outcome:
    """Each conversation has exactly one vector, of length one."""
    expected, rows, found = clio.layout.day(day).query(
        "SELECT (SELECT count(*) FROM facets), count(*), count(DISTINCT conversation_id) "
        "FILTER (abs(list_dot_product(vector::FLOAT[], vector::FLOAT[]) - 1) < 1e-3) "
        "FROM embeddings"
    ).row(0)  # fmt: skip
    return expected == rows == found, {"missing": private_count(expected - found)}


def clusters_are_complete(clio: Clio, period: str) -> Outcome:
    """Each conversation of the period's days is in exactly one base cluster."""
    expected = sum(clio.rows(clio.layout.day(day), "embeddings") for day in clio.days(period))
    rows, ids = clio.layout.period_file(period).query(
        "SELECT count(*), count(DISTINCT conversation_id) FROM base_clusters"
    ).row(0)  # fmt: skip
    return rows == ids == expected, {"missing": private_count(expected - ids)}


def members_add_up(clio: Clio, period: str) -> Outcome:
    """Leaves hold each conversation once, and a parent holds what its leaves hold."""
    row = (
        clio.layout.period_file(period)
        .query(
            """
        SELECT
          (SELECT count(*) FROM base_clusters) - (SELECT count(*) FROM topic_members) AS missing,
          (SELECT count(*) FROM topic_members) - (SELECT count(DISTINCT conversation_id)
                                                  FROM topic_members) AS doubled,
          (SELECT count(*) FROM topics AS parent WHERE level > 0 AND conversations <>
             (SELECT sum(leaf.conversations) FROM topics AS leaf
              WHERE leaf.parent_id = parent.topic_id)) AS unequal_parents
        """
        )
        .row(0, named=True)
    )
    return not any(row.values()), {name: private_count(n) for name, n in row.items()}


def names_differ(clio: Clio, period: str) -> Outcome:
    """No two topics of a level have the same name."""
    same = clio.layout.period_file(period).query(
        "SELECT count(name) - count(DISTINCT (level, lower(name))) FROM topics WHERE name <> ''"
    ).item()  # fmt: skip
    return same == 0, {"repeated": int(same)}


def verdicts_are_complete(clio: Clio, period: str) -> Outcome:
    """Each topic has one verdict of each rule, given on exactly these topics."""
    from clio_assets.defs.door import audited_input
    from clio_assets.privacy.verdicts import requirements

    asked = requirements(clio.settings.thresholds, audited=clio.settings.models.asks)
    missing = clio.layout.period_file(period).query(
        "SELECT (SELECT count(*) FROM topics) * ? - (SELECT count(*) FROM topic_audit "
        "WHERE input_fingerprint = ? AND passed IS NOT NULL)",
        [len(asked), audited_input(clio, period)],
    ).item()  # fmt: skip
    return missing == 0, {"missing": int(missing)}


def topics_are_k_anonymous(clio: Clio, period: str) -> Outcome:
    """G-01 to G-03 and G-06 of each released leaf, counted again from the members in SQL."""
    if changed := _changed_after_release(clio, period):
        return True, changed
    released = clio.releases.read("released_topics", period).filter(level=0)["topic_id"]
    limits = clio.settings.thresholds
    counted = clio.layout.period_file(period).query(
        """
        WITH held AS (
          SELECT topic_id, account, count(*) AS n FROM topic_members GROUP BY ALL
        )
        SELECT topic_id FROM held GROUP BY topic_id
        HAVING count(*) >= ? AND sum(n) >= ? AND max(n) <= ? * sum(n)
        INTERSECT
        SELECT topic_id FROM topic_members GROUP BY topic_id HAVING count(DISTINCT source) >= ?
        """,
        [
            limits.min_accounts,
            limits.min_conversations,
            limits.max_account_share,
            limits.min_accounts,
        ],
    )
    broken = set(released) - set(counted["topic_id"])
    return not broken, {"broken": len(broken)}


def cells_are_k_anonymous(clio: Clio, period: str) -> Outcome:
    """G-09 of each released cell of a leaf, counted again; no topic comes from a withheld one."""
    if changed := _changed_after_release(clio, period):
        return True, changed
    released = clio.releases.read("released_cells", period)
    leaves = clio.releases.read("released_topics", period).filter(level=0)["topic_id"]
    limits = clio.settings.thresholds.cell
    members = clio.layout.period_file(period).read("topic_members")
    broken = 0
    for facet in released["facet"].unique():
        values = _values(clio, period, facet, members)
        good = (
            members.join(values, on="conversation_id")
            .group_by("topic_id", "value", "account")
            .len("n")
            .group_by("topic_id", "value")
            .agg(pl.len().alias("accounts"), pl.col("n").sum(), pl.col("n").max().alias("most"))
            .filter(
                pl.col("accounts") >= limits.min_accounts,
                pl.col("n") >= limits.min_conversations,
                pl.col("most") <= limits.max_account_share * pl.col("n"),
            )
        )
        mine = released.filter(pl.col("topic_id").is_in(leaves.implode()), facet=facet)
        broken += mine.join(good, on=["topic_id", "value"], how="anti").height
    return broken == 0, {"broken": broken}


def _values(clio: Clio, period: str, facet: str, members: pl.DataFrame) -> pl.DataFrame:
    from clio_assets.defs.earlier_periods import previous_topics

    if facet == CAME_FROM:
        named = previous_topics(clio, period)["topic_id"]
        held = members.filter(pl.col(facet).is_in(named.implode()))
    else:
        held = clio.facets(period, [facet])
    return held.select("conversation_id", value=pl.col(facet).cast(str))


def texts_are_clean(clio: Clio, period: str) -> Outcome:
    """G-13, G-14: the scan finds nothing in any released string, an outsider objects to none."""
    from clio_assets.privacy.outsider.objections import objections
    from clio_assets.privacy.scan import scan

    topics = clio.releases.read("released_topics", period)
    cells = clio.releases.read("released_cells", period)
    values = cells.filter(pl.col("facet") != CAME_FROM)["value"].unique()
    texts = [*topics["name"], *topics["summary"], *values]
    hits = sum(bool(scan(text)) for text in texts)
    named = topics.select("name", "summary").iter_rows()
    objected = sum(bool(objections(*both)) for both in named)
    return hits + objected == 0, {"hits": hits, "objections": objected}


def coverage_is_useful(clio: Clio, period: str) -> Outcome:
    """Released leaves cover 70 % of the conversations; below, a longer period would do better."""
    row = clio.releases.read("released_periods", period).row(0, named=True)
    advice = {"day": "week", "week": "month", "month": "month, with more conversations"}
    enough = row["leaf_coverage"] >= clio.settings.thresholds.min_coverage
    metadata: dict[str, Any] = {"leaf_coverage": row["leaf_coverage"]}
    if not enough:
        metadata["advice"] = f"Try `period: {advice[clio.settings.period]}`."
    return enough, metadata


def _changed_after_release(clio: Clio, period: str) -> dict[str, Any]:
    """Not empty where today's members are not those the release counted: it stays as it was."""
    from clio_assets.defs.door import release_input

    if clio.releases.input_fingerprint(period) == release_input(clio, period):
        return {}
    return {"not_counted_again": "The inputs changed after the release, which stays (G-19)."}
