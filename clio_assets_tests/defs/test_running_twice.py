"""The same day run again changes nothing, and says so."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from clio_assets.defs.clio import Clio
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    failures,
    launch,
    metadata_of,
    tables_of,
)

pytestmark = pytest.mark.platform


def tables_by_file(home: Path) -> dict[str, str]:
    """A hash of the rows of every table under a folder."""
    return {
        f"{path.relative_to(home)}/{table}": hashlib.sha256(str(rows).encode()).hexdigest()
        for path in home.rglob("*.duckdb")
        for table, rows in tables_of(path).items()
    }


def bundle_files(clio: Clio) -> dict[str, tuple[int, bytes]]:
    """Content and time of change of every published file."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in clio.layout.bundles.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("day", [FIRST, SECOND], ids=["an old day", "the last day"])
def test_a_second_run_changes_no_table_and_no_file(
    released: Pipeline, copied: Copy, day: str
) -> None:
    pipeline = copied(released)
    home, clio = pipeline.root / "home", pipeline.clio
    tables, files = tables_by_file(home), bundle_files(clio)
    result = launch(pipeline.definitions, day)
    assert result.success, failures(result)
    assert len(tables) > 30
    assert tables_by_file(home) == tables
    assert bundle_files(clio) == files
    told = metadata_of(result)
    ours = [asset for asset in told if not asset.startswith("warehouse/")]
    assert len(ours) == 9
    assert [asset for asset in ours if told[asset]["unchanged"] is not True] == []


def test_the_first_run_says_that_it_changed_something(released: Pipeline) -> None:
    told = metadata_of(released.results[FIRST])
    assert not any(told[asset]["unchanged"] for asset in told if "unchanged" in told[asset])


def test_nothing_is_computed_again(
    released: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Callable[..., object]:
        raise AssertionError("computed again")

    for place in (
        "conversations.read_day",
        "conversations.normalise",
        "facets.extract_facets",
        "topic_steps.fit_base_clusters",
        "topic_steps.fit_leaf_level",
        "door.audit_topics",
        "door.open_door",
    ):
        monkeypatch.setattr(f"clio_assets.defs.{place}", refuse)
    monkeypatch.setattr(Clio, "embed", refuse)
    pipeline = copied(released)
    steps = ["raw_conversations", "conversations", "facets", "embeddings", "base_clusters",
             "topics", "topic_audit", "released_topics"]  # fmt: skip
    result = launch(pipeline.definitions, FIRST, *steps)
    assert result.success, failures(result)


def test_changed_logs_change_the_private_tables_but_not_the_release(
    released: Pipeline, copied: Copy
) -> None:
    """G-19: the release stays, and its metadata says that its inputs changed."""
    pipeline = copied(released)
    clio = pipeline.clio
    before = clio.rows(clio.layout.day(FIRST), "embeddings")
    release = tables_of(clio.layout.releases)
    source = pipeline.root / "source"
    (source / f"{FIRST}-late.jsonl.gz").write_bytes(late_rows(source / f"{SECOND}.jsonl.gz"))
    steps = ["raw_conversations", "conversations", "facets", "embeddings", "base_clusters",
             "topics", "topic_audit", "released_topics"]  # fmt: skip
    result = launch(pipeline.definitions, FIRST, *steps)
    assert result.success, failures(result)
    assert clio.rows(clio.layout.day(FIRST), "embeddings") > before
    assert tables_of(clio.layout.releases) == release
    told = metadata_of(result)["released_topics"]
    assert told["unchanged"] is True
    assert told["inputs_changed_after_release"] is True


def late_rows(file: Path) -> bytes:
    """Another day's rows, dated to the first and renamed."""
    text = gzip.decompress(file.read_bytes()).decode()
    return gzip.compress(text.replace(SECOND, FIRST).replace('"conv-', '"late-').encode())
