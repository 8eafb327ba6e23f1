"""G-17: a manifest holds what it must, and no name of what was withheld."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clio_assets.privacy import GATE_VERSION
from clio_assets.privacy.manifest import check_manifest, withheld_names
from clio_assets.privacy.rules import RULES


def manifest() -> dict[str, Any]:
    rules = [{"rule": r.id, "requirement": "enough", "decision": "passed"} for r in RULES]
    return {
        "period": "2026-11-03", "period_kind": "day", "period_start": "2026-11-03",
        "period_end": "2026-11-04", "version": 1, "release_version": 1, "mode": "gate",
        "profile": "internal", "counts_unit": "accounts", "conversations": 1000,
        "leaf_coverage": 0.8, "top_coverage": 0.9, "topics": 1, "withheld": 3,
        "thresholds": {"min_accounts": 25}, "input_fingerprint": "a", "code_version": "0.1.0",
        "configuration_fingerprint": "b", "gate_version": GATE_VERSION,
        "decisions": [{"topics": [{"topic_id": "t", "name": "Booking flights"}], "rules": rules}],
        "files": {},
    }  # fmt: skip


def test_a_whole_manifest_has_no_problem() -> None:
    assert check_manifest(manifest()) == []
    assert check_manifest(manifest() | {"notice": "Counts conversations, not people."}) == []


@pytest.mark.parametrize("field", manifest())
def test_every_field_is_needed(field: str) -> None:
    left = {key: value for key, value in manifest().items() if key != field}
    assert check_manifest(left) == [f"`{field}` is missing."]


def test_withheld_topics_are_one_total() -> None:
    assert check_manifest(manifest() | {"withheld": ["a name"]}) == [
        "`withheld` has the wrong type."
    ]
    assert check_manifest(manifest() | {"withheld_topics": ["a name"]}) == [
        "`withheld_topics` is not a field of a manifest."
    ]


def test_a_decision_is_of_a_released_topic_and_complete() -> None:
    wrong = manifest()
    wrong["decisions"][0]["rules"][0]["decision"] = "failed"
    assert len(check_manifest(wrong)) == 1
    short = manifest()
    del short["decisions"][0]["rules"][0]
    assert check_manifest(short) == ["Decision 1 says nothing of G-01."]
    told = manifest()
    told["decisions"][0]["rules"][0]["observed"] = "24"
    assert len(check_manifest(told)) == 1
    twice = manifest()
    twice["decisions"] *= 2
    assert check_manifest(twice) == ["Decision 2 repeats a topic."]
    within = manifest()
    within["decisions"][0]["topics"] *= 2
    assert check_manifest(within) == ["Decision 1 repeats a topic."]
    assert len(check_manifest(manifest() | {"decisions": [{"topics": []}]})) == 1
    nameless = manifest()
    del nameless["decisions"][0]["topics"][0]["name"]
    assert check_manifest(nameless) == ["Decision 1 has a topic without exactly topic_id and name."]


def test_a_release_of_an_earlier_gate_lacks_only_rules_that_came_later() -> None:
    early = manifest() | {"gate_version": "1"}
    topic = early["decisions"][0]
    topic["rules"] = [rule for rule in topic["rules"] if rule["rule"] not in ("G-06", "G-14")]
    assert check_manifest(early) == []
    assert check_manifest(early | {"gate_version": GATE_VERSION}) == [
        "Decision 1 says nothing of G-06, G-14."
    ]
    fewer = {"topics": [{"topic_id": "u", "name": "Renting cars"}], "rules": topic["rules"][1:]}
    unequal = early | {"decisions": [topic, fewer]}
    assert check_manifest(unequal) == ["Decision 2 says nothing of G-01."]


def test_g17_goes_red_on_a_withheld_name_in_any_file() -> None:
    files = {"manifest.json": json.dumps(manifest()), "topics.csv": "t,booking Flights\n"}
    assert withheld_names(files, ["Rare diagnosis"]) == []
    assert withheld_names(files, ["Booking flights"]) == ["manifest.json", "topics.csv"]
