"""A monitor with a question: asked of what the rest lets through, paid once, and kept in the zone.

The answers stand under names that only the safety key makes, so that the folder alone says nothing.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clio_assets.config import ConfigError
from clio_assets.safety.defs.build import build_safety_definitions
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.zone import create_key_file, open_zone
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import (
    SECOND,
    HashedWords,
    failures,
    launch,
    metadata_of,
    settings_at,
)
from clio_assets_tests.models.fault_server import FaultServer, status

pytestmark = pytest.mark.platform

QUESTION = "Does the user write in Spanish?"


def models_at(server: FaultServer, **changes: Any) -> dict[str, Any]:
    stages = ("screener", "facets", "names", "hierarchy", "audit")
    limits = {"max_concurrency": 8, "max_retries": 0, "deadline_seconds": 20}
    asked = {stage: {"model": server.model} for stage in stages}
    return {"provider": "openai", "base_url": server.base_url, "limits": limits} | asked | changes


class Asked:
    """A pipeline with one monitor that asks, and its safety location."""

    def __init__(self, audited: Pipeline, root: Path, models: dict[str, Any]) -> None:
        spanish = {"since": SECOND, "facets": {"language": ["es"]}, "question": QUESTION}
        monitors = {"spanish": spanish}
        self.pipeline = audited.copied_to(
            root / "copy", safety={"enabled": True, "monitors": monitors}, models=models
        )
        settings = self.pipeline.clio.settings
        create_key_file(settings.safety.key_file)
        self.zone = open_zone(settings)
        self.definitions = build_safety_definitions(settings, self.zone)
        safety = (self.definitions.resources or {})["safety"]
        assert isinstance(safety, Safety)
        self.safety = safety
        safety.clio.__dict__["embedder"] = HashedWords()

    def run(self, *assets: str) -> dg.ExecuteInProcessResult:
        # The private zone itself was read without a model, so nothing but the monitor asks.
        return launch(
            self.definitions,
            SECOND,
            *assets,
            job="monitor_spanish",
            instance=self.pipeline.instance,
        )

    def counts(self) -> dict[str, int]:
        layout = self.safety.monitored("spanish").layout
        return layout.day(SECOND).read("monitor_day").row(0, named=True)

    @property
    def candidates(self) -> int:
        facets = self.pipeline.clio.layout.day(SECOND).read("facets")
        return facets.filter(language="es").height


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-stub")


def test_only_what_was_not_answered_is_asked_again(audited: Pipeline, tmp_path: Path) -> None:
    broken = True

    def script(seen: Any) -> Any:
        fails = broken and seen.stage == "screener" and int(seen.item, 16) % 3 == 0
        return status(400, message="no") if fails else None

    with FaultServer(script) as server:
        asked = Asked(audited, tmp_path, models_at(server))
        first = asked.run()
        assert first.success, failures(first)
        unanswered, calls = asked.counts()["unanswered"], server.calls
        assert 0 < unanswered < asked.candidates
        broken = False
        again = asked.run("safety/monitors/spanish/matches")
        assert again.success, failures(again)
        assert asked.counts()["unanswered"] == 0
        assert 0 < asked.counts()["conversations"] < asked.candidates
        assert 0 < server.calls - calls <= unanswered
        paid = server.calls
        assert asked.run("safety/monitors/spanish/matches").success
        assert server.calls == paid


def test_its_answers_say_nothing_to_whoever_holds_the_folder_alone(
    audited: Pipeline, tmp_path: Path
) -> None:
    with FaultServer() as server:
        asked = Asked(audited, tmp_path, models_at(server))
        result = asked.run()
        assert result.success, failures(result)
    for told in metadata_of(result).values():
        assert set(told) <= {"unchanged", "seconds", "peak_mib"}
    assert QUESTION not in "".join(str(event) for event in result.all_events)
    clio = asked.safety.monitored("spanish")
    with closing(sqlite3.connect(clio.layout.model_calls)) as con:
        rows = con.execute(
            "SELECT value FROM answers JOIN calls USING (call_id) WHERE stage = 'screener'"
        ).fetchall()
    # An answer and no more: the reference of a question is a hash of the text without a key.
    assert {tuple(json.loads(value)) for (value,) in rows} == {("answer",)}
    # The account key opens none of it.
    assert clio.model_key != asked.pipeline.clio.model_key
    private = asked.pipeline.clio.layout.day(SECOND).read("conversations")
    files = [path for path in asked.zone.folder.rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files)
    for secret in [*private["account"], *private["conversation_id"]]:
        assert secret.encode() not in stored
    for text in private["first_request"]:
        assert len(text) < 40 or text[:40].encode() not in stored
    assert not [path for path in asked.zone.folder.rglob("*") if path.stat().st_mode & 0o077]


def test_what_was_paid_when_the_money_ended_is_kept(audited: Pipeline, tmp_path: Path) -> None:
    price = {"input": 1.0, "output": 1.0}
    with FaultServer() as server:
        little = {"prices": {server.model: price}, "max_cost_per_run": 0.006}
        asked = Asked(audited, tmp_path, models_at(server, **little))
        one = "safety/monitors/spanish/matches"
        result = asked.run(one)
        assert "max_cost_per_run" in failures(result)["safety__monitors__spanish__matches"]
        assert 0 < server.paid < asked.candidates
        runs = 1
        while not result.success and runs < 40:
            result, runs = asked.run(one), runs + 1
        assert result.success
        assert server.paid <= asked.candidates
        assert asked.counts()["unanswered"] == 0


def test_a_question_without_a_model_for_it_is_refused(tmp_path: Path) -> None:
    stages = {stage: {"model": "m"} for stage in ("facets", "names", "hierarchy", "audit")}
    with pytest.raises(ConfigError, match=r"models\.screener\.model"):
        settings_at(
            tmp_path,
            models={"provider": "openai", **stages},
            safety={"monitors": {"spanish": {"question": QUESTION}}},
        )
