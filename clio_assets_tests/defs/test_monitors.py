"""Monitors: the pipeline once more, on the conversations that match, inside the safety zone."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from clio_assets.safety.audit import Audit
from clio_assets.safety.defs import alerting
from clio_assets.safety.defs.build import build_safety_definitions
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.report.make import make_report
from clio_assets.safety.report.monitors import monitor_figures
from clio_assets.safety.review import conversations_of, queue
from clio_assets.safety.webhook import WebhookError
from clio_assets.safety.zone import SafetyZone, create_key_file, open_zone
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import (
    DAYS,
    FIRST,
    SECOND,
    THIRD,
    HashedWords,
    failed_checks,
    failures,
    launch,
    metadata_of,
)

pytestmark = pytest.mark.platform

MONITORS: dict[str, Any] = {
    "in_spanish": {
        "facets": {"language": ["es"]},
        "accounts_per_topic": 5,
        "alert": {"accounts": 10_000},
    },
    "since_the_launch": {
        "since": SECOND,
        "facets": {"language": ["en"]},
        "alert": {"conversations": 1},
    },
    "nobody": {"words": ["a word that nobody says"]},
}


@dataclass(frozen=True)
class Monitored:
    """A pipeline whose monitors ran for every day they watch."""

    pipeline: Pipeline
    definitions: dg.Definitions
    safety: Safety
    results: dict[tuple[str, str], dg.ExecuteInProcessResult]

    @property
    def zone(self) -> SafetyZone:
        return self.safety.zone

    def private(self, day: str, table: str) -> pl.DataFrame:
        return self.pipeline.clio.layout.day(day).read(table)

    def read(self, name: str, key: str, table: str) -> pl.DataFrame:
        layout = self.safety.monitored(name).layout
        of_period = table not in {"matches", "monitor_day", "findings"}
        return (layout.period_file(key) if of_period else layout.day(key)).read(table)


@pytest.fixture(scope="module")
def monitored(audited: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Monitored:
    root = tmp_path_factory.mktemp("monitored")
    safety_settings = {"enabled": True, "monitors": MONITORS, "webhook_variable": "HOOK"}
    pipeline = audited.copied_to(root / "pipeline", safety=safety_settings)
    settings = pipeline.clio.settings
    create_key_file(settings.safety.key_file)
    definitions = build_safety_definitions(settings, open_zone(settings))
    safety = (definitions.resources or {})["safety"]
    assert isinstance(safety, Safety)
    safety.clio.__dict__["embedder"] = HashedWords()
    results = {}
    for name, monitor in MONITORS.items():
        for day in DAYS:
            if day >= monitor.get("since", FIRST):
                result = launch(definitions, day, job=f"monitor_{name}", instance=pipeline.instance)
                assert result.success, failures(result)
                results[name, day] = result
    return Monitored(pipeline, definitions, safety, results)


def test_what_matches_is_what_the_facets_say_under_the_zones_names(monitored: Monitored) -> None:
    for day in DAYS:
        facets = monitored.private(day, "facets").filter(language="es")
        expected = sorted(
            (
                monitored.zone.evidence(row["conversation_id"]),
                monitored.zone.suspect(row["account"]),
            )
            for row in facets.iter_rows(named=True)
        )
        assert expected
        assert sorted(monitored.read("in_spanish", day, "matches").iter_rows()) == expected
        counts = monitored.read("in_spanish", day, "monitor_day").row(0, named=True)
        assert counts == {
            "conversations": len(facets),
            "accounts": facets["account"].n_unique(),
            "of_conversations": len(monitored.private(day, "conversations")),
            "unanswered": 0,
        }


def test_its_topics_hold_what_matches_and_carry_on(monitored: Monitored) -> None:
    for day in (SECOND, THIRD):
        members = monitored.read("since_the_launch", day, "topic_members")
        matches = monitored.read("since_the_launch", day, "matches")
        assert set(members["conversation_id"]) == set(matches["evidence"])
        told = monitored.read("since_the_launch", day, "monitor_topics")
        assert told["conversations"].sum() == len(members.drop_nulls("topic_id"))
        assert len(told) > 1
        assert told["name"].null_count() == 0
    topics = [
        set(monitored.read("since_the_launch", day, "topics").filter(level=0)["topic_id"])
        for day in (SECOND, THIRD)
    ]
    assert topics[0] & topics[1]


def test_no_threshold_hides_a_topic(monitored: Monitored) -> None:
    least = monitored.pipeline.clio.settings.thresholds.min_accounts
    small = [
        row
        for day in DAYS
        for row in monitored.read("in_spanish", day, "monitor_topics").iter_rows(named=True)
        if row["accounts"] < least
    ]
    assert small
    assert all(row["name"] for row in small)


def test_a_monitor_that_nothing_matches_is_a_monitor(monitored: Monitored) -> None:
    for day in DAYS:
        assert monitored.read("nobody", day, "matches").is_empty()
        assert monitored.read("nobody", day, "monitor_topics").is_empty()


def test_its_days_are_those_of_its_period(monitored: Monitored) -> None:
    graph = monitored.definitions.resolve_asset_graph()

    def days(name: str) -> list[str]:
        key = dg.AssetKey(["safety", "monitors", name, "matches"])
        partitions = graph.get(key).partitions_def
        assert partitions is not None
        return list(partitions.get_partition_keys())

    assert days("in_spanish") == DAYS
    assert days("since_the_launch") == [SECOND, THIRD]


def test_a_check_warns_and_stops_nothing(monitored: Monitored) -> None:
    for (name, day), result in monitored.results.items():
        assert failed_checks(result) == ({"quiet"} if name == "since_the_launch" else set())
        (check,) = result.get_asset_check_evaluations()
        assert check.severity == dg.AssetCheckSeverity.WARN
        assert not check.metadata
        assert check.partition == day


def test_run_again_nothing_changes(monitored: Monitored) -> None:
    again = launch(
        monitored.definitions,
        THIRD,
        job="monitor_in_spanish",
        instance=monitored.pipeline.instance,
    )
    assert {told["unchanged"] for told in metadata_of(again).values()} == {True}


def test_an_alert_is_in_the_queue_and_leads_to_its_conversations(monitored: Monitored) -> None:
    zone = monitored.zone
    audit = Audit(zone.audit, zone.key)
    listed = queue(zone, audit, audit.write("queue", "", "looking at the monitors")).filter(
        kind="monitor"
    )
    names = {f"monitor-since_the_launch-{day}" for day in (SECOND, THIRD)}
    assert set(listed["finding"]) == names
    figures = json.loads(listed.row(0, named=True)["figures"])
    assert figures["monitor"] == "since_the_launch"
    assert figures["rule"] == "conversations ≥ 1"
    finding = f"monitor-since_the_launch-{THIRD}"
    entry = audit.write("look", finding, "looking at the monitors")
    layout = monitored.pipeline.clio.layout
    with layout.day("2025-08-30").opened():
        pass  # a day whose first run was cut off hides no other
    shown = conversations_of(zone, layout, entry)
    layout.day("2025-08-30").path.unlink()
    assert len(shown) == monitored.private(THIRD, "facets").filter(language="en").height


def test_the_report_tells_each_monitor(monitored: Monitored) -> None:
    settings, zone = monitored.pipeline.clio.settings, monitored.zone
    told = {one.name: one for one in monitor_figures(settings, zone)}
    assert list(told) == list(MONITORS)
    launch_day = told["since_the_launch"]
    assert launch_day.since == dt.date.fromisoformat(SECOND)
    assert launch_day.asks == "language is en"
    expected = [len(monitored.read("since_the_launch", day, "matches")) for day in (SECOND, THIRD)]
    assert launch_day.days["conversations"].to_list() == expected
    assert launch_day.days["alert"].to_list() == ["conversations ≥ 1"] * 2
    assert launch_day.period == THIRD
    assert set(launch_day.topics["name"]) == set(
        monitored.read("since_the_launch", THIRD, "monitor_topics")["name"]
    )
    assert told["in_spanish"].days["alert"].to_list() == [None] * 3
    page = make_report(settings, zone).read_text(encoding="utf-8")
    for name in MONITORS:
        assert name in page
    assert "a word that nobody says" in page
    assert f"since_the_launch: {expected[1]}\xa0conversations of" in page


def test_neither_logs_nor_metadata_nor_files_say_who_or_how_many(monitored: Monitored) -> None:
    for result in monitored.results.values():
        for told in metadata_of(result).values():
            assert set(told) <= {"unchanged", "seconds", "peak_mib"}
        logged = "".join(str(event) for event in result.all_events)
        assert "leaves" not in logged
        assert "base clusters." not in logged
    folder: Path = monitored.zone.folder
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    conversations = monitored.private(THIRD, "conversations")
    for account in conversations["account"].unique():
        assert account.encode() not in stored
    for item in conversations["conversation_id"]:
        assert item.encode() not in stored
    for text in conversations["first_request"]:
        assert len(text) < 40 or text[:40].encode() not in stored
    assert not [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]


def test_each_alert_is_posted_once_and_again_where_it_was_not_taken(
    monitored: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[str, str]] = []
    down = True

    def post(address: str, monitor: str, day: str) -> None:
        assert address == "https://example.org/hook"
        if down and day == THIRD:
            raise WebhookError("The webhook answered with status 503.")
        taken.append((monitor, day))

    monkeypatch.setattr(alerting, "post_alert", post)
    monkeypatch.setenv("HOOK", "https://example.org/hook")
    whole = (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(FIRST)).days + 1
    sensor = alerting.alert_sensor("HOOK", whole)
    resources = {"safety": monitored.safety}
    cursor: str | None = None

    def tick() -> None:
        """As the daemon does it: of a tick that fails it keeps no cursor."""
        nonlocal cursor
        with dg.build_sensor_context(resources=resources, cursor=cursor) as context:
            sensor(context)
            cursor = context.cursor

    tick()
    for _ in range(2):
        with pytest.raises(dg.Failure, match="status 503"):
            tick()
    assert taken == [("since_the_launch", SECOND)]
    down = False
    tick()
    tick()
    assert taken == [("since_the_launch", SECOND), ("since_the_launch", THIRD)]
    # What there is no time for is left to the next tick, and not to be posted twice by it.
    cursor = None
    taken.clear()
    monkeypatch.setattr(alerting, "TICK", -1)
    tick()
    assert taken == []
    monkeypatch.setattr(alerting, "TICK", 25)
    tick()
    assert len(taken) == 2
    taken.clear()
    # Alerts of long ago are no news to a sensor that is switched on today.
    with dg.build_sensor_context(resources=resources) as context:
        alerting.alert_sensor("HOOK", 14)(context)
    assert taken == []
