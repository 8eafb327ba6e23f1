"""A-8: every way around the gate (ways_around.py), tried on the real definitions and counted."""

from __future__ import annotations

import io
import logging
import shutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path

from benchmarks.attacks.broken_gates import door_that_trusts_verdicts, door_without_verdicts
from benchmarks.attacks.outcome import Outcome
from benchmarks.attacks.ways_around import WAYS
from clio_assets_tests.defs.prepared import Pipeline, prepare_audited

BROKEN: dict[str, tuple[Callable[[], AbstractContextManager[None]], str]] = {
    "a door that trusts the verdicts": (
        door_that_trusts_verdicts,
        "forged verdicts: a topic cut to a few accounts",
    ),
    "a door that asks no verdicts": (
        door_without_verdicts,
        "released_topics alone, after a failed check",
    ),
}
"""Gates broken on purpose, and a way that leads past each."""

IN_A_MINUTE = (
    "released_topics alone, after a failed check",
    "without the checks: a verdict is missing",
    "checks that only warn",
    "forged verdicts: a topic cut to a few accounts",
)


def attack(folder: Path, small: bool) -> Outcome:
    """Try the ways one after the other, each on a fresh copy of an audited pipeline."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        audited = prepare_audited(folder / "audited")
        ways = IN_A_MINUTE if small else tuple(WAYS)
        ungated = _try(ways, audited, folder, nullcontext)
        broken = {
            gate: _try([way], audited, folder, breaking)[way]
            for gate, (breaking, way) in BROKEN.items()
        }
    figures = {
        "ways_tried": len(ungated),
        "ungated_rows": sum(ungated.values()),
        "ways_that_led_past": sorted(way for way, rows in ungated.items() if rows),
        "ungated_rows_past_a_broken_gate": broken,
    }
    return Outcome(
        held=not any(ungated.values()), won_without=all(broken.values()), figures=figures
    )


def _try(
    ways: Iterable[str],
    audited: Pipeline,
    folder: Path,
    gate: Callable[[], AbstractContextManager[None]],
) -> dict[str, int]:
    """Ungated rows by way."""
    found = {}
    for way in ways:
        pipeline = audited.copied_to(folder / "copy")
        with gate():
            found[way] = WAYS[way](pipeline)
        shutil.rmtree(pipeline.root)
    return found
