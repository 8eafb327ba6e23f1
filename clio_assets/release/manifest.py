"""The manifest of a bundle: what it was made from, why each topic is in it, what its files are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from clio_assets.release.tables import Release

MANIFEST = "manifest.json"
NOT_PEOPLE = "Counts conversations, not people."
"""Said wherever the logs name no account: every threshold then protects conversations only."""


def manifest(release: Release, version: int, files: dict[str, bytes]) -> dict[str, Any]:
    """Everything the release says about itself, and the size and hash of every file (rule G-17).

    Released topics carry a decision for each rule; withheld ones appear as one total only. There
    is no time of writing: the same release gives the same bytes.
    """
    row = release.row
    notice = {"notice": NOT_PEOPLE} if counts_conversations(row) else {}
    return {
        **notice,
        **row,
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "version": version,
        "release_version": row["version"],
        "thresholds": json.loads(row["thresholds"]),
        "decisions": _decisions(release),
        "files": {
            name: {"sha256": sha256(content), "bytes": len(content)}
            for name, content in sorted(files.items())
        },
    }


def counts_conversations(row: dict[str, Any]) -> bool:
    """True where a release could count conversations only, for want of an account."""
    return bool(row["counts_unit"] == "conversations")


def verify_bundle(path: Path) -> list[str]:
    """Recompute the hashes of a published bundle; return its faults, none when it is whole.

    A file that is missing, changed, added, or not a plain file is a fault.
    """
    try:
        stated = json.loads((path / MANIFEST).read_bytes())["files"]
        hashes = {name: entry["sha256"] for name, entry in stated.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{MANIFEST}: missing or unreadable"]
    present = {item.name for item in path.iterdir()} - {MANIFEST}
    faults = [f"{name}: not in the manifest" for name in present - hashes.keys()]
    for name, expected in hashes.items():
        file = path / name
        if name not in present:
            faults.append(f"{name}: missing")
        elif file.is_symlink() or not file.is_file():
            faults.append(f"{name}: not a plain file")
        elif sha256(file.read_bytes()) != expected:
            faults.append(f"{name}: its content is not what was published")
    return sorted(faults)


def sha256(content: bytes) -> str:
    """The hash by which a manifest names a file's content."""
    return hashlib.sha256(content).hexdigest()


def _decisions(release: Release) -> list[dict[str, Any]]:
    """The rules passed and what each asked for, once for all topics of which they say the same."""
    names = dict(release.tables["topics"].select("topic_id", "name").iter_rows())
    rules: dict[str, list[tuple[str, str, str]]] = {topic: [] for topic in sorted(names)}
    for topic, rule, requirement, decision in release.decisions.iter_rows():
        if topic in rules:
            rules[topic].append((rule, requirement, decision))
    alike: dict[tuple[tuple[str, str, str], ...], list[dict[str, str]]] = {}
    for topic, passed in rules.items():
        alike.setdefault(tuple(passed), []).append({"topic_id": topic, "name": names[topic]})
    return [
        {
            "topics": topics,
            "rules": [
                {"rule": rule, "requirement": requirement, "decision": decision}
                for rule, requirement, decision in passed
            ],
        }
        for passed, topics in alike.items()
    ]
