"""The asset graph as text, for review: `python -m clio_assets_tests.defs.asset_graph` writes it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from clio_assets.config import parse_settings
from clio_assets.defs.build import build_definitions

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
SOURCE = {"path": "source", "first_day": "2025-08-31", "last_day": "2025-09-02"}


def drawn(period: str = "day") -> str:
    """Every asset in the order of the flow, with what reviewers should see change."""
    with tempfile.TemporaryDirectory() as folder:
        settings = parse_settings({"period": period, "source": SOURCE}, base=Path(folder))
        graph = build_definitions(settings).resolve_asset_graph()
    return "\n".join(line for key in graph.toposorted_asset_keys for line in _asset(graph, key))


def _asset(graph: dg.AssetGraph, key: dg.AssetKey) -> Iterator[str]:
    node = graph.get(key)
    pool = f", pool {', '.join(sorted(node.pools))}" if node.pools else ""
    yield key.to_user_string()
    yield f"  group {node.group_name}, zone {node.tags.get('zone')}{pool}"
    yield f"  kinds {', '.join(sorted(node.kinds))}; {node.partitions_def}"
    yield f"  after {', '.join(_parents(graph, key)) or 'the source'}"
    for check in sorted(graph.get_check_keys_for_assets({key}), key=lambda one: one.name):
        found = graph.get(check)
        each = "for each partition" if found.partitions_def else "for all partitions"
        yield f"  check {check.name}: {'blocking' if found.blocking else 'advice'}, {each}"
    yield ""


def _parents(graph: dg.AssetGraph, key: dg.AssetKey) -> list[str]:
    node = graph.get(key)
    return sorted(
        parent.to_user_string() + (" of the period before" if parent == key else "")
        for parent in node.parent_keys
    )


if __name__ == "__main__":
    SNAPSHOT.write_text(drawn(), encoding="utf-8")
