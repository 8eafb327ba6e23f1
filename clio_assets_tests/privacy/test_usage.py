"""What models cost, as it is told: coarse, and no few calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clio_assets.models.ledger import model_calls
from clio_assets.privacy.usage import USAGE, released_usage

PERIOD = "2026-11-02"
NOTHING = model_calls(Path("no") / "ledger.sqlite", [])


def paid(**changes: Any) -> dict[str, Any]:
    """A row of the ledger's sums."""
    row = {
        "stage": "facets", "model_asked": "small", "calls": 100, "tokens_in": 10_000,
        "tokens_out": 2_000, "tokens_cached": 0, "cost": 0.1, "unpriced": 0,
    }  # fmt: skip
    return dict.fromkeys(NOTHING.columns) | row | changes


def told(*rows: dict[str, Any], unit: int = 5) -> list[tuple[Any, ...]]:
    """The released rows without their period."""
    frame = released_usage(PERIOD, pl.DataFrame(rows, schema=NOTHING.schema), unit)
    assert frame.schema == pl.Schema(USAGE)
    assert frame["period"].unique().to_list() == [PERIOD]
    return frame.drop("period").rows()


def test_days_versions_and_servers_are_one_row_a_stage_and_model() -> None:
    assert told(
        paid(partition="2026-11-02", calls=30, tokens_in=1_400, model_served="small-v1"),
        paid(partition="2026-11-03", calls=31, tokens_in=1_400, model_served="small-v2"),
        paid(partition="2026-11-03", calls=70, model_asked="large"),
        paid(partition="2026-11-02", stage="audit", calls=50),
    ) == [
        ("audit", "small", 50, 10_000, 2_000, 0, 0.1),
        ("facets", "large", 70, 10_000, 2_000, 0, 0.1),
        ("facets", "small", 60, 3_000, 4_000, 0, 0.2),
    ]


@pytest.mark.parametrize(
    ("calls", "unit", "shown"),
    [(1, 5, None), (49, 5, None), (50, 5, 50), (53, 5, 55), (52, 5, 50), (52, 1, 52)],
)
def test_calls_are_rounded_and_few_are_not_told(calls: int, unit: int, shown: int | None) -> None:
    ((_, _, found, *_),) = told(paid(calls=calls), unit=unit)
    assert found == shown


def test_of_a_few_conversations_nothing_is_told_and_of_a_few_topics_the_cost() -> None:
    assert told(paid(calls=49), paid(calls=49, stage="audit")) == [
        ("audit", "small", None, 10_000, 2_000, 0, 0.1),
        ("facets", "small", None, None, None, None, None),
    ]


def test_tokens_and_dollars_are_round() -> None:
    row = paid(tokens_in=1_234_567, tokens_out=499, tokens_cached=500, cost=1.23456)
    ((*_, tokens_in, tokens_out, cached, dollars),) = told(row)
    assert (tokens_in, tokens_out, cached, dollars) == (1_235_000, 0, 1_000, 1.23)


def test_a_sum_that_lacks_a_price_is_no_sum() -> None:
    ((*_, dollars),) = told(paid(), paid(cost=None, unpriced=7))
    assert dollars is None


def test_where_no_model_was_asked_there_is_no_row() -> None:
    assert released_usage(PERIOD, NOTHING, 5).schema == pl.Schema(USAGE)
    assert released_usage(PERIOD, NOTHING, 5).is_empty()
