"""Where each finding stands: as of its last day, in the state that somebody decided.

Nothing of this shows a conversation, so no entry of the audit is asked for here: whoever shows it
to a person is to have one (review.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from clio_assets.safety.arguments import STATES
from clio_assets.safety.audit import Entry
from clio_assets.safety.findings import FINDINGS
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import STATE


@dataclass(frozen=True)
class LookedAt:
    """A day or a period of the zone."""

    kind: str
    """The folder, "days" or "periods": with `period: day` their keys are the same."""
    key: str
    steps: set[str]
    """Those that have been materialized."""
    findings: pl.DataFrame | None


def standing(found: Iterable[pl.DataFrame], entries: Iterable[Entry]) -> pl.DataFrame:
    """FINDINGS with `state`, each finding as of its last day, the surest open first."""
    frame = pl.concat([pl.DataFrame(schema=FINDINGS), *found])
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
    return (one.findings for one in looked_at(zone) if one.findings is not None)


def looked_at(zone: SafetyZone) -> Iterator[LookedAt]:
    """What each file of the zone holds, in order of its day; a file is opened once.

    Opening is what costs: a zone of half a year has hundreds of files.
    """
    for file in zone.files():
        with file.opened() as con:
            steps = {name for (name,) in con.execute(f"SELECT step FROM {STATE}").fetchall()}  # noqa: S608
            findings = con.sql("SELECT * FROM findings").pl() if "findings" in steps else None
        yield LookedAt(file.path.parent.name, file.path.stem, steps, findings)
