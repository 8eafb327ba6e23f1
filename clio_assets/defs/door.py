"""The audit of a period's topics, and the door: the only writer into the release zone."""

import datetime as dt
import json
from importlib.metadata import version

import dagster as dg
import polars as pl

from clio_assets.config import Settings
from clio_assets.defs.asking import MODEL_POOL, asking, model_cost
from clio_assets.defs.clio import Clio
from clio_assets.defs.earlier_periods import earlier_accounts, named_texts, previous_topics
from clio_assets.defs.partitions import Partitions, next_period
from clio_assets.defs.step import (
    ONE_A_RUN,
    OWNERS,
    PRIVATE,
    RELEASE,
    RELEASE_POOL,
    columns,
    private_count,
    step,
)
from clio_assets.facets.extract import cell_facets
from clio_assets.models.identity import said_by
from clio_assets.models.ledger import model_calls
from clio_assets.privacy import GATE_VERSION
from clio_assets.privacy.audit import audit_topics
from clio_assets.privacy.auditor import AUDITS, audit_names, rules_with_auditor
from clio_assets.privacy.cells import long_facets
from clio_assets.privacy.door import TOPICS, DoorClosed, Opened, Release, open_door
from clio_assets.privacy.rules import RULES
from clio_assets.privacy.usage import released_usage
from clio_assets.privacy.verdicts import VERDICTS, undecided, verdict_table
from clio_assets.release.preview import sizes_plot
from clio_assets.release.versions import conversations_of, keep_version, weigh_version
from clio_assets.storage.duckfile import StorageError
from clio_assets.storage.fingerprint import fingerprint

TEXTS = ["topic_id", "name", "summary"]
AUDITED = [*TEXTS, "level", "parent_id", "named_in"]


