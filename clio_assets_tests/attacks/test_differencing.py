"""A-4: versions of a period that are published differ by nobody or by many."""

from __future__ import annotations

from pathlib import Path

from benchmarks.attacks.differencing import attack


def test_the_gate_holds_and_the_attack_wins_without_it(tmp_path: Path) -> None:
    outcome = attack(tmp_path, small=True)
    assert outcome.held, outcome.figures
    assert outcome.won_without, outcome.figures
