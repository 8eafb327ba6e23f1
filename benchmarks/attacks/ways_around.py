"""The ways around the gate: what Dagster's blocking checks do not stop, and plain tampering.

Each way is given a pipeline that is audited and not released, does what it does to the first day,
and returns how many rows of the release zone did not come through the gate (ungated.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import dagster as dg

from benchmarks.attacks.ungated import Gated, rows_released, rows_ungated
from clio_assets.defs import checks
from clio_assets.defs.door import audited_input
from clio_assets_tests.defs.pipelines import (
    DAYS,
    FIRST,
    SECOND,
    change,
    definitions_of,
    failed_checks,
    failures,
    launch,
    launch_without_checks,
    materialized,
    started,
    tables_of,
)
from clio_assets_tests.defs.prepared import Pipeline

Way = Callable[[Pipeline], int]

TOPIC_AUDIT = "topic_audit"
DOOR = "released_topics"

BROKEN_AUDITS = {
    "a verdict is missing": (
        "DELETE FROM topic_audit WHERE rule = 'G-03' AND topic_id = "
        "(SELECT min(topic_id) FROM topics)",
        "verdicts_missing",
    ),
    "a topic was not judged": (
        "DELETE FROM topic_audit WHERE topic_id = (SELECT min(topic_id) FROM topics)",
        "verdicts_missing",
    ),
    "no topic was judged": ("DELETE FROM topic_audit", "verdicts_missing"),
    "a verdict could not be computed": (
        "UPDATE topic_audit SET passed = NULL WHERE rule = 'G-13'",
        "verdicts_failed",
    ),
    "given on other topics": (
        "UPDATE topic_audit SET input_fingerprint = '0123456789abcdef'",
        "verdicts_stale",
    ),
    "a name was changed since": (
        "UPDATE topics SET name = 'Cover letters of one person' WHERE level = 0",
        "verdicts_stale",
    ),
    "given on another period": ("UPDATE topic_audit SET period = '2025-09-01'", "verdicts_stale"),
    "given by another gate": ("UPDATE topic_audit SET gate_version = '0'", "verdicts_stale"),
    "given under other thresholds": (
        "UPDATE topic_audit SET requirement = 'at least 1 accounts' WHERE rule = 'G-01'",
        "verdicts_stale",
    ),
    "no audit was made": ("DROP TABLE topic_audit", "`topic_audit`"),
    "members stand twice": ("INSERT INTO topic_members FROM topic_members", "bad_tables"),
}
"""Statement, and what the door says of it."""

A_MISSING_VERDICT = BROKEN_AUDITS["a verdict is missing"][0]


def break_audit(pipeline: Pipeline, statement: str = A_MISSING_VERDICT) -> None:
    """Tamper with the first day's private tables."""
    change(pipeline.clio.layout.period_file(FIRST).path, statement)


def alone_after_a_failed_check(alone: str, pipeline: Pipeline) -> int:
    """The job stops at the failed check; then something downstream is launched by itself."""
    break_audit(pipeline)
    result = launch(pipeline.definitions, FIRST, instance=pipeline.instance)
    _require(failed_checks(result) == {"every_topic_has_every_verdict"}, "the check must fail")
    _require(TOPIC_AUDIT in materialized(result), "the audit stays materialized")
    _require(started(result).isdisjoint({DOOR, "warehouse", "insight_report"}), "the job must stop")
    result = launch(pipeline.definitions, FIRST, alone, instance=pipeline.instance)
    _require(alone in started(result), "Dagster stops it now; the way has to be tried again")
    return rows_released(pipeline, FIRST)


def alone_after_a_check_that_raises(pipeline: Pipeline) -> int:
    """A check that raises stops the job as one that fails does, and what comes later as little."""
    break_audit(pipeline)
    with patch.object(checks, "verdicts_are_complete", _raises):
        raising = definitions_of(pipeline.clio.settings)
    result = launch(raising, FIRST, TOPIC_AUDIT, DOOR, instance=pipeline.instance)
    _require("topic_audit_every_topic_has_every_verdict" in failures(result), "it must raise")
    _require(DOOR not in started(result), "the job must stop")
    launch(pipeline.definitions, FIRST, DOOR, instance=pipeline.instance)
    return rows_released(pipeline, FIRST)


