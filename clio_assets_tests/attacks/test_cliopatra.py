"""A-2: a naming model that obeys planted chats learns nothing of whom they are aimed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attacks.cliopatra import attack

pytestmark = pytest.mark.platform


def test_the_gate_holds_and_the_attack_wins_without_it(tmp_path: Path) -> None:
    outcome = attack(tmp_path, small=True)
    assert outcome.held, outcome.figures
    assert outcome.won_without, outcome.figures
