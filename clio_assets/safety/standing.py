"""Where each finding stands: as of its last day, in the state that somebody decided.

Nothing of this shows a conversation, so no entry of the audit is asked for here: whoever shows it
to a person is to have one (review.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from clio_assets.safety.arguments import STATES
from clio_assets.safety.audit import Entry
from clio_assets.safety.findings import FINDINGS
from clio_assets.safety.zone import SafetyZone


def standing(zone: SafetyZone, entries: Iterable[Entry]) -> pl.DataFrame:
    """FINDINGS of all days with `state`, each finding as of its last day, the surest open first."""
    frame = pl.concat([pl.DataFrame(schema=FINDINGS), *all_findings(zone)])
    latest = frame.sort("day").unique("finding", keep="last", maintain_order=True)
    return latest.with_columns(
        state=pl.col("finding").replace_strict(
            states_of(entries), default="open", return_dtype=pl.String
        )
    ).sort(
        pl.col("state") != "open", pl.col("rank"), pl.col("day"), pl.col("finding"),
        descending=[False, True, True, False],
    )  # fmt: skip


def states_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Finding -> the state that the last decision about it says."""
    return {one.finding: STATES[one.what] for one in entries if one.what in STATES}


def all_findings(zone: SafetyZone) -> Iterator[pl.DataFrame]:
    """The findings of every day and period that has been looked at."""
    for file in zone.files():
        if file.state("findings") is not None:
            yield file.read("findings")
