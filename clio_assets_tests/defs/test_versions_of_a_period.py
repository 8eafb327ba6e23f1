"""G-07 and G-19: what a period that changes after its release may show."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from clio_assets_tests.defs.conftest import TO_THE_AUDIT, Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    failures,
    launch,
    metadata_of,
    release_zone,
    tables_of,
)

pytestmark = pytest.mark.platform

STEPS = [*TO_THE_AUDIT, "released_topics"]


@pytest.fixture
def once(audited: Pipeline, copied: Copy) -> Pipeline:
    """The first day, released."""
    pipeline = copied(audited)
    assert run(pipeline)["version"] == 1
    return pipeline


def run(pipeline: Pipeline) -> dict[str, Any]:
    """Run the first day up to its release; what that tells of itself."""
    result = launch(pipeline.definitions, FIRST, *STEPS)
    assert result.success, failures(result)
    return metadata_of(result)["released_topics"]


def rows_of(pipeline: Pipeline, **renamed: str) -> list[bytes]:
    """The second day's rows, dated to the first, of conversations nobody has seen."""
    file = pipeline.root / "source" / f"{SECOND}.jsonl.gz"
    text = gzip.decompress(file.read_bytes()).decode().replace(SECOND, FIRST)
    for before, after in {"conv-": "late-", **renamed}.items():
        text = text.replace(f'"{before}', f'"{after}')
    return text.encode().splitlines()


def write(folder: Path, name: str, rows: list[bytes]) -> None:
    (folder / f"{FIRST}{name}.jsonl.gz").write_bytes(gzip.compress(b"\n".join(rows) + b"\n"))


def withdraw(pipeline: Pipeline) -> None:
    assert pipeline.clio.releases.withdraw(FIRST)


def test_a_few_late_conversations_are_counted_and_not_released(once: Pipeline) -> None:
    before = tables_of(once.clio.layout.releases)
    write(once.root / "source", "-late", rows_of(once)[:10])
    told = run(once)
    assert tables_of(once.clio.layout.releases) == before
    assert (told["version"], told["unchanged"]) == (1, True)
    assert told["inputs_changed_after_release"] is True
    assert told["late_conversations"] == "< 50"


def test_a_day_of_other_people_is_a_version_of_its_own(once: Pipeline) -> None:
    before = tables_of(once.clio.layout.releases)["released_topics"]
    write(once.root / "source", "", rows_of(once, **{"acct-": "other-"}))
    told = run(once)
    assert (told["version"], told["unchanged"]) == (2, False)
    assert told["inputs_changed_after_release"] is False
    assert "late_conversations" not in told
    after = tables_of(once.clio.layout.releases)
    assert {row[0] for row in after["released_topics"]} == {FIRST}
    assert after["released_topics"] != before
    assert run(once)["unchanged"] is True


def test_what_is_withdrawn_and_released_again_is_the_same_version(once: Pipeline) -> None:
    before = tables_of(once.clio.layout.releases)
    withdraw(once)
    assert release_zone(once.clio.layout) == {}
    told = run(once)
    assert (told["version"], told["unchanged"]) == (1, False)
    assert tables_of(once.clio.layout.releases) == before


def test_what_is_withdrawn_comes_back_with_no_few_people_more(once: Pipeline) -> None:
    withdraw(once)
    write(once.root / "source", "-late", rows_of(once)[:10])
    result = launch(once.definitions, FIRST, *STEPS)
    assert "versions_too_close" in failures(result)["released_topics"]
    assert release_zone(once.clio.layout) == {}


def test_who_stands_behind_a_release_is_known_in_the_private_zone_alone(once: Pipeline) -> None:
    file = once.clio.layout.period_file(FIRST)
    accounts = set(file.read("published_accounts")["account"])
    assert accounts
    released = {str(cell) for rows in tables_of(once.clio.layout.releases).values()
                for row in rows for cell in row}  # fmt: skip
    assert not accounts & released
