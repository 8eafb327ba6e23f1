"""The manifest is parsed when the project changed, and not otherwise."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from clio_assets.release import dbt_manifest
from clio_assets.release.dbt_manifest import ManifestError, ensure_manifest

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(
        PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target", "logs")
    )


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The projects parsed, each leaving a manifest at once instead of after seconds."""
    parsed: list[Path] = []

    def parse(project: Path, target: Path, environment: object) -> None:
        parsed.append(project)
        (target / "manifest.json").write_text("{}")

    monkeypatch.setattr(dbt_manifest, "_parse", parse)
    return parsed


@pytest.mark.platform
def test_parsing_needs_no_database_and_a_broken_project_says_what_is_wrong(project: Path) -> None:
    manifest = ensure_manifest(project)
    assert "model.clio.movers" in json.loads(manifest.read_bytes())["nodes"]
    assert {path.name for path in manifest.parent.iterdir()} == {
        "manifest.json",
        "partial_parse.msgpack",
        ".parse.lock",
    }
    before = manifest.stat().st_mtime_ns
    assert ensure_manifest(project).stat().st_mtime_ns == before
    (project / "models" / "marts" / "movers.sql").write_text("select * from {{ ref('nothing') }}")
    with pytest.raises(ManifestError, match="nothing"):
        ensure_manifest(project)


def test_only_a_change_of_the_project_parses_again(project: Path, parses: list[Path]) -> None:
    def settle() -> int:
        ensure_manifest(project)
        ensure_manifest(project)
        time.sleep(0.02)  # file times advance in steps of some milliseconds
        return len(parses)

    assert settle() == 1
    (project / "logs").mkdir()
    (project / "target" / "run_results.json").write_text("{}")
    assert settle() == 1
    (project / "models" / "marts" / "movers.sql").write_text("select 1")
    assert settle() == 2
    (project / "models" / "marts" / "coverage.sql").unlink()
    assert settle() == 3
    (project / "profiles.yml").write_text("clio: {}")
    assert settle() == 4
