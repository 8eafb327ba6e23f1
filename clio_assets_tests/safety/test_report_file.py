"""Making the report: a file of its owner's, whole or not at all, and never without a reason."""

from __future__ import annotations

import sqlite3
import stat
from argparse import ArgumentParser
from pathlib import Path

import pytest

from clio_assets.config import Settings
from clio_assets.safety.arguments import add_safety_arguments
from clio_assets.safety.audit import Audit
from clio_assets.safety.findings import FINDINGS, Finding, findings_of
from clio_assets.safety.operate import run_safety
from clio_assets.safety.report.make import make_report
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.errors import StorageError
from clio_assets_tests.safety.report_read import Read
from clio_assets_tests.safety.report_zone import REASON, empty_zone

GROUP = "group-0123456789ab"


@pytest.fixture
def found(tmp_path: Path) -> tuple[Settings, SafetyZone]:
    """A zone with one finding, by a detector that the page has no words for."""
    settings, zone = empty_zone(tmp_path)
    rows = findings_of([Finding(GROUP, "2026-11-14", "something new", 1.0, {"odd_ones": 7})])
    with zone.day("2026-11-14").replacing("findings", "here", {"findings": FINDINGS}) as new:
        assert new is not None
        new.append("findings", rows)
    return settings, zone


def asks(settings: Settings, *arguments: str) -> int:
    parser = ArgumentParser()
    add_safety_arguments(parser)
    return run_safety(settings, parser.parse_args(arguments))


def test_it_is_its_owners_alone(found: tuple[Settings, SafetyZone]) -> None:
    place = make_report(*found)
    assert place == found[1].folder / "report" / "index.html"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert [path.name for path in place.parent.iterdir()] == ["index.html"]


def test_a_new_kind_of_finding_is_told_figure_by_figure(
    found: tuple[Settings, SafetyZone],
) -> None:
    row = Read(make_report(*found).read_bytes()).tables["Open findings, the surest first"][0]
    assert row["Kind"] == "something new"
    assert row["What was seen, and how to look"].startswith("odd ones 7\nclio safety review")


def test_the_command_makes_it_and_is_on_it(
    found: tuple[Settings, SafetyZone], capsys: pytest.CaptureFixture[str]
) -> None:
    settings, zone = found
    assert asks(settings, "report", "--reason", REASON) == 0
    assert capsys.readouterr().out.strip() == str(zone.report)
    entries = Audit(zone.audit, zone.key).entries()
    assert [(one.what, one.finding, one.reason) for one in entries] == [("report", "", REASON)]
    rows = Read(zone.report.read_bytes()).tables["Looks and decisions, the newest first"]
    assert [row["What"] for row in rows] == ["made this page anew"]


def test_a_decision_is_on_the_next_page(found: tuple[Settings, SafetyZone]) -> None:
    settings, zone = found
    assert asks(settings, "review", GROUP, "--dismiss", "--reason", REASON) == 0
    read = Read(make_report(settings, zone).read_bytes())
    assert "Nothing is open" in read.text
    assert [row["State"] for row in read.tables["Decided findings"]] == ["dismissed"]


def test_without_a_reason_nothing_is_made(
    found: tuple[Settings, SafetyZone], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, zone = found
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert asks(settings, "report") == 1
    assert asks(settings, "report", "--reason", "why not") == 1
    assert not zone.report.exists()
    assert Audit(zone.audit, zone.key).entries() == []


def test_with_a_changed_audit_the_old_page_stays(found: tuple[Settings, SafetyZone]) -> None:
    settings, zone = found
    Audit(zone.audit, zone.key).write("queue", "", REASON)
    before = make_report(settings, zone).read_bytes()
    with sqlite3.connect(zone.audit) as con:
        con.execute("DROP TRIGGER audit_stays")
        con.execute("UPDATE audit SET who = 'somebody else'")
    with pytest.raises(StorageError, match="not what was written"):
        make_report(settings, zone)
    assert zone.report.read_bytes() == before
    assert [path.name for path in zone.report.parent.iterdir()] == ["index.html"]