def door_assets(partitions: Partitions, settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets of the seventh and eighth step."""
    pool = MODEL_POOL if settings.models.asks else None

    @dg.asset(
        deps=["topics"],
        partitions_def=partitions.period,
        group_name="door",
        kinds={"polars", "duckdb"},
        code_version=GATE_VERSION,
        owners=OWNERS,
        tags=PRIVATE,
        metadata=columns(VERDICTS),
        pool=pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def topic_audit(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a topic and a rule of the gate, with the verdict. Zone: private."""
        period = context.partition_key
        file = clio.layout.period_file(period)
        made_from = audited_input(clio, period)
        tables = {"topic_audit": VERDICTS, "name_audits": AUDITS}
        with file.replacing("topic_audit", made_from, tables) as new:
            if new is not None:
                topics = file.read("topics", AUDITED)
                rules, unaudited = RULES, pl.Series("topic_id", [], pl.String)
                if clio.settings.models.asks:
                    with asking(clio, context.run.run_id, context.partition_key) as ask:
                        audits = audit_names(topics, ask)
                    new.append("name_audits", audits)
                    rules = rules_with_auditor(audits)
                    unaudited = audits.filter(outcome="failed")["topic_id"]
                judged = audit_topics(
                    topics,
                    file.read("topic_members"),
                    _supporting_texts(clio, period),
                    clio.settings.thresholds,
                    earlier_accounts(clio, period),
                    rules,
                    clio.conversation_texts(period),
                    _named_earlier(clio, period, topics),
                )
                verdicts = verdict_table(period, made_from, judged)
                new.append("topic_audit", undecided(verdicts, "G-14", unaudited))
                if len(unaudited):
                    new.lacking = f"+{fingerprint(unaudited=sorted(unaudited))}"
        verdicts = file.read("topic_audit")
        failed = verdicts.filter(~pl.col("passed")).group_by("rule").len().sort("rule")
        return dg.MaterializeResult(
            metadata={
                "unchanged": new is None,
                "topics": verdicts["topic_id"].n_unique(),
                **model_cost(context, clio, "audit"),
                "failed_by_rule": dg.MetadataValue.json(dict(failed.rows())),
            }
        )

    @dg.asset(
        deps=[
            topic_audit,
            # Released in order, so that a report sees every release before its own.
            dg.AssetDep(
                "released_topics",
                partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
            ),
        ],
        partitions_def=partitions.period,
        group_name="door",
        kinds={"polars", "duckdb"},
        code_version=GATE_VERSION,
        owners=OWNERS,
        tags=RELEASE,
        metadata=columns(TOPICS),
        pool=RELEASE_POOL,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def released_topics(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a released topic of the period. Zone: release.

        The door: reads the verdicts stored for exactly these topics, computes the figures again,
        and writes what passed. It raises when a verdict is missing, failed or stale. What was
        released stays as it is (G-19): changed inputs make a new version where G-07 holds between
        the two, and are otherwise counted as late.
        """
        period = context.partition_key
        store = clio.releases
        made_from = release_input(clio, period)
        released_from = store.input_fingerprint(period)
        if released_from != made_from:
            _refuse_another_cadence(store.kinds(), clio.settings.period)
            context.log.info(_publish(clio, period, made_from, released_from))
        row = store.read("released_periods", period).row(0, named=True)
        topics = store.read("released_topics", period)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(topics),
                "released": row["topics"],
                "withheld": row["withheld"],
                "leaf_coverage": row["leaf_coverage"],
                "top_coverage": row["top_coverage"],
                "version": row["version"],
                "unchanged": released_from == row["input_fingerprint"],
                "inputs_changed_after_release": row["input_fingerprint"] != made_from,
                **_late(clio, period, row["input_fingerprint"], made_from),
                "sizes": dg.MetadataValue.md(sizes_plot(topics)),
            }
        )

    return [topic_audit, released_topics]


def audited_input(clio: Clio, period: str) -> str:
    """Names what a verdict was given on: the topics, their texts, the gate and its thresholds."""
    models = clio.settings.models
    file = clio.layout.period_file(period)
    topics = clio.upstream(file, "topics")
    return fingerprint(
        step="topic_audit",
        gate=GATE_VERSION,
        topics=topics,
        # The door takes the verdicts of G-11 and G-12, so they hold for these very texts.
        texts=file.read("topics", TEXTS).sort("topic_id").rows(),
        thresholds=clio.settings.thresholds,
        auditor=said_by(models, "audit") if models.asks else None,
    )


def release_input(clio: Clio, period: str) -> str:
    """Names what a release is made of: what was audited, the facets of its cells, and the topics
    that they may name."""
    return fingerprint(
        audit=audited_input(clio, period),
        facets=clio.upstreams(period, "facets"),
        cells=cell_facets(clio.settings),
        previous=previous_topics(clio, period).rows(),
    )


def model_usage(clio: Clio, period: str) -> pl.DataFrame:
    """What models cost until now: facets are asked for by day, names and audits by period."""
    paid = model_calls(clio.layout.model_calls, sorted({period, *clio.days(period)}))
    return released_usage(period, paid, clio.settings.thresholds.round_to)


def _refuse_another_cadence(released: set[str], wanted: str) -> None:
    """Periods never overlap: a conversation is in exactly one release.

    Raises:
        StorageError: the home holds releases of another kind of period.
    """
    if others := sorted(released - {wanted}):
        raise StorageError(
            f"This home holds releases by {others[0]} and `period` is {wanted}: a conversation "
            "would be released twice. Give the new cadence a `home` of its own."
        )


def _publish(clio: Clio, period: str, made_from: str, released_from: str | None) -> str:
    """Write the first version, or another that G-07 allows beside those published; say which."""
    file = clio.layout.period_file(period)
    release, behind = _open_door(clio, period)
    minimum = clio.settings.thresholds.min_accounts
    candidate = weigh_version(file, made_from, behind, minimum)
    if released_from is not None and conversations_of(file, released_from) is None:
        return "The release stays: no record was kept of whom it counts, so none can be compared."
    if not candidate.publishable:
        why = (
            f"The accounts behind {candidate.too_close} figures would differ from those of a "
            f"published version by fewer than {minimum} (G-07)."
        )
        if released_from is None:
            raise DoorClosed("versions_too_close", f"{period} stays withdrawn. {why}")
        return f"No new version. {why}"
    keep_version(file, candidate, made_from, behind, clio.rows(file, "base_clusters"))
    tables = _tables(clio.settings, period, made_from, candidate.version, release)
    tables["released_model_usage"] = model_usage(clio, period)
    clio.releases.write(period, tables, instead_of=released_from)
    return f"Released {release.topics} topics, version {candidate.version}."


def _late(clio: Clio, period: str, released_from: str, made_from: str) -> dict[str, int | str]:
    """How many conversations came or went since the release, where it stayed as it was."""
    if released_from == made_from:
        return {}
    file = clio.layout.period_file(period)
    counted = conversations_of(file, released_from)
    if counted is None:
        return {}
    return {"late_conversations": private_count(abs(clio.rows(file, "base_clusters") - counted))}


def _supporting_texts(clio: Clio, period: str) -> pl.DataFrame:
    """The facet text that supports the words of a name (G-11): conversation_id, text."""
    return clio.facets(period, ["request"]).rename({"request": "text"})


def _named_earlier(clio: Clio, period: str, topics: pl.DataFrame) -> pl.DataFrame:
    """The same of the periods before, for names that were kept from there."""
    return named_texts(clio, topics.filter(pl.col("named_in") < period))


def _open_door(clio: Clio, period: str) -> Opened:
    file = clio.layout.period_file(period)
    cells = cell_facets(clio.settings)
    topics = file.read("topics")
    return open_door(
        period=period,
        input_fingerprint=audited_input(clio, period),
        verdicts=file.read("topic_audit"),
        topics=topics,
        members=file.read("topic_members"),
        facets=long_facets(clio.facets(period, list(cells)), list(cells)),
        texts=_supporting_texts(clio, period),
        thresholds=clio.settings.thresholds,
        earlier_accounts=earlier_accounts(clio, period),
        noise_key=clio.noise_key,
        sensitive_facets=[name for name, sensitive in cells.items() if sensitive],
        audited=clio.settings.models.asks,
        named_texts=_named_earlier(clio, period, topics),
        previous=previous_topics(clio, period),
    )


def _tables(
    settings: Settings, period: str, made_from: str, number: int, release: Release
) -> dict[str, pl.DataFrame]:
    start = dt.date.fromisoformat(period)
    described = {
        "period": period,
        "period_kind": settings.period,
        "period_start": start,
        "period_end": next_period(settings.period, start),
        "version": number,
        "mode": "gate",
        "profile": settings.profile,
        "counts_unit": "conversations" if settings.source.counts_conversations else "accounts",
        "conversations": release.conversations,
        "leaf_coverage": release.leaf_coverage,
        "top_coverage": release.top_coverage,
        "topics": release.topics,
        "withheld": release.withheld,
        "thresholds": json.dumps(settings.thresholds.model_dump(mode="json"), sort_keys=True),
        "input_fingerprint": made_from,
        "configuration_fingerprint": fingerprint(
            settings=settings.model_dump(
                mode="json", exclude={"home": True, "accounts": True, "schedule": True,
                                      "safety": True, "source": {"path", "opted_out"}}
            )
        ),
        "code_version": version("clio-assets"),
        "gate_version": GATE_VERSION,
    }  # fmt: skip
    return {
        "released_periods": pl.DataFrame([described]),
        "released_topics": release.topics_frame,
        "released_cells": release.cells,
        "released_decisions": release.decisions,
    }
