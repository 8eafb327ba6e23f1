"""F22: a day of which much cannot be read goes no further than the reading."""

from __future__ import annotations

import gzip

import pytest

from clio_assets.defs.checks import MOST_QUARANTINED
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    failed_checks,
    launch,
    metadata_of,
    release_zone,
    started,
)

pytestmark = pytest.mark.platform


def spoil(pipeline: Pipeline, share: float) -> None:
    """Cut so many of the first day's rows short."""
    file = pipeline.root / "source" / f"{FIRST}.jsonl.gz"
    rows = gzip.decompress(file.read_bytes()).splitlines()
    spoiled = round(share * len(rows))
    rows[:spoiled] = [row[: len(row) // 2] for row in rows[:spoiled]]
    file.write_bytes(gzip.compress(b"\n".join(rows) + b"\n"))


@pytest.mark.parametrize(("share", "goes_on"), [(0.35, False), (0.20, True)])
def test_a_day_goes_on_with_fewer_than_the_most_that_may_be_refused(
    audited: Pipeline, copied: Copy, share: float, goes_on: bool
) -> None:
    pipeline = copied(audited)
    spoil(pipeline, share)
    assert (share < MOST_QUARANTINED) is goes_on
    result = launch(pipeline.definitions, FIRST, "raw_conversations", "conversations")
    assert result.success is goes_on
    assert failed_checks(result) == (set() if goes_on else {"quarantine_is_small"})
    assert ("conversations" in started(result)) is goes_on
    assert "raw_conversations" in metadata_of(result)
    assert release_zone(pipeline.clio.layout) == {}
