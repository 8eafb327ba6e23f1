"""G-07: the figures of two versions differ by nobody or by as many as a topic needs."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.privacy.placement import PERIOD
from clio_assets.privacy.versions import BEHIND, accounts_behind, figures_too_close
from clio_assets_tests.privacy.random_worlds import random_world, released

Cell = tuple[str, str | None]
CELLS: list[Cell] = [("t1", None), ("t1", "en"), ("t2", None), ("t2", "es")]
PEOPLE = st.dictionaries(st.sampled_from(CELLS), st.frozensets(st.integers(0, 9), min_size=1))


def behind(people: dict[Cell, frozenset[int]]) -> pl.DataFrame:
    rows = [
        (topic, None if value is None else "language", value, f"account{one}")
        for (topic, value), held in people.items()
        for one in sorted(held)
    ]
    return pl.DataFrame(rows, schema=BEHIND, orient="row")


@given(PEOPLE, PEOPLE, st.integers(1, 5))
def test_counted_as_by_hand(
    one: dict[Cell, frozenset[int]], other: dict[Cell, frozenset[int]], minimum: int
) -> None:
    expected = sum(0 < len(one[cell] ^ other[cell]) < minimum for cell in one.keys() & other.keys())
    assert figures_too_close(behind(one), behind(other), minimum) == expected
    assert figures_too_close(behind(other), behind(one), minimum) == expected


def test_goes_red_on_a_version_with_three_more_accounts() -> None:
    first = behind({("t1", None): frozenset(range(30))})
    second = behind({("t1", None): frozenset(range(33))})
    assert figures_too_close(first, second, 25) == 1
    assert figures_too_close(first, behind({("t1", None): frozenset(range(60))}), 25) == 0
    assert figures_too_close(first, first, 25) == 0
    # As many came as went: the count is the same, the people are not.
    swapped = behind({("t1", None): frozenset(range(3, 33))})
    assert figures_too_close(first, swapped, 25) == 1


def test_everyone_behind_every_published_figure_is_recorded() -> None:
    world = random_world(3, leaves=6, middles=2, tops=1, depth=2, size=300, accounts=40)
    release, placement = released(world)
    said = pl.DataFrame(
        {"conversation_id": world.people["conversation_id"], "value": world.language},
        schema_overrides={"value": pl.String},
    ).with_columns(facet=pl.lit("language"))
    found = accounts_behind(placement, said, release.cells)
    shown = set(release.topics_frame["topic_id"])
    assert shown
    assert set(found.filter(pl.col("facet").is_null())["topic_id"]) == shown | {PERIOD}
    cells = found.drop_nulls("facet").select("topic_id", "value").unique().rows()
    assert set(cells) == set(release.cells.select("topic_id", "value").iter_rows())
    for topic in shown:
        mine = found.filter(pl.col("topic_id") == topic, pl.col("facet").is_null())["account"]
        counted = placement.published().filter(topic_id=topic)["account"]
        assert set(mine) == set(counted)
        assert mine.is_unique().all()
