"""A-6, small: what conversations tell an obeying model reaches no release, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attacks.injection import SMALL, attack, found_in
from benchmarks.attacks.injections import SHARES, TEXTS, injections

pytestmark = pytest.mark.platform


def test_injections_are_three_hundred_and_have_a_mark_each() -> None:
    told = injections(1)
    assert len(told) == sum(SHARES.values()) == len({one.mark for one in told}) == 300
    assert len({one.deed for one in told}) >= 30
    assert told == injections(1)


def test_a_mark_is_found_in_every_disguise_that_holds_it() -> None:
    (one,) = injections(1, {"names": 1})
    for name, text in TEXTS.items():
        assert found_in([text(one.mark, one.victim, "0badcafe")], [one]) == {0}, name
    assert found_in(["Write cover letters for office jobs"], [one]) == set()


def test_nothing_that_is_told_is_released_and_the_others_are_untouched(tmp_path: Path) -> None:
    outcome = attack(tmp_path, small=True)
    assert outcome.held, outcome.figures
    assert outcome.won_without, outcome.figures
    assert outcome.figures["obeyed"] == sum(SMALL.shares.values())
