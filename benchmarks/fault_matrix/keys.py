"""F32: without the right account key nothing starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fault_matrix.invariants import require, same_as
from benchmarks.fault_matrix.pipeline import ASSETS, SECOND_DAY
from benchmarks.fault_matrix.reference import load_reference
from benchmarks.fault_matrix.rows import Bench, Row

PARTS = ("bad keys",)
OTHER_KEY = bytes(range(7, 39)).hex()


def _missing(file: Path) -> None:
    file.unlink()


def _too_short(file: Path) -> None:
    file.write_text("c0ffee" * 5)


def _not_random(file: Path) -> None:
    file.write_text("00" * 32)


def _readable(file: Path) -> None:
    file.chmod(0o644)


def _rotated(file: Path) -> None:
    file.write_text(OTHER_KEY)


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (_missing, "There is no account key"),
    "too short": (_too_short, "32 or more random bytes"),
    "not random": (_not_random, "32 or more random bytes"),
    "readable by others": (_readable, "chmod 600"),
    "rotated": (_rotated, "Put the former key back"),
}


def refuse_bad_keys(bench: Bench, part: str) -> Row:  # noqa: ARG001 - every row is called so
    """F32: a sentence, nothing written, and all is well once the key is back."""
    row = Row("F32")
    for case, (spoil, says) in CASES.items():
        with row.attempt(case):
            _refused(bench, spoil, says)
    with row.attempt("rotated, in the environment"), _environment(OTHER_KEY):
        _refused(bench, lambda _: None, "Put the former key back")
    return row


def _refused(bench: Bench, spoil: Callable[[Path], None], says: str) -> None:
    pipeline = bench.pipeline
    asset = ASSETS[0]
    stage = load_reference(bench.stages)[asset]
    pipeline.restore(bench.stages / asset)
    file = pipeline.settings.accounts.key_file
    key = file.read_bytes()
    spoil(file)
    outcome = pipeline.run(SECOND_DAY, [asset])
    require(says in outcome.message, outcome.message or "it went on")
    file.write_bytes(key)
    file.chmod(0o600)
    same_as(pipeline.seen(), stage.before)
    with _environment(None):
        outcome = pipeline.run(SECOND_DAY, [asset])
    require(outcome.error is None, outcome.message)
    same_as(pipeline.seen(), stage.after)


@contextmanager
def _environment(key: str | None) -> Iterator[None]:
    former = os.environ.pop("CLIO_ACCOUNT_KEY", None)
    if key is not None:
        os.environ["CLIO_ACCOUNT_KEY"] = key
    try:
        yield
    finally:
        os.environ.pop("CLIO_ACCOUNT_KEY", None)
        if former is not None:
            os.environ["CLIO_ACCOUNT_KEY"] = former
