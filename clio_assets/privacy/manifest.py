"""G-17: a manifest says what a release was made from and why each topic is in it, and no more.

Withheld topics appear as one number. So the fields are a fixed list: an unknown one could name
what was withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clio_assets.privacy import GATE_VERSION
from clio_assets.privacy.rules import RULES

REQUIRED: dict[str, type | tuple[type, ...]] = {
    "period": str,
    "period_kind": str,
    "period_start": str,
    "period_end": str,
    "version": int,
    "release_version": int,
    "mode": str,
    "profile": str,
    "counts_unit": str,
    "conversations": int,
    "leaf_coverage": (int, float),
    "top_coverage": (int, float),
    "topics": int,
    "withheld": int,
    "thresholds": dict,
    "input_fingerprint": str,
    "configuration_fingerprint": str,
    "code_version": str,
    "gate_version": str,
    "decisions": list,
    "files": dict,
}
OPTIONAL: dict[str, type | tuple[type, ...]] = {"notice": str}
_DECISION = {"topics", "rules"}
_TOPIC = {"topic_id", "name"}
_RULE = {"rule", "requirement", "decision"}
_OLDEST = {"G-01", "G-02", "G-03", "G-04", "G-05", "G-11", "G-13"}
"""Rules of gate version 1."""


def check_manifest(manifest: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a bundle's manifest, in sentences; empty where nothing is.

    The sentences name fields and topic ids of the manifest, never values.
    """
    current = manifest.get("gate_version") == GATE_VERSION
    return [*_fields(manifest), *_decisions(manifest.get("decisions"), current)]


def withheld_names(documents: Mapping[str, str], withheld: Collection[str]) -> list[str]:
    """Return the names of the documents in which a withheld topic's name stands.

    `withheld` without the names that a released topic has too. For tests and audits inside the
    private zone: the answer names files only.
    """
    wanted = [name.casefold() for name in withheld if name.strip()]
    return sorted(
        file for file, text in documents.items() if any(name in text.casefold() for name in wanted)
    )


def _fields(manifest: Mapping[str, Any]) -> Iterator[str]:
    known = REQUIRED | OPTIONAL
    for field in sorted(REQUIRED.keys() - manifest.keys()):
        yield f"`{field}` is missing."
    for field in sorted(str(key) for key in manifest.keys() - known.keys()):
        yield f"`{field}` is not a field of a manifest."
    for field, kind in known.items():
        value = manifest.get(field)
        if field in manifest and (not isinstance(value, kind) or isinstance(value, bool)):
            yield f"`{field}` has the wrong type."
        elif value == "":
            yield f"`{field}` is empty."


def _decisions(decisions: object, current: bool) -> Iterator[str]:
    """Every released topic once, with every rule of the gate, all passed; each list of rules once.

    A release stays (G-19) while the gate gets new rules: of an earlier gate's every topic has the
    rules that any has, and never fewer than the oldest gate asked.
    """
    if not isinstance(decisions, list):
        return
    asked = {rule.id for rule in RULES} if current else _OLDEST | _rules_in(decisions)
    seen: set[str] = set()
    for number, entry in enumerate(decisions, start=1):
        where = f"Decision {number}"
        if not isinstance(entry, dict) or entry.keys() != _DECISION:
            yield f"{where} does not have exactly topics and rules."
            continue
        topics = [topic for topic in entry["topics"] if isinstance(topic, dict)]
        if len(topics) != len(entry["topics"]) or any(topic.keys() != _TOPIC for topic in topics):
            yield f"{where} has a topic without exactly topic_id and name."
            continue
        identities = [topic["topic_id"] for topic in topics]
        if len(set(identities)) < len(identities) or seen.intersection(identities):
            yield f"{where} repeats a topic."
        seen.update(identities)
        rules = [rule for rule in entry["rules"] if isinstance(rule, dict)]
        if len(rules) != len(entry["rules"]) or any(rule.keys() != _RULE for rule in rules):
            yield f"{where} has a rule without exactly rule, requirement and decision."
            continue
        if any(rule["decision"] != "passed" for rule in rules):
            yield f"{where} is not of released topics: a rule did not pass."
        if missing := asked - {rule["rule"] for rule in rules}:
            yield f"{where} says nothing of {', '.join(sorted(missing))}."


def _rules_in(decisions: list[Any]) -> set[str]:
    entries = [entry.get("rules", []) for entry in decisions if isinstance(entry, dict)]
    return {rule["rule"] for rules in entries for rule in rules
            if isinstance(rule, dict) and isinstance(rule.get("rule"), str)}  # fmt: skip
