"""A finding keeps its name from one day to the next, and with it what somebody decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from clio_assets.safety.findings import Finding

SHARED = 0.5
"""Part of the smaller one's conversations that both must rest on: a campaign grows by the day, and
days leave the look-back at its other end."""


def continued(found: Iterable[Finding], known: pl.DataFrame) -> list[Finding]:
    """Give each finding the name of the one in `known` (FINDINGS) of its kind that it continues.

    One to one, the pair with most conversations in common first; of equals the known one whose
    name comes first.
    """
    found = list(found)
    pairs = []
    for at, one in enumerate(found):
        mine = set(one.evidence)
        for name, kind, evidence in known.select("finding", "kind", "evidence").iter_rows():
            both = len(mine.intersection(evidence or []))
            least = SHARED * min(len(mine), len(evidence or []))
            if kind == one.kind and both and both >= least:
                pairs.append((-both, name, at))
    names: dict[int, str] = {}
    for _, name, at in sorted(pairs):
        if at not in names and name not in names.values():
            names[at] = name
    return [replace(one, finding=names.get(at, one.finding)) for at, one in enumerate(found)]
