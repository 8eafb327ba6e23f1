"""The review queue: findings with a state, and the one way from a finding to its conversations.

Every function takes the audit's own entry of who asks and why, which only `Audit.write` makes. What
somebody decided is an entry as well, so no state changes without one.
"""

from __future__ import annotations

import polars as pl

from clio_assets.safety.audit import Audit, Entry
from clio_assets.safety.standing import all_findings, standing
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.errors import StorageError
from clio_assets.storage.layout import Layout

ROWS = 2_000


class UnknownFindingError(ValueError):
    """There is no such finding."""


def queue(zone: SafetyZone, audit: Audit, _entry: Entry) -> pl.DataFrame:
    """FINDINGS of all days, as `standing` has them."""
    return standing(all_findings(zone), audit.entries())


def require_known(zone: SafetyZone, finding: str) -> None:
    """Raise UnknownFindingError unless some day has the finding."""
    _evidence(zone, finding)


def conversations_of(zone: SafetyZone, layout: Layout, entry: Entry) -> pl.DataFrame:
    """The conversations that a finding rests on: day, started_at, suspect, evidence, text.

    Days whose private file is gone have none any more: the safety zone keeps no text.

    Raises:
        UnknownFindingError: no day has the finding that `entry` names.
    """
    wanted, last = _evidence(zone, entry.finding)
    found = []
    for day in (day for day in layout.days() if day <= last):
        if layout.day(day).state("conversations") is None:  # its first run was cut off
            continue
        for batch in layout.day(day).batches("conversations", ROWS):
            named = batch.select(
                pl.lit(day).alias("day"),
                "started_at",
                suspect=pl.col("account").map_elements(zone.suspect, pl.String),
                evidence=pl.col("conversation_id").map_elements(zone.evidence, pl.String),
                text=pl.col("messages")
                .list.eval(
                    pl.format(
                        "{}: {}",
                        pl.element().struct.field("role"),
                        pl.element().struct.field("content"),
                    )
                )
                .list.join("\n"),
            )
            found.append(named.filter(pl.col("evidence").is_in(wanted)))
    if not found:
        raise StorageError(
            "The private files of those days are gone, and the safety zone keeps no text of them."
        )
    return pl.concat(found).sort("started_at", "evidence")


def _evidence(zone: SafetyZone, finding: str) -> tuple[list[str], str]:
    """Every conversation of a finding, and the last day that may hold them."""
    wanted: set[str] = set()
    last = ""
    for rows in all_findings(zone):
        mine = rows.filter(pl.col("finding") == finding)
        if len(mine):
            wanted.update(mine["evidence"].explode().drop_nulls())
            last = max(last, *mine["day"])
    if not last:
        raise UnknownFindingError(f"There is no finding {finding}: `clio safety queue` lists them.")
    return sorted(wanted), last
