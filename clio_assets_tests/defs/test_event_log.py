"""A-1 for what Dagster keeps: no text of a conversation in events, metadata, logs or errors.

The first day's logs hold canaries in every field (`pipelines.write_source`); nothing redacts
errors here, as `DAGSTER_REDACT_USER_CODE_ERRORS` would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster._serdes import serialize_value

from clio_assets.defs import checks, conversations, door, facets
from clio_assets.defs.clio import Clio
from clio_assets_tests.defs.conftest import TO_THE_AUDIT, Copy, Pipeline
from clio_assets_tests.defs.pipelines import FIRST, failures, launch, tables_of

pytestmark = pytest.mark.platform


def kept_by(pipeline: Pipeline) -> str:
    """Every event of every run as it is stored, and every file of the instance."""
    records = [
        serialize_value(event)
        for run in pipeline.instance.get_runs()
        for event in pipeline.instance.all_logs(run.run_id)
    ]
    files = [path for path in (pipeline.root / "dagster").rglob("*") if path.is_file()]
    return "\n".join(records + [path.read_bytes().decode(errors="replace") for path in files])


def found_in(text: str, pipeline: Pipeline) -> list[str]:
    lower = text.lower()
    return [canary for canary in pipeline.canaries if canary in lower]


def test_the_canaries_are_in_the_private_tables(released: Pipeline) -> None:
    """Otherwise finding none of them elsewhere would mean nothing."""
    private = str(tables_of(released.clio.layout.day(FIRST).path))
    asked, answered, later, name, account, product, model, broken, undated = released.canaries
    assert set(found_in(private, released)) == {asked, answered, later, name, product, model}
    assert {account, broken, undated}.isdisjoint(found_in(private, released))
    quarantine = released.clio.layout.day(FIRST).read("quarantine")
    assert len(quarantine) == 2


def test_a_day_that_succeeds_leaves_no_text_with_dagster(released: Pipeline) -> None:
    kept = kept_by(released)
    assert "insight_report" in kept
    assert "failed_by_rule" in kept
    assert found_in(kept, released) == []


def test_a_day_that_succeeds_leaves_no_text_in_its_release(released: Pipeline) -> None:
    layout = released.clio.layout
    tables = str(tables_of(layout.releases)) + str(tables_of(layout.warehouse))
    files = [path for path in layout.bundles.rglob("*") if path.is_file()]
    texts = [path.read_bytes().decode(errors="replace") for path in files]
    names = [str(path) for path in files]
    assert FIRST in tables
    assert found_in("\n".join([tables, *texts, *names]), released) == []


def quotes_a_row(frame: pl.DataFrame, *_: object, **__: object) -> None:
    """What a careless library does."""
    raise ValueError(f"cannot convert {frame.rows()}")


def quotes_in_a_chain(frame: pl.DataFrame, *_: object, **__: object) -> None:
    try:
        quotes_a_row(frame)
    except ValueError as error:
        raise TypeError(f"while reading {frame.rows()}") from error


def casts_a_text(clio: Clio, day: str) -> checks.Outcome:
    """DuckDB's own error quotes the text it could not cast."""
    clio.layout.day(day).query(
        "SELECT first_request::INTEGER FROM conversations WHERE first_request LIKE '%canary%'"
    )
    return True, {}


def quotes_texts(_topics: object, _members: object, texts: pl.DataFrame, *_: object) -> None:
    quotes_a_row(texts)


def quotes_members(*_: object, members: pl.DataFrame, **__: object) -> None:
    raise KeyError(f"no such topic: {members.rows()}")


FAULTS: dict[str, tuple[object, str, Callable[..., object], str]] = {
    "normalising": (conversations, "duplicate_keys", quotes_a_row, "conversations"),
    "facets": (facets, "extract_facets", quotes_a_row, "facets"),
    "facets, chained": (facets, "extract_facets", quotes_in_a_chain, "facets"),
    "a check": (
        checks,
        "facets_are_complete",
        casts_a_text,
        "facets_every_conversation_has_facets",
    ),
    "the audit": (door, "audit_topics", quotes_texts, "topic_audit"),
    "the door": (door, "open_door", quotes_members, "released_topics"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_that_quotes_a_row_is_told_without_it(
    audited: Pipeline,
    copied: Copy,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    fault: str,
) -> None:
    module, name, raises, expected = FAULTS[fault]
    monkeypatch.setattr(module, name, raises)
    pipeline = on_files(copied(audited))
    begin_anew(pipeline)
    result = launch(
        pipeline.definitions, FIRST, *TO_THE_AUDIT, "released_topics", instance=pipeline.instance
    )
    told = failures(result)
    assert set(told) == {expected}
    assert "The message is withheld" in told[expected]
    kept = kept_by(pipeline)
    assert "The message is withheld" in kept
    assert found_in(kept, pipeline) == []
    printed = capfd.readouterr()
    assert found_in(printed.out + printed.err, pipeline) == []


def on_files(pipeline: Pipeline) -> Pipeline:
    folder = pipeline.root / "dagster"
    folder.mkdir()
    return replace(pipeline, instance=dg.DagsterInstance.local_temp(str(folder)))


def begin_anew(pipeline: Pipeline) -> None:
    """Forget the first day, so that every step of it has something to do."""
    for path in (pipeline.root / "home" / "private").rglob(f"{FIRST}.duckdb*"):
        Path(path).unlink()
