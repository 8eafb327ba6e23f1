"""Planting canaries in a folder of logs, a file of JSON lines a day."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.attacks.canary_texts import Canary
from benchmarks.attacks.disguises import disguised

Row = dict[str, Any]

FACET = "product"
"""The metadata field that a facet is read from."""


def plant(source: Path, days: Iterable[str], canaries: list[Canary], seed: int) -> None:
    """Write canaries into the days' files; each goes into rows of its own and of an account each.

    Raises:
        ValueError: there are not enough rows.
    """
    chance = random.Random(seed)  # noqa: S311 - no secrets
    files = {day: source / f"{day}.jsonl.gz" for day in days}
    rows = {
        day: [orjson.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
        for day, file in files.items()
    }
    hosts = [row for of_day in rows.values() for row in of_day]
    chance.shuffle(hosts)
    broken: dict[str, list[bytes]] = {day: [] for day in files}
    free = iter(hosts)
    for canary in canaries:
        if canary.place in ("malformed row", "bad time"):
            broken[chance.choice(list(files))].append(_refused(canary))
            continue
        for host in _of_different_accounts(free, canary):
            _write_into(host, canary, chance)
    for day, file in files.items():
        lines = [orjson.dumps(row) for row in rows[day]] + broken[day]
        file.write_bytes(gzip.compress(b"\n".join(lines) + b"\n", mtime=0))


def _of_different_accounts(free: Iterator[Row], canary: Canary) -> list[Row]:
    chosen: dict[str, Row] = {}
    for row in free:
        chosen.setdefault(row["account_id"], row)
        if len(chosen) == canary.accounts:
            return list(chosen.values())
    raise ValueError("There are more canaries than conversations to plant them in.")


def _write_into(row: Row, canary: Canary, chance: random.Random) -> None:
    said = disguised(canary.text, canary.disguise, chance)
    messages = row["messages"]
    metadata = row["metadata"] = dict(row.get("metadata") or {})
    match canary.place:
        case "request":
            # Before the rest, where the cut to the first sentences keeps it.
            first = next(message for message in messages if message["role"] == "user")
            first["content"] = f"{said}. {first['content']}"
        case "later turn":
            messages.append({"role": "user", "content": f"And what of {said}?"})
        case "answer":
            messages.append({"role": "assistant", "content": f"Certainly: {said}."})
        case "facet":
            metadata[FACET] = said
        case "metadata":
            metadata["workspace"] = said
        case "conversation id":
            row["conversation_id"] = said
        case "account id":
            row["account_id"] = said
        case "model":
            row["model"] = said
        case other:
            raise ValueError(other)


def _refused(canary: Canary) -> bytes:
    """A row that cannot be read, or one whose time cannot."""
    if canary.place == "malformed row":
        return b'{"messages": "' + canary.text.encode()
    message = {"role": "user", "content": "When?"}
    started_at = f"on {canary.text}"
    return orjson.dumps(
        {"conversation_id": "x", "account_id": "y", "started_at": started_at, "messages": [message]}
    )
