"""`clio doctor` names what is unsafe, and `production: true` refuses to load with it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
import yaml

from clio_assets.config import ConfigError, Settings, parse_settings
from clio_assets.defs.doctor import REDACT, examine, require_safe, run_doctor
from clio_assets.privacy.pseudonyms import create_key_file

OURS = Path(__file__).parents[2] / "dagster.yaml"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A safe installation."""
    found = parse_settings(
        {"home": "home", "source": {"path": "logs", "first_day": "2026-11-01"}}, base=tmp_path
    )
    create_key_file(found.accounts.key_file)
    home = tmp_path / "dagster"
    home.mkdir(mode=0o700)
    (home / "dagster.yaml").symlink_to(OURS)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv(REDACT, "1")
    monkeypatch.delenv("CLIO_ACCOUNT_KEY", raising=False)
    return found


def wrong(settings: Settings) -> list[str]:
    return [found.way_out for found in examine(settings) if found.way_out is not None]


def test_the_projects_own_configuration_is_safe(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wrong(settings) == []
    require_safe(settings)
    assert run_doctor(settings) == 0
    assert "UNSAFE" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"compute_logs": None}, "compute_logs.class"),
        ({"compute_logs": {"class": "LocalComputeLogManager"}}, "compute_logs.class"),
        ({"telemetry": {"enabled": True}}, "telemetry.enabled"),
        ({"telemetry": None}, "telemetry.enabled"),
        ({"concurrency": {"pools": {"default_limit": 4}}}, "concurrency.pools.default_limit"),
        ({"concurrency": None}, "concurrency.pools.default_limit"),
        ({"run_retries": {"enabled": True}}, "run_retries.retry_on_asset_or_op_failure"),
    ],
)
def test_each_unsafe_setting_of_dagster_is_named(
    settings: Settings, tmp_path: Path, changes: dict[str, Any], setting: str
) -> None:
    file = tmp_path / "dagster" / "dagster.yaml"
    file.unlink()
    file.write_text(yaml.safe_dump(yaml.safe_load(OURS.read_text("utf-8")) | changes), "utf-8")
    (told,) = wrong(settings)
    assert f"`{setting}" in told
    assert str(file) in told
    with pytest.raises(ConfigError, match=setting):
        require_safe(settings)
    assert run_doctor(settings) == 1


def test_a_folder_open_to_others_is_named(settings: Settings, tmp_path: Path) -> None:
    for folder in (settings.home / "private", tmp_path / "dagster"):
        folder.chmod(0o750)
        (told,) = wrong(settings)
        assert f"chmod -R go-rwx {folder}" in told
        folder.chmod(0o700)


def test_without_a_key_a_home_or_redaction_it_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.delenv(REDACT)
    settings.accounts.key_file.unlink()
    found = wrong(settings)
    assert len(found) == 3
    assert [name in text for name, text in
            zip((str(settings.accounts.key_file), "DAGSTER_HOME", REDACT), found, strict=True)
            ] == [True] * 3  # fmt: skip


def test_of_the_safety_zone_it_asks_for_a_closed_folder_and_a_key_of_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> str:
        run_doctor(settings)
        return capsys.readouterr().out

    assert "safety zone is off" in told()
    settings = settings.model_copy(
        update={"safety": settings.safety.model_copy(update={"enabled": True})}
    )
    assert run_doctor(settings) == 0
    assert "ok      safety zone cannot be opened from here" in told()
    monkeypatch.setenv("CLIO_SAFETY_KEY", settings.accounts.key_file.read_text().strip())
    assert run_doctor(settings) == 1
    assert "CLIO_SAFETY_KEY is the account key" in told()
    # The pipeline itself is as safe as it was.
    require_safe(settings)
    monkeypatch.setenv("CLIO_SAFETY_KEY", secrets.token_hex(32))
    assert "ok      safety zone has a key of its own" in told()
    (settings.home / "safety").mkdir()
    (settings.home / "safety").chmod(0o755)
    assert f"chmod -R go-rwx {settings.home / 'safety'}" in told()
