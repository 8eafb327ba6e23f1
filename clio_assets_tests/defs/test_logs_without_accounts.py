"""`source.account: conversation` counts conversations, and says so wherever a figure is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clio_assets.config import ConfigError
from clio_assets.release.bundle import latest_bundle
from clio_assets.release.manifest import NOT_PEOPLE
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import FIRST, failures, launch, settings_at

SOURCE = {"account": "conversation"}


@pytest.mark.platform
def test_the_release_says_that_it_does_not_count_people(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited, source=SOURCE)
    result = launch(pipeline.definitions, FIRST)
    assert result.success, failures(result)
    clio = pipeline.clio
    row = clio.releases.read("released_periods", FIRST).row(0, named=True)
    assert row["counts_unit"] == "conversations"
    members = clio.layout.period_file(FIRST).read("topic_members")
    assert members["account"].n_unique() == len(members)
    bundle = latest_bundle(clio.layout.bundles, FIRST)
    assert bundle is not None
    stated = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert stated["notice"] == NOT_PEOPLE
    assert NOT_PEOPLE in (bundle / "index.html").read_text(encoding="utf-8")


@pytest.mark.platform
def test_logs_with_accounts_carry_no_such_notice(released: Pipeline) -> None:
    row = released.clio.releases.read("released_periods", FIRST).row(0, named=True)
    assert row["counts_unit"] == "accounts"
    bundle = latest_bundle(released.clio.layout.bundles, FIRST)
    assert bundle is not None
    assert NOT_PEOPLE not in (bundle / "index.html").read_text(encoding="utf-8")
    assert NOT_PEOPLE not in (bundle / "manifest.json").read_text(encoding="utf-8")


def test_the_public_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"profile `public` promises a number of people"):
        settings_at(tmp_path, source=SOURCE, profile="public")
