"""The allow-list: whatever is asked for, what comes out is a published file or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.release.manifest import sha256
from clio_assets.release.serve.shelf import AbsentError, DamagedError, Shelf
from clio_assets_tests.release.serve.serving import NEWEST, published

PERIODS = ("2026-11-02", "2026-11-03", NEWEST)
TRICKS = ("", ".", "..", "../", "/", "\\", "\x00", "~", "latest.json", "v1", "private", *PERIODS)
PARTS = st.lists(st.sampled_from([*TRICKS, "/..", "topics.csv", "é"]), max_size=6).map("".join)
ANYTHING = PARTS | st.text(max_size=40)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "private").mkdir()
    (home / "private" / "secret").write_text("private")
    return published(home)


@pytest.fixture(scope="module")
def allowed(bundles: Path) -> set[bytes]:
    """The content of everything published."""
    return {path.read_bytes() for path in bundles.glob("*/v1/*")}


@given(
    key=st.sampled_from(PERIODS) | ANYTHING,
    folder=st.just("v1") | ANYTHING,
    name=st.sampled_from(["topics.csv", "manifest.json"]) | ANYTHING,
)
def test_no_request_leads_to_anything_unpublished(
    bundles: Path, allowed: set[bytes], key: str, folder: str, name: str
) -> None:
    try:
        content = Shelf(bundles).read(key, folder, name)
    except AbsentError:
        return
    assert content in allowed
    assert (key in PERIODS, folder, "/" in name) == (True, "v1", False)


POINTED = st.dictionaries(
    st.sampled_from(["folder", "manifest_sha256", "versions", "period"]),
    ANYTHING | st.none() | st.integers() | st.lists(ANYTHING) | st.dictionaries(ANYTHING, ANYTHING),
)


@given(pointer=POINTED | st.text() | st.lists(st.integers()))
def test_no_pointer_leads_to_anything_unpublished(
    bundles: Path, allowed: set[bytes], pointer: object
) -> None:
    """A pointer that is damaged in any way shows nothing, or a sentence, or what was published."""
    path = bundles / NEWEST / "latest.json"
    before = path.read_bytes()
    try:
        path.write_text(json.dumps(pointer))
        shelf = Shelf(bundles)
        for period in shelf.periods():
            for folder in period.manifests:
                try:
                    assert shelf.read(period.key, folder, "topics.csv") in allowed
                except DamagedError as error:
                    assert "is damaged and is not served" in str(error)
    finally:
        path.write_bytes(before)


def only_once(function: Callable[..., object], seen: list[object]) -> Callable[..., object]:
    def counted(*arguments: object) -> object:
        seen.append(arguments)
        return function(*arguments)

    return counted


def test_a_version_is_hashed_again_only_when_it_changed(
    bundles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clio_assets.release.serve import shelf as module

    hashed: list[object] = []
    monkeypatch.setattr(module, "verify_bundle", only_once(module.verify_bundle, hashed))
    shelf = Shelf(bundles)
    for _ in range(3):
        assert [shelf.edition(period.key, "v1") for period in shelf.periods()]
    assert len(hashed) == len(PERIODS)
    same = bundles / NEWEST / "v1" / "topics.csv"
    same.write_bytes(same.read_bytes())
    content = shelf.read(NEWEST, "v1", "topics.csv")
    assert sha256(content) == sha256(same.read_bytes())
    assert len(hashed) == len(PERIODS) + 1