def without_checks(statement: str, pipeline: Pipeline) -> int:
    """`materialize()` of the door, or a job that leaves the checks out."""
    break_audit(pipeline, statement)
    launch_without_checks(pipeline.definitions, FIRST, DOOR, raise_on_error=False)
    return rows_released(pipeline, FIRST)


def checks_that_warn(pipeline: Pipeline) -> int:
    """Every check's severity is WARN: nothing of the job is stopped by one."""
    break_audit(pipeline)
    with _checks_made(blocking=False):
        warning = definitions_of(pipeline.clio.settings)
    result = launch(warning, FIRST, TOPIC_AUDIT, DOOR)
    _require(DOOR in started(result), "a warning must not stop the job")
    return rows_released(pipeline, FIRST)


def under_other_thresholds(pipeline: Pipeline) -> int:
    """Verdicts given under strict thresholds, released under loose ones."""
    loose = pipeline.clio.settings.privacy.internal.model_copy(update={"min_accounts": 2})
    settings = pipeline.clio.settings
    privacy = settings.privacy.model_copy(update={"internal": loose})
    definitions = definitions_of(settings.model_copy(update={"privacy": privacy}))
    launch_without_checks(definitions, FIRST, DOOR, raise_on_error=False)
    return rows_released(pipeline, FIRST)


def over_two_days(pipeline: Pipeline) -> int:
    """One run over a range would store one verdict, for no day."""
    break_audit(pipeline)
    tags = {
        "dagster/asset_partition_range_start": FIRST,
        "dagster/asset_partition_range_end": SECOND,
    }
    result = pipeline.definitions.resolve_job_def("daily").execute_in_process(
        tags=tags,
        raise_on_error=False,
        asset_selection=[dg.AssetKey(TOPIC_AUDIT), dg.AssetKey(DOOR)],
    )
    _require(not materialized(result), "a run over several days is refused")
    return rows_released(pipeline, FIRST) + rows_released(pipeline, SECOND)


def by_a_condition(pipeline: Pipeline, *, partitioned: bool) -> int:
    """`all_deps_blocking_checks_passed`: with our checks, and with ones that know no day.

    Of those without a partition the latest day's verdict launches every day; that is why ours have
    one.
    """
    break_audit(pipeline)
    definitions = pipeline.definitions
    if not partitioned:
        with _checks_made(partitions_def=None):
            definitions = definitions_of(pipeline.clio.settings)
    instance = pipeline.instance
    for day in DAYS:
        launch(definitions, day, TOPIC_AUDIT, instance=instance)
    passed = dg.AutomationCondition.all_deps_blocking_checks_passed()
    watched = definitions.map_resolved_asset_specs(
        func=lambda spec: spec.replace_attributes(
            deps=[TOPIC_AUDIT], automation_condition=dg.AutomationCondition.missing() & passed
        ),
        selection=f"key:{DOOR}",
    )
    result = dg.evaluate_automation_conditions(defs=watched, instance=instance)
    requested = result.get_requested_partitions(dg.AssetKey(DOOR))
    expected = set(DAYS) - {FIRST} if partitioned else set(DAYS)
    _require(requested == expected, f"the condition launches {sorted(map(str, requested))}")
    for day in sorted(map(str, requested)):
        launch(definitions, day, DOOR, instance=instance)
    _require(rows_released(pipeline, SECOND) > 0, "a day whose check passed is released")
    return rows_released(pipeline, FIRST)


def with_forged_verdicts(tamper: str, pipeline: Pipeline) -> int:
    """Every verdict says yes, and the tables beneath it were changed.

    The forger knows the code, so the verdicts are those of the changed tables, and what an honest
    audit says of those is what may be released.
    """
    file = pipeline.clio.layout.period_file(FIRST)
    change(file.path, tamper, "DELETE FROM _steps WHERE step = 'topic_audit'")
    launch(pipeline.definitions, FIRST, "topic_audit")
    gated = Gated.of(pipeline, FIRST)
    change(file.path, "UPDATE topic_audit SET passed = true")
    current = audited_input(pipeline.clio, FIRST)
    change(file.path, ("UPDATE topic_audit SET input_fingerprint = ?", [current]))
    launch_without_checks(pipeline.definitions, FIRST, DOOR, raise_on_error=False)
    return rows_ungated(pipeline, FIRST, gated)


