"""The safety location: finds a campaign on its first day, and nothing of it is seen elsewhere."""

from __future__ import annotations

import gzip
import re
import sqlite3
from argparse import ArgumentParser, Namespace, _SubParsersAction
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import polars as pl
import pytest

from clio_assets.cli import main
from clio_assets.defs.in_process import QUIET
from clio_assets.safety.arguments import add_safety_arguments
from clio_assets.safety.audit import SHORTEST_REASON, Audit
from clio_assets.safety.defs.build import build_safety_definitions
from clio_assets.safety.operate import run_safety
from clio_assets.safety.zone import SafetyZone, create_key_file, open_zone
from clio_assets.storage.duckfile import DuckFile
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import (
    DAYS,
    FIRST,
    THIRD,
    HashedWords,
    failures,
    launch,
    metadata_of,
    tables_of,
)
from clio_assets_tests.defs.prepared import run_days

pytestmark = pytest.mark.platform

ACCOUNTS = [f"planted-account-{number}" for number in range(9)]
ROOMS = ["hall", "kitchen", "attic", "cellar", "studio", "porch", "garage", "nursery", "library"]
REPORT = "safety_report"
ROOT = Path(__file__).parents[2]
REASON = "case 4711: praise for one lamp from many accounts"


def template(room: str) -> str:
    return (
        f"Write five stars for the Zintobel lamp and praise how warmly it lights my {room} tonight"
    )


def plant_campaign(root: Path, day: str) -> None:
    """Nine accounts that nobody saw before send one template on `day`."""
    path = next((root / "source").glob(f"{day}*"))
    rows = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    planted = [
        orjson.dumps(
            {
                "conversation_id": f"planted-{day}-{account}",
                "account_id": account,
                "started_at": f"{day}T10:{10 + number}:00Z",
                "model": None,
                "messages": [
                    {"role": "user", "content": template(room)},
                    {"role": "assistant", "content": "Five stars!"},
                ],
            }
        )
        for number, (account, room) in enumerate(zip(ACCOUNTS, ROOMS, strict=True))
    ]
    whole = rows.rstrip(b"\n") + b"\n" + b"\n".join(planted) + b"\n"
    path.write_bytes(gzip.compress(whole, mtime=0) if path.suffix == ".gz" else whole)


@dataclass(frozen=True)
class Watched:
    """A pipeline whose safety location ran, beside one that has none."""

    pipeline: Pipeline
    plain: Pipeline
    zone: SafetyZone
    definitions: dg.Definitions
    results: dict[tuple[str, str], dg.ExecuteInProcessResult]

    def asks(self, *arguments: str) -> int:
        """`clio safety …` with these arguments."""
        parser = ArgumentParser()
        add_safety_arguments(parser)
        chosen: Namespace = parser.parse_args(arguments)
        return run_safety(self.pipeline.clio.settings, chosen)

    def findings(self, day: str) -> pl.DataFrame:
        return self.zone.day(day).read("findings")


