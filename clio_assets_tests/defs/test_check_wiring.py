"""What the gate's checks must be, so that Dagster's own rules about checks hold for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from clio_assets.defs.freshness import REPORTED
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    definitions_of,
    settings_at,
)

ADVICE = {("released_topics", "coverage"), ("insight_report", REPORTED.name)}
"""They tell people something and stop nothing."""


@pytest.fixture(scope="module", params=["day", "week", "month"])
def definitions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    root: Path = tmp_path_factory.mktemp("wiring")
    return definitions_of(settings_at(root, period=request.param))


def gate_checks(definitions: dg.Definitions) -> Iterator[dg.AssetCheckKey]:
    for key in definitions.resolve_asset_graph().asset_check_keys:
        names = (key.asset_key.to_user_string(), key.name)
        if key.asset_key.path[0] != "warehouse" and names not in ADVICE:
            yield key


def test_gate_checks_are_blocking_and_give_a_verdict_for_each_partition(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    found = list(gate_checks(definitions))
    assert len(found) >= 12
    for key in found:
        assert graph.get(key).blocking, key
        assert graph.get(key).partitions_def == graph.get(key.asset_key).partitions_def, key
        assert graph.get(key).partitions_def is not None, key


def test_gate_checks_take_no_asset_as_input(definitions: dg.Definitions) -> None:
    ours = [
        one for one in definitions.asset_checks or [] if isinstance(one, dg.AssetChecksDefinition)
    ]
    assert {key for one in ours for key in one.check_keys} >= set(gate_checks(definitions))
    for one in ours:
        assert not one.node_def.input_defs or all(
            definition.dagster_type.is_nothing for definition in one.node_def.input_defs
        )


def test_the_door_has_its_checks_on_either_side(definitions: dg.Definitions) -> None:
    guarded = {(key.asset_key.to_user_string(), key.name) for key in gate_checks(definitions)}
    assert guarded >= {
        ("topic_audit", "every_topic_has_every_verdict"),
        ("released_topics", "k_anonymity"),
        ("released_topics", "cells_k_anonymity"),
        ("released_topics", "texts_are_clean"),
    }


def test_one_run_is_one_partition(definitions: dg.Definitions) -> None:
    """One run over a range would store one verdict, for no partition."""
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        assert graph.get(key).partitions_def is not None, key
        assert graph.get(key).backfill_policy == dg.BackfillPolicy.multi_run(1), key
    for job in definitions.jobs or []:
        resolved = definitions.resolve_job_def(job.name)
        assert resolved.backfill_policy == dg.BackfillPolicy.multi_run(1), job.name


def test_from_the_door_to_the_published_database_one_run_at_a_time(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        zone = graph.get(key).tags["zone"]
        assert graph.get(key).pools == ({"release"} if zone == "release" else set()), key


def test_nothing_is_launched_by_a_condition_that_a_check_could_leak_through(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    conditions = [graph.get(key).automation_condition for key in graph.get_all_asset_keys()]
    assert not any(conditions)


def test_no_asset_of_ours_yields_checks_of_its_own(definitions: dg.Definitions) -> None:
    """A check spec on an asset whose result is not yielded fails the step."""
    for one in definitions.assets or []:
        if isinstance(one, dg.AssetsDefinition) and one.node_def.name != "warehouse":
            assert not list(one.check_specs), one.keys


@pytest.mark.platform
def test_a_released_day_has_every_verdict_with_its_severity_and_partition(
    released: Pipeline,
) -> None:
    expected = set(gate_checks(released.definitions))
    for day in (FIRST, SECOND):
        events = released.results[day].get_asset_check_evaluations()
        given = {event.asset_check_key: event for event in events}
        assert expected <= given.keys()
        for key in expected:
            assert given[key].severity == dg.AssetCheckSeverity.ERROR
            assert given[key].partition == day
        assert ("released_topics", "coverage") in {
            (key.asset_key.to_user_string(), key.name) for key in given
        }
