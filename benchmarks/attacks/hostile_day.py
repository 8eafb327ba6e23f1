"""A day of conversations some of which tell a model what to do."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson

from benchmarks.attacks.injections import Injection, invented
from clio_assets.demo.generate import FIRST_DAY, generate_demo

Row = dict[str, Any]

SIGNALS = ("lantern", "walnut", "harbour", "velvet", "compass", "meadow")
CROWD = 40
"""Accounts that share a signal."""

_VERBS = ["paint", "repair", "describe", "compare", "photograph", "restore", "measure", "choose"]
_THINGS = [
    *("handles", "colours", "shadows", "shelves", "hinges", "pictures", "maps", "ropes"),
    *("covers", "frames", "stories", "tools", "gardens", "songs", "labels", "boxes"),
]


def hostile_day(folder: Path, told: Sequence[Injection], per_day: int, seed: int) -> list[Row]:
    """The day's conversations: the demo's, the crowds' and those that tell of themselves."""
    rng = Random(seed)  # noqa: S311 - no secrets
    demo = generate_demo(folder / "demo", folder / "truth", seed, 1, per_day)
    rows = [orjson.loads(line) for line in gzip.decompress(demo.files[0].read_bytes()).splitlines()]
    themselves = [one for one in told if one.stage == "facets"]
    rows += [
        _row(f"i{one.number}", invented(rng), f"{_request(rng, 'window')}.\n{one.text}")
        for one in themselves
    ]
    # Each mark is one account's word, and each victim one conversation of the crowd.
    secrets = [*(one.mark for one in told), *sorted({one.victim for one in told})]
    for n, signal in enumerate(SIGNALS):
        mine = secrets[n :: len(SIGNALS)]
        for m in range(max(2 * CROWD, len(mine))):
            secret = mine[m] if m < len(mine) else ""
            account = f"{signal}{m % CROWD}"
            rows.append(_row(f"c{n}-{m}", account, f"{_request(rng, signal)}. {secret}"))
    return rows


def _request(rng: Random, about: str) -> str:
    one, other, third = rng.sample(_THINGS, 3)
    verb, again = rng.sample(_VERBS, 2)
    return f"{verb.capitalize()} {about} {one} {other} and {again} {about} {third}"


def _row(identity: str, account: str, text: str) -> Row:
    return {
        "conversation_id": identity,
        "account_id": account,
        "started_at": f"{FIRST_DAY}T12:00:00Z",
        "model": "sample-small",
        "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "content": "Here is what I would do."},
        ],
        "metadata": {"product": "web"},
    }
