"""A-8: what Dagster does after a failed check, and that the door and its data hold all the same.

The rows of the table "what blocking checks do and do not stop" (docs/privacy.md), the one that
matters most first: what lies downstream, launched alone later, runs.
"""

from __future__ import annotations

import json

import dagster as dg
import polars as pl
import pytest

from clio_assets.defs import checks, warehouse
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    change,
    failed_checks,
    failures,
    launch,
    launch_without_checks,
    materialized,
    release_zone,
    started,
    tables_of,
)

pytestmark = pytest.mark.platform

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
    "given on another period": ("UPDATE topic_audit SET period = '2025-09-01'", "verdicts_stale"),
    "given by another gate": ("UPDATE topic_audit SET gate_version = '0'", "verdicts_stale"),
    "given under other thresholds": (
        "UPDATE topic_audit SET requirement = 'at least 1 accounts' WHERE rule = 'G-01'",
        "verdicts_stale",
    ),
}
SEEN_BY_THE_CHECK = [statement for statement, _ in BROKEN_AUDITS.values()][:5]
"""It knows verdicts by their input's fingerprint; the door looks at every column."""

broken_audits = pytest.mark.parametrize(
    ("statement", "code"), list(BROKEN_AUDITS.values()), ids=list(BROKEN_AUDITS)
)
A_MISSING_VERDICT = BROKEN_AUDITS["a verdict is missing"][0]


def break_audit(pipeline: Pipeline, statement: str) -> None:
    change(pipeline.clio.layout.period_file(FIRST).path, statement)


def after_a_failed_check(audited: Pipeline, copied: Copy) -> Pipeline:
    """A day whose blocking check of the audit has failed in a run of the whole job."""
    pipeline = copied(audited)
    break_audit(pipeline, A_MISSING_VERDICT)
    result = launch(pipeline.definitions, FIRST, instance=pipeline.instance)
    assert not result.success
    assert failed_checks(result) == {"every_topic_has_every_verdict"}
    assert "topic_audit" in materialized(result)
    assert started(result).isdisjoint({"released_topics", "warehouse", "insight_report"})
    assert release_zone(pipeline.clio.layout) == {}
    return pipeline


@pytest.mark.parametrize("alone", ["insight_report", "warehouse", "released_topics"])
def test_what_is_launched_alone_after_a_failed_check_finds_nothing(
    audited: Pipeline, copied: Copy, alone: str
) -> None:
    pipeline = after_a_failed_check(audited, copied)
    result = launch(pipeline.definitions, FIRST, alone, instance=pipeline.instance)
    assert alone in started(result), "Dagster stops it now; the table has to be tried again"
    assert not result.success
    assert release_zone(pipeline.clio.layout) == {}


@broken_audits
def test_the_door_stays_closed_without_the_checks(
    audited: Pipeline, copied: Copy, statement: str, code: str
) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, statement)
    with pytest.raises(dg.Failure, match=code) as refused:
        launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    assert refused.value.allow_retries is False
    assert release_zone(pipeline.clio.layout) == {}


@pytest.mark.parametrize("statement", SEEN_BY_THE_CHECK)
def test_the_check_sees_it_too(audited: Pipeline, copied: Copy, statement: str) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, statement)
    passed, _ = checks.verdicts_are_complete(pipeline.clio, FIRST)
    assert not passed


def test_the_door_stays_closed_where_nothing_was_audited(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, "DROP TABLE topic_audit")
    with pytest.raises(dg.Failure, match="topic_audit") as refused:
        launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    assert refused.value.allow_retries is False
    assert release_zone(pipeline.clio.layout) == {}


def test_verdicts_given_under_other_settings_are_stale(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited, thresholds={"min_accounts": 4})
    with pytest.raises(dg.Failure, match="verdicts_stale") as refused:
        launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    assert refused.value.allow_retries is False
    assert release_zone(pipeline.clio.layout) == {}


def test_a_check_that_raises_stops_what_follows(
    audited: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object) -> checks.Outcome:
        raise RuntimeError("cannot look")

    monkeypatch.setattr(checks, "verdicts_are_complete", raises)
    pipeline = copied(audited)
    result = launch(pipeline.definitions, FIRST, "topic_audit", "released_topics")
    assert not result.success
    assert "topic_audit_every_topic_has_every_verdict" in failures(result)
    assert "released_topics" not in started(result)
    assert release_zone(pipeline.clio.layout) == {}


@pytest.mark.parametrize(
    ("check", "asset"),
    [("texts_are_clean", "released_topics"), ("topics_are_k_anonymous", "released_topics")],
)
def test_a_failed_check_of_the_release_itself_stops_the_report(
    audited: Pipeline,
    copied: Copy,
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    asset: str,
) -> None:
    monkeypatch.setattr(checks, check, lambda *_: (False, {}))
    pipeline = copied(audited)
    result = launch(pipeline.definitions, FIRST, "released_topics", "warehouse", "insight_report")
    assert not result.success
    assert materialized(result) == {asset}
    assert started(result).isdisjoint({"warehouse", "insight_report"})