SMALLEST = "(SELECT arg_min(topic_id, conversations) FROM topics WHERE level = 0)"
LARGEST = "(SELECT arg_max(topic_id, conversations) FROM topics WHERE level = 0)"
TAMPERED = {
    "topics that failed": "SELECT 1",
    "a topic cut to a few accounts": f"DELETE FROM topic_members WHERE topic_id = {LARGEST} AND "  # noqa: S608
    f"account NOT IN (SELECT min(account) FROM topic_members GROUP BY topic_id)",
    "a topic of one account": "UPDATE topic_members SET account = 'one' "  # noqa: S608
    f"WHERE topic_id = {LARGEST}",
    "a name with an address": "UPDATE topics SET name = 'Letters to jo@example.org' "  # noqa: S608
    f"WHERE topic_id = {LARGEST}",
    "a topic made of a smaller one": "UPDATE topic_members SET topic_id = NULL "  # noqa: S608
    f"WHERE topic_id = {SMALLEST} AND hash(conversation_id) % 2 = 0",
}
"""What is done to the private tables beside forging the verdicts."""


def past_a_failed_dbt_test(pipeline: Pipeline) -> int:
    """A figure that breaks G-10 is written into the releases; dbt's tests know no day.

    The published warehouse and the report stay as they were.
    """
    gated = Gated.of(pipeline, FIRST)
    result = launch(pipeline.definitions, FIRST, DOOR, "warehouse", "insight_report")
    _require(result.success, "the day must be released first")
    layout = pipeline.clio.layout
    published = tables_of(layout.warehouse)
    change(layout.releases, "UPDATE released_topics SET conversations = 7")
    launch(pipeline.definitions, FIRST, "warehouse", "insight_report")
    launch(pipeline.definitions, FIRST, "insight_report")
    now = tables_of(layout.warehouse)
    changed = sum(len(set(rows) - set(published[table])) for table, rows in now.items())
    later_bundles = len(list(layout.bundles.glob("*/v*"))) - 1
    return changed + later_bundles + rows_ungated(pipeline, FIRST, gated)


WAYS: dict[str, Way] = {
    **{
        f"{alone} alone, after a failed check": partial(alone_after_a_failed_check, alone)
        for alone in ("insight_report", "warehouse", DOOR)
    },
    "released_topics alone, after a check that raises": alone_after_a_check_that_raises,
    **{
        f"without the checks: {told}": partial(without_checks, statement)
        for told, (statement, _) in BROKEN_AUDITS.items()
    },
    "checks that only warn": checks_that_warn,
    "released under other thresholds than audited": under_other_thresholds,
    "one run over two days": over_two_days,
    "a condition on the checks": partial(by_a_condition, partitioned=True),
    "a condition on checks without partitions": partial(by_a_condition, partitioned=False),
    **{
        f"forged verdicts: {told}": partial(with_forged_verdicts, statement)
        for told, statement in TAMPERED.items()
    },
    "past a failed test of dbt": past_a_failed_dbt_test,
}
"""The rows of the table in docs/privacy.md, "Checks and door double each other", and more."""


@contextmanager
def _checks_made(**otherwise: Any) -> Iterator[None]:
    """Make every check of our own with other arguments."""
    made = checks._check

    def other(
        asset: str, name: str, look: Any, partitions_def: Any, *, blocking: bool = True
    ) -> Any:
        usual = {"partitions_def": partitions_def, "blocking": blocking}
        return made(asset, name, look, **(usual | otherwise))

    with patch.object(checks, "_check", other):
        yield


def _raises(*_: object) -> checks.Outcome:
    raise RuntimeError("cannot look")


def _require(holds: bool, why: str) -> None:
    """Refuse to count a way that was not tried as it says."""
    if not holds:
        raise RuntimeError(f"This is no longer a way around the gate: {why}.")
