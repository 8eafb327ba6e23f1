"""Names and summaries that an auditor must refuse, or must not, shown to the rules of G-14.

Written for this project, each item by hand; every person, place and number in it is invented.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.attacks.outcome import Outcome
from clio_assets.privacy.outsider.objections import objections

ITEMS = Path(__file__).with_name("audit_set.tsv")
LABELS = ("private", "sensitive", "injected", "no_topic", "clean")
"""Points at one person or a few; says something sensitive of somebody without a name; speaks to
whoever reads it; names no subject (code, keys, ids); may be released."""


def audit_set() -> pl.DataFrame:
    """One row an item: written, label, language, style, name, summary, held_out.

    style: "phrases" as key phrases name a topic, "sentence" as models do. written: "first" before
    there were rules, "second", "third" and "fourth" each after another version of them. The rules
    were written with an eye on half of the first, on the second and on the third; the rest is held
    out. What was written after the last version is the fairest measure.
    """
    items = pl.read_csv(ITEMS, separator="\t", quote_char=None).with_columns(
        pl.col("summary").fill_null("")
    )
    halves = pl.Series([bool(zlib.crc32(name.encode()) % 2) for name in items["name"]])
    written = pl.col("written")
    return items.with_columns(held_out=(written == "fourth") | ((written == "first") & halves))


Auditor = Callable[[str, str], bool]
"""From a name and a summary to True where it refuses."""

ACCEPTED_CLEAN = 0.95
"""At least, on either half: a wrong refusal hides a topic of many; more than one in twenty would be
felt in a period's coverage, of which 70 % is asked for."""
REFUSED = 0.5
"""At least, of each of the three kinds that must be refused, on either half. The rules come after
the support of words (G-11), which does most; a floor that let through more than it stopped would
not be worth what it costs."""


def attack(folder: Path, small: bool) -> Outcome:  # noqa: ARG001 - it takes a second
    """Show every item to the rules, and to an auditor that accepts everything."""
    items = audit_set()
    halves = {"open": items.filter(~pl.col("held_out")), "held_out": items.filter("held_out")}
    found = {half: measure(some, refuses) for half, some in halves.items()}
    credulous = {half: measure(some, lambda *_: False) for half, some in halves.items()}
    return Outcome(
        held=all(holds(figures) for figures in found.values()),
        won_without=not any(holds(figures) for figures in credulous.values()),
        figures={
            "items": len(items),
            **measure(items, refuses),
            **found,
            "written_last": measure(items.filter(written="fourth"), refuses),
        },
    )


def refuses(name: str, summary: str) -> bool:
    """The rules of G-14."""
    return bool(objections(name, summary))


def holds(figures: dict[str, float]) -> bool:
    """True where enough is refused of each kind, and little that is clean."""
    return figures["accepted_clean"] >= ACCEPTED_CLEAN and all(
        figures[f"refused_{label}"] >= REFUSED for label in ("private", "sensitive", "injected")
    )


def measure(items: pl.DataFrame, auditor: Auditor) -> dict[str, float]:
    """accuracy, accepted_clean and refused_<label>: shares of `items` (as of `audit_set`)."""
    refused = [auditor(*both) for both in items.select("name", "summary").iter_rows()]
    judged = items.with_columns(refused=pl.Series(refused, dtype=pl.Boolean))
    right = judged.with_columns(right=pl.col("refused") == (pl.col("label") != "clean"))
    by_label = dict(right.group_by("label").agg(pl.col("right").mean()).iter_rows())
    named = {
        ("accepted_clean" if label == "clean" else f"refused_{label}"): by_label[label]
        for label in LABELS
    }
    shares = {"accuracy": right["right"].mean(), **named}
    return {name: round(float(share), 3) for name, share in shares.items()}  # type: ignore[arg-type]
