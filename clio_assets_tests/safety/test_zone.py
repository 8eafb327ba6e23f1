"""Nobody gets the safety zone by accident: it is off, and it has a key that nothing else has."""

from __future__ import annotations

import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clio_assets.config import Settings
from clio_assets.privacy.pseudonyms import create_key_file as create_account_key
from clio_assets.safety.zone import SafetyClosedError, create_key_file, open_zone
from clio_assets_tests.defs.pipelines import settings_at

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIO_SAFETY_KEY", raising=False)
    monkeypatch.delenv("CLIO_ACCOUNT_KEY", raising=False)


def enabled(root: Path) -> Settings:
    return settings_at(root, safety={"enabled": True})


def test_it_is_off_unless_somebody_means_it(tmp_path: Path) -> None:
    with pytest.raises(SafetyClosedError, match=r"`safety\.enabled: true`"):
        open_zone(settings_at(tmp_path))


def test_enabled_it_still_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(SafetyClosedError, match=r"There is no safety key\. Set CLIO_SAFETY_KEY"):
        open_zone(enabled(tmp_path))
    assert not (tmp_path / "home" / "safety").exists()


def test_the_account_key_does_not_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = enabled(tmp_path)
    create_account_key(settings.accounts.key_file)
    monkeypatch.setenv("CLIO_SAFETY_KEY", settings.accounts.key_file.read_text())
    with pytest.raises(SafetyClosedError, match="is the account key"):
        open_zone(settings)


def test_its_folder_is_closed_and_its_names_say_nothing(tmp_path: Path) -> None:
    settings = enabled(tmp_path)
    create_key_file(settings.safety.key_file)
    zone = open_zone(settings)
    assert stat.S_IMODE((tmp_path / "home" / "safety").stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.safety.key_file.stat().st_mode) == 0o600
    pseudonym = "0123456789abcdef0123456789abcdef"
    assert zone.suspect(pseudonym) == zone.suspect(pseudonym)
    assert zone.suspect(pseudonym) not in {pseudonym[:16], zone.evidence(pseudonym)}


def test_another_key_is_refused_where_there_are_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = enabled(tmp_path)
    create_key_file(settings.safety.key_file)
    open_zone(settings)
    monkeypatch.setenv("CLIO_SAFETY_KEY", secrets.token_hex(32))
    with pytest.raises(SafetyClosedError, match="not the safety key"):
        open_zone(settings)


def test_the_code_location_refuses_to_load_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "clio.yaml").write_text(
        "source: {path: source, first_day: 2025-08-31, last_day: 2025-09-02}\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import clio_assets.safety.definitions"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={"CLIO_CONFIG": str(tmp_path / "clio.yaml"), "PATH": "", "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "The safety location is off" in done.stderr