def test_only_the_day_whose_own_check_passed_is_released(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, A_MISSING_VERDICT)
    results = [
        launch(
            pipeline.definitions, day, "topic_audit", "released_topics", instance=pipeline.instance
        )
        for day in (SECOND, FIRST)
    ]
    assert [result.success for result in results] == [True, False]
    released = tables_of(pipeline.clio.layout.releases)
    assert released["released_topics"]
    assert {
        row[0] for rows in released.values() for row in rows if row[0] != "released_topics"
    } == {SECOND}


def test_one_run_over_several_days_is_refused(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited)
    over_both = {
        "dagster/asset_partition_range_start": FIRST,
        "dagster/asset_partition_range_end": SECOND,
    }
    job = pipeline.definitions.resolve_job_def("daily")
    result = job.execute_in_process(
        tags=over_both,
        raise_on_error=False,
        asset_selection=[dg.AssetKey("topic_audit"), dg.AssetKey("released_topics")],
    )
    assert not result.success
    assert not materialized(result)
    assert release_zone(pipeline.clio.layout) == {}


def test_all_that_is_released_was_gated_again_at_the_door(audited: Pipeline, copied: Copy) -> None:
    """Forged verdicts: everything passed, on topics that do not reach the thresholds."""
    pipeline = copied(audited)
    file = pipeline.clio.layout.period_file(FIRST)
    too_small = file.query(
        "SELECT topic_id FROM topics WHERE level = 0 ORDER BY conversations LIMIT 1"
    ).item()
    change(
        file.path,
        "UPDATE topic_audit SET passed = true",
        ("DELETE FROM topic_members WHERE topic_id = ? AND account NOT IN "
         "(SELECT min(account) FROM topic_members GROUP BY topic_id)", [too_small]),
    )  # fmt: skip
    launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    released = pipeline.clio.releases.read("released_topics", FIRST)
    assert len(released)
    assert too_small not in set(released["topic_id"])
    assert_gated(pipeline, FIRST, released)


def test_a_name_that_an_outsider_objects_to_is_not_released(
    audited: Pipeline, copied: Copy
) -> None:
    pipeline = copied(audited)
    judged = pipeline.clio.layout.period_file(FIRST).query(
        "SELECT passed FROM topic_audit JOIN topics USING (topic_id) "
        "WHERE rule = 'G-14' AND name <> ''"
    )
    assert len(judged) >= 10
    assert judged["passed"].all(), "an ordinary name is refused"
    change(
        pipeline.clio.layout.period_file(FIRST).path,
        "UPDATE topics SET name = 'Help for Doctor Achterberg' WHERE level = 0",
    )
    launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    assert pipeline.clio.releases.read("released_topics", FIRST).filter(level=0).is_empty()


def test_a_failed_test_of_the_warehouse_publishes_nothing(
    released: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What fails early leaves tables out, which `publish` would refuse; what fails late does not.
    published: list[object] = []
    monkeypatch.setattr(warehouse, "publish", lambda *paths: published.append(paths))
    pipeline = copied(released)
    change(pipeline.clio.layout.releases, "UPDATE released_topics SET conversations = 7")
    result = launch(pipeline.definitions, SECOND, "warehouse", "insight_report")
    assert not result.success
    assert "insight_report" not in started(result)
    assert published == []


def test_the_report_alone_shows_only_what_was_gated(released: Pipeline, copied: Copy) -> None:
    pipeline = copied(released)
    result = launch(pipeline.definitions, FIRST, "insight_report")
    assert result.success
    bundle = pipeline.clio.layout.bundles / FIRST / "v1"
    assert_gated(pipeline, FIRST, pl.read_parquet(bundle / "topics.parquet"))
    stated = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert {rule["decision"] for topic in stated["decisions"] for rule in topic["rules"]} == {
        "passed"
    }


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_every_released_leaf_reaches_the_thresholds(released: Pipeline, day: str) -> None:
    assert_gated(released, day, released.clio.releases.read("released_topics", day))


def assert_gated(pipeline: Pipeline, day: str, topics: pl.DataFrame) -> None:
    """Count accounts and conversations of the released leaves again from the members."""
    limits = pipeline.clio.settings.thresholds
    members = pipeline.clio.layout.period_file(day).read("topic_members")
    leaves = topics.filter(pl.col("level") == 0)
    assert len(leaves)
    for topic in leaves["topic_id"]:
        mine = members.filter(pl.col("topic_id") == topic)
        largest = mine.group_by("account").len()["len"].max()
        assert mine["account"].n_unique() >= limits.min_accounts
        assert len(mine) >= limits.min_conversations
        assert largest <= limits.max_account_share * len(mine)
