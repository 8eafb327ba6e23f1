"""The graph changes on purpose or not at all, and every asset says what it is."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from clio_assets.defs.automation import DAILY_STEPS
from clio_assets_tests.defs.asset_graph import SNAPSHOT, drawn
from clio_assets_tests.defs.pipelines import definitions_of, settings_at


def test_the_graph_is_the_one_that_was_reviewed() -> None:
    assert drawn() == SNAPSHOT.read_text(encoding="utf-8"), (
        "The asset graph changed. If that is meant, write it anew and review the difference: "
        "python -m clio_assets_tests.defs.asset_graph"
    )


@pytest.mark.parametrize(("period", "named"), [("week", "Weekly"), ("month", "Monthly")])
def test_a_longer_period_changes_the_partitions_alone(period: str, named: str) -> None:
    def without_partitions(text: str) -> list[str]:
        return [line.split(";")[0] for line in text.splitlines()]

    longer = drawn(period)
    assert without_partitions(longer) == without_partitions(drawn())
    assert longer.count("Daily") == len(DAILY_STEPS)
    assert longer.count(named) == drawn().count("Daily") - len(DAILY_STEPS)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> dg.AssetGraph:
    root: Path = tmp_path_factory.mktemp("graph")
    return definitions_of(settings_at(root)).resolve_asset_graph()


def test_every_asset_describes_itself(graph: dg.AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        told = {
            "description": node.description,
            "group": node.group_name != "default",
            "owners": node.owners,
            "kinds": node.kinds,
            "code_version": node.code_version,
            "zone": node.tags.get("zone") in {"private", "release"},
        }
        missing = [name for name, value in told.items() if not value]
        assert not missing, f"{key.to_user_string()} lacks {', '.join(missing)}"


def test_descriptions_tell_grain_and_zone(graph: dg.AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        text = node.description or ""
        if "dbt" in node.kinds:
            assert text.startswith("One row a"), key
        else:
            assert text.startswith("Grain: "), key
            assert f"Zone: {node.tags['zone']}." in text, key


def test_nothing_private_lies_after_the_door(graph: dg.AssetGraph) -> None:
    door = dg.AssetKey("released_topics")
    for key in graph.get_all_asset_keys():
        private = graph.get(key).tags["zone"] == "private"
        parents = graph.get(key).parent_keys - {key}
        if private:
            assert door not in parents, key
        elif key != door:
            zones = {graph.get(parent).tags["zone"] for parent in parents}
            assert zones == {"release"}, key


def test_every_check_of_ours_says_what_it_looks_at(graph: dg.AssetGraph) -> None:
    for key in graph.asset_check_keys:
        if key.asset_key.path[0] != "warehouse":
            assert graph.get(key).description, key
