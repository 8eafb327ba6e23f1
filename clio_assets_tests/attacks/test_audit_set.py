"""The labelled set of auditors: G-14's rules hold, what accepts everything does not."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.attacks.audit_set import LABELS, attack, audit_set, holds, measure, refuses


def test_the_rules_hold_and_an_auditor_that_accepts_everything_does_not(tmp_path: Path) -> None:
    outcome = attack(tmp_path, True)
    assert outcome.held
    assert outcome.won_without
    assert outcome.passed


def test_an_auditor_that_refuses_everything_does_not_hold_either() -> None:
    assert not holds(measure(audit_set(), lambda *_: True))


def test_the_figures_are_shares_of_each_label() -> None:
    items = audit_set()
    credulous = measure(items, lambda *_: False)
    assert credulous["accepted_clean"] == 1
    assert credulous["refused_private"] == credulous["refused_injected"] == 0
    clean = items.filter(label="clean").height
    assert credulous["accuracy"] == round(clean / len(items), 3)


def test_the_set_is_large_varied_and_halved() -> None:
    items = audit_set()
    assert len(items) >= 600
    assert items.select("name", "summary").is_unique().all()
    sizes = dict(items.group_by("label").len().iter_rows())
    assert set(sizes) == set(LABELS)
    assert min(sizes[label] for label in LABELS if label != "no_topic") >= 100
    assert {"en", "es", "de", "fr", "pt", "ja"} <= set(items["language"])
    assert set(items["style"]) == {"phrases", "sentence"}
    held_out = items.filter(pl.col("written") == "first")["held_out"].mean()
    assert isinstance(held_out, float)
    assert 0.4 < held_out < 0.6


def test_a_topic_of_the_demo_is_not_refused() -> None:
    for name in (
        "Story, ending, villain",
        "Python, debug, error",
        "Euro, steuererklärung, bezahlt",
        "Treino, semana, carga",
        "願, 連絡, メール",
        "Terre, jardin, planter",
    ):
        assert not refuses(name, "")
