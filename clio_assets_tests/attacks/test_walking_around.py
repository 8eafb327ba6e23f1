"""A-8: what Dagster does after a failed check, and that the door and its data hold all the same."""

from __future__ import annotations

import dagster as dg
import pytest

from benchmarks.attacks.ungated import Gated, rows_released, rows_ungated
from benchmarks.attacks.walking_around import BROKEN
from benchmarks.attacks.ways_around import BROKEN_AUDITS, WAYS, break_audit
from clio_assets.defs import checks
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    launch,
    launch_without_checks,
    materialized,
    started,
)

pytestmark = pytest.mark.platform

SEEN_BY_THE_CHECK = [statement for statement, _ in BROKEN_AUDITS.values()][:6]
"""It knows verdicts by their input's fingerprint; the door looks at every column."""


@pytest.mark.parametrize("way", WAYS)
def test_nothing_ungated_is_released(audited: Pipeline, copied: Copy, way: str) -> None:
    assert WAYS[way](copied(audited)) == 0


@pytest.mark.parametrize("gate", BROKEN)
def test_a_broken_gate_lets_rows_through(audited: Pipeline, copied: Copy, gate: str) -> None:
    breaking, way = BROKEN[gate]
    pipeline = copied(audited)
    with breaking():
        assert WAYS[way](pipeline) > 0


def test_an_honest_day_is_released_and_gated(audited: Pipeline, copied: Copy) -> None:
    """Otherwise finding nothing ungated would mean nothing."""
    pipeline = copied(audited)
    gated = Gated.of(pipeline, FIRST)
    assert launch(pipeline.definitions, FIRST, "released_topics").success
    assert rows_released(pipeline, FIRST) > 100
    assert rows_ungated(pipeline, FIRST, gated) == 0


@pytest.mark.parametrize(
    ("statement", "says"), list(BROKEN_AUDITS.values()), ids=list(BROKEN_AUDITS)
)
def test_the_door_says_why_it_is_closed_and_is_not_tried_again(
    audited: Pipeline, copied: Copy, statement: str, says: str
) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, statement)
    with pytest.raises(dg.Failure, match=says) as refused:
        launch_without_checks(pipeline.definitions, FIRST, "released_topics")
    assert refused.value.allow_retries is False


@pytest.mark.parametrize("statement", SEEN_BY_THE_CHECK)
def test_the_check_sees_it_too(audited: Pipeline, copied: Copy, statement: str) -> None:
    pipeline = copied(audited)
    break_audit(pipeline, statement)
    passed, _ = checks.verdicts_are_complete(pipeline.clio, FIRST)
    assert not passed


@pytest.mark.parametrize("check", ["texts_are_clean", "topics_are_k_anonymous"])
def test_a_failed_check_of_the_release_itself_stops_the_report(
    audited: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    monkeypatch.setattr(checks, check, lambda *_: (False, {}))
    pipeline = copied(audited)
    result = launch(pipeline.definitions, FIRST, "released_topics", "warehouse", "insight_report")
    assert not result.success
    assert materialized(result) == {"released_topics"}
    assert started(result).isdisjoint({"warehouse", "insight_report"})
