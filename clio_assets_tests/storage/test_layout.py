"""Who writes where under CLIO_HOME."""

from __future__ import annotations

from pathlib import Path

from clio_assets.storage.layout import Layout


def test_the_private_and_the_release_zone_share_no_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path, "day")
    private, release = tmp_path / "private", tmp_path / "release"
    for path in (
        layout.day("2026-11-01").path,
        layout.period_file("2026-11-01").path,
        layout.key_identity,
        layout.model_calls,
        layout.vectors,
    ):
        assert path.is_relative_to(private)
    for path in (layout.releases, layout.warehouse, layout.bundles):
        assert path.is_relative_to(release)


def test_a_day_and_the_period_of_that_day_are_two_files(tmp_path: Path) -> None:
    keys = {
        Layout(tmp_path, "day").day("2026-11-02").path,
        Layout(tmp_path, "day").period_file("2026-11-02").path,
        Layout(tmp_path, "week").period_file("2026-11-02").path,
    }
    assert len(keys) == 3


def test_periods_are_those_with_a_file_in_order(tmp_path: Path) -> None:
    layout = Layout(tmp_path, "week")
    assert layout.periods() == []
    for key in ("2026-11-09", "2026-11-02"):
        layout.period_file(key).path.parent.mkdir(parents=True, exist_ok=True)
        layout.period_file(key).path.touch()
    (layout.period_file("2026-11-02").path.parent / "2026-11-16.duckdb.lock").touch()
    assert layout.periods() == ["2026-11-02", "2026-11-09"]
    assert Layout(tmp_path, "day").periods() == []
