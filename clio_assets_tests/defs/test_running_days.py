"""`clio run`: days one after the other, without the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from clio_assets.cli import main
from clio_assets.defs import in_process
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import FIRST, SECOND, THIRD, definitions_of, tables_of

pytestmark = pytest.mark.platform


@pytest.fixture
def config(audited: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of a pipeline that is audited and released nothing yet."""
    pipeline = copied(audited)
    path = pipeline.root / "clio.yaml"
    document = pipeline.clio.settings.model_dump(mode="json")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(pipeline.root / "dagster"))
    monkeypatch.setattr(in_process, "build_definitions", definitions_of)
    return path


def run(config: Path, *days: str) -> int:
    return main(["--config", str(config), "run", *days])


def released(config: Path) -> list[str]:
    tables = tables_of(config.parent / "home" / "release" / "released.duckdb")
    return sorted(row[0] for row in tables.get("released_periods", []))


def test_the_days_named_are_run_in_order(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, FIRST, SECOND) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line[:10] for line in told] == [FIRST, SECOND]
    assert all("topics" in line for line in told)
    assert released(config) == [FIRST, SECOND]


def test_a_failing_day_ends_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "home" / "private" / "account.key").unlink()
    assert run(config, FIRST, SECOND) == 1
    assert "the ones after it were not run" in capsys.readouterr().out
    assert released(config) == []


@pytest.mark.parametrize("days", [("2025-08-01",), (SECOND, FIRST), (FIRST, "monday")])
def test_days_that_there_are_not_are_told(
    config: Path, capsys: pytest.CaptureFixture[str], days: tuple[str, ...]
) -> None:
    assert run(config, *days) == 1
    assert f"days from {FIRST} to {THIRD}" in capsys.readouterr().err