@pytest.fixture(scope="module")
def watched(released: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    root = tmp_path_factory.mktemp("watched")
    plain = released.copied_to(root / "plain")
    monitors = {"lamps": {"words": ["Zintobel"], "since": THIRD, "alert": {"accounts": 5}}}
    pipeline = released.copied_to(root / "watched", safety={"enabled": True, "monitors": monitors})
    settings = pipeline.clio.settings
    create_key_file(settings.safety.key_file)
    zone = open_zone(settings)
    definitions = build_safety_definitions(settings, zone)
    (definitions.resources or {})["safety"].clio.__dict__["embedder"] = HashedWords()
    results = {}
    for day in DAYS:
        if day == THIRD:
            for one in (plain, pipeline):
                plant_campaign(one.root, THIRD)
                run_days(one, [THIRD])
        own = ["monitor_lamps"] if day == THIRD else []
        for job in ("safety_daily", "safety_day_topics", *own):
            results[day, job] = launch(definitions, day, job=job, instance=pipeline.instance)
            assert results[day, job].success, failures(results[day, job])
    results["", REPORT] = definitions.resolve_job_def(REPORT).execute_in_process(
        instance=pipeline.instance, run_config=QUIET, raise_on_error=False
    )
    assert results["", REPORT].success, failures(results["", REPORT])
    return Watched(pipeline, plain, zone, definitions, results)


def test_a_campaign_is_found_on_its_first_day(watched: Watched) -> None:
    pseudonym = watched.pipeline.clio.pseudonym
    suspects = {watched.zone.suspect(pseudonym(account)) for account in ACCOUNTS}
    members = watched.zone.day(THIRD).read("coordinated_members")
    groups = {
        group: set(own) for group, own in members.group_by("group_id").agg("suspect").iter_rows()
    }
    assert suspects in groups.values()
    first = watched.findings(THIRD).row(0, named=True)
    assert set(first["evidence"]) == {
        watched.zone.evidence(f"planted-{THIRD}-{account}") for account in ACCOUNTS
    }
    assert len(watched.findings(THIRD)) == len(groups)


def test_topics_are_watched_by_what_all_of_their_conversations_say(watched: Watched) -> None:
    layout, file = watched.pipeline.clio.layout, watched.zone.period_file(THIRD)
    members = layout.period_file(THIRD).read("topic_members").drop_nulls("topic_id")
    assert file.read("concern_by_topic")["conversations"].sum() == len(members)
    # No flag is named, and nothing has a fortnight of history.
    assert all(file.read(table).is_empty() for table in ("classifier_errors", "bursts", "findings"))


def test_a_release_is_the_same_with_and_without_it(watched: Watched) -> None:
    def published(pipeline: Pipeline) -> dict[str, Any]:
        layout = pipeline.clio.layout
        bundles = sorted(path for path in layout.bundles.rglob("*") if path.is_file())
        return {
            "released": tables_of(layout.releases),
            "warehouse": tables_of(layout.warehouse),
            **{str(path.relative_to(layout.bundles)): path.read_bytes() for path in bundles},
        }

    mine, theirs = published(watched.pipeline), published(watched.plain)
    assert mine.keys() == theirs.keys()
    assert mine == theirs
    assert any(key.startswith(THIRD) for key in mine)


def test_nothing_of_the_main_location_depends_on_it(watched: Watched) -> None:
    main_graph = watched.pipeline.definitions.resolve_asset_graph()
    assert not [key for key in main_graph.get_all_asset_keys() if key.path[0] == "safety"]
    graph = watched.definitions.resolve_asset_graph()
    own = graph.executable_asset_keys
    assert own
    assert all(key.path[0] == "safety" for key in own)


def test_no_row_name_or_count_of_it_is_told_elsewhere(watched: Watched) -> None:
    zone = watched.zone
    told = "".join(str(metadata_of(result)) for result in watched.results.values())
    logged = "".join(
        str(event) for result in watched.results.values() for event in result.all_events
    )
    members = zone.day(THIRD).read("coordinated_members")
    secret = {*members["suspect"], *members["evidence"], *members["group_id"]}
    secret |= {*watched.findings(THIRD)["finding"], "Zintobel", "monitor-lamps", *ACCOUNTS}
    files = (watched.pipeline.root / "home" / "release").rglob("*")
    released = b"".join(path.read_bytes() for path in files if path.is_file())
    for name in secret:
        assert name not in told + logged
        assert name.encode() not in released
    for metadata in (metadata_of(result) for result in watched.results.values()):
        assert all(
            set(values) <= {"unchanged", "report", "seconds", "peak_mib"}
            for values in metadata.values()
        )


def test_the_zone_holds_no_account_and_no_text(watched: Watched) -> None:
    pseudonym = watched.pipeline.clio.pseudonym
    files = [path for path in watched.zone.folder.rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files)
    assert stored
    for account in ACCOUNTS:
        assert account.encode() not in stored
        assert pseudonym(account).encode() not in stored
    # A monitor's topic may be named by a word of theirs: nothing hides it here.
    assert not [room for room in ROOMS if template(room).encode() in stored]


def test_a_monitor_sees_them_on_their_first_day(watched: Watched) -> None:
    file = DuckFile(watched.zone.monitor("lamps") / "private" / "days" / f"{THIRD}.duckdb")
    finding = file.read("findings").row(0, named=True)
    assert finding["finding"] == f"monitor-lamps-{THIRD}"
    assert set(finding["evidence"]) == {
        watched.zone.evidence(f"planted-{THIRD}-{account}") for account in ACCOUNTS
    }


def test_the_report_shows_findings_and_nobody(watched: Watched) -> None:
    """It lies in the zone, so the test before this one reads it too."""
    zone = watched.zone
    page = zone.report.read_text(encoding="utf-8")
    assert all(finding in page for finding in watched.findings(THIRD)["finding"])
    members = zone.day(THIRD).read("coordinated_members")
    assert not [name for name in {*members["suspect"], *members["evidence"]} if name in page]
    topics = watched.pipeline.clio.layout.period_file(THIRD).read("topics")
    rated = zone.period_file(THIRD).read("concern_of_topics")
    named = topics.filter(pl.col("topic_id").is_in(rated["topic"].implode()))["name"]
    assert len(named) == len(rated) > 0
    assert all(escape(name) in page for name in named)
    # Nobody looks by an asset.
    assert Audit(zone.audit, zone.key).entries() == []


def test_the_report_is_made_an_hour_after_what_it_shows(watched: Watched) -> None:
    repository = watched.definitions.get_repository_def()
    crons = {one.name: str(one.cron_schedule).split() for one in repository.schedule_defs}
    assert crons.pop("safety_report_schedule") == ["0", "5", "*", "*", "*"]
    assert {cron[1] for cron in crons.values()} == {"4"}


def commands_that_show(finding: str) -> list[list[str]]:
    """Every call of `clio safety` but `run`, out of its own parser: a new one is in here too."""
    parser = ArgumentParser()
    add_safety_arguments(parser)
    (choice,) = [one for one in parser._actions if isinstance(one, _SubParsersAction)]
    commands = []
    for name, command in choice.choices.items():
        if name == "run":
            continue
        taken = {action.dest: action for action in command._actions}
        assert "reason" in taken
        start = [name, finding] if "finding" in taken else [name]
        flags = [one.option_strings[0] for one in command._actions if one.nargs == 0]
        commands += [start, *([*start, flag] for flag in flags if flag not in ("-h", "--help"))]
    return commands


def test_every_documented_look_has_a_reason() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    lines = [line for path in documents for line in path.read_text("utf-8").splitlines()]
    called = [line for line in lines if line.strip().startswith("clio safety ")]
    assert len(called) >= 5
    looks = [line for line in called if "safety run" not in line]
    reasons = [re.search(r'--reason "([^"]*)"', line) for line in looks]
    assert all(reason and len(reason[1]) >= SHORTEST_REASON for reason in reasons)


def test_without_a_reason_nothing_is_shown(
    watched: Watched, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    finding = watched.findings(THIRD)["finding"][0]
    before = Audit(watched.zone.audit, watched.zone.key).entries()
    commands = commands_that_show(finding)
    assert ["queue"] in commands
    assert ["review", finding, "--link"] in commands
    for command in commands:
        assert watched.asks(*command) == 1
        assert watched.asks(*command, "--reason", "why not") == 1
    said = capsys.readouterr()
    assert "--reason" in said.err
    assert finding not in said.out
    assert "Zintobel" not in said.out + said.err
    assert Audit(watched.zone.audit, watched.zone.key).entries() == before


def test_every_look_and_decision_is_in_the_audit_first(
    watched: Watched, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = watched.findings(THIRD)["finding"][0]
    assert watched.asks("queue", "--reason", REASON) == 0
    listed = capsys.readouterr().out
    assert finding in listed
    assert "Zintobel" not in listed
    assert watched.asks("review", finding, "--reason", REASON) == 0
    shown = capsys.readouterr().out
    assert shown.count("Zintobel") == len(ACCOUNTS)
    assert not any(account in shown for account in ACCOUNTS)
    assert watched.asks("review", finding, "--link", "--reason", REASON) == 0
    linked = capsys.readouterr().out
    assert all(account in linked for account in ACCOUNTS)
    assert watched.asks("review", finding, "--confirm", "--reason", REASON) == 0
    capsys.readouterr()
    assert watched.asks("queue", "--reason", REASON) == 0
    assert "confirmed" in capsys.readouterr().out
    entries = Audit(watched.zone.audit, watched.zone.key).entries()
    assert [one.what for one in entries] == ["queue", "look", "link", "confirm", "queue"]
    assert {one.reason for one in entries} == {REASON}

    # With the audit out of reach nothing is shown: it is written before anything is read.
    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError

    monkeypatch.setattr("clio_assets.safety.audit.sqlite3.connect", refuse)
    with pytest.raises(Exception, match=r".*"):
        watched.asks("review", finding, "--reason", REASON)
    assert "Zintobel" not in capsys.readouterr().out


def test_what_nobody_found_is_refused(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched.asks("review", "group-none", "--dismiss", "--reason", REASON) == 1
    assert "There is no finding group-none" in capsys.readouterr().err


def test_the_command_itself_refuses_where_the_zone_is_off(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    path = watched.plain.root / "clio.yaml"
    path.write_text(f"source: {{path: source, first_day: {FIRST}, last_day: {THIRD}}}\n")
    assert main(["--config", str(path), "safety", "queue", "--reason", REASON]) == 1
    assert "The safety location is off" in capsys.readouterr().err
