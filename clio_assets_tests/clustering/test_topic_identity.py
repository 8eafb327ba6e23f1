"""Topics over several periods: who stays, who is born, who ends."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clio_assets.clustering.identity import distances_between, identify, same_subject
from clio_assets.clustering.topics import fit_leaf_level, topic_table, topics_schema
from clio_assets.clustering.tree import TopicFit
from clio_assets_tests.clustering.blobs import (
    DIMENSION,
    base_of,
    centres,
    day,
    topic_of_blob,
    topics_of,
    unit,
)

TWELVE = centres(12, 8)
DAYS = [f"2026-11-{n:02}" for n in range(1, 7)]


def check_is_hierarchy(fit: TopicFit, table: pl.DataFrame) -> None:
    """What holds for any period: sums, one parent at most, no parent of one, ids once."""
    assert table.schema == pl.Schema(topics_schema(DIMENSION))
    assert table["topic_id"].is_unique().all()
    leaves, parents = table.filter(level=0), table.filter(level=1)
    assert leaves["conversations"].sum() == len(fit.leaves.labels)
    below = (
        leaves.drop_nulls("parent_id")
        .group_by(topic_id="parent_id")
        .agg(
            pl.len().alias("leaves"),
            pl.col("conversations").sum().alias("sum"),
            pl.col("accounts").sum().alias("most"),
            pl.col("accounts").max().alias("least"),
        )
    )
    joined = parents.join(below, on="topic_id", how="full")
    assert len(joined) == len(parents) == len(below)
    assert (joined["leaves"] >= 2).all()
    assert joined["conversations"].to_list() == joined["sum"].to_list()
    assert joined["accounts"].is_between(joined["least"], joined["most"]).all()
    assert parents["parent_id"].is_null().all()
    assert np.isfinite(table.select("x", "y").to_numpy()).all()


def test_a_stationary_stream_keeps_its_topics() -> None:
    previous, births = None, 0
    known: dict[int, str] = {}
    for number, period in enumerate(DAYS):
        of = day(TWELVE[:10], [90] * 10, seed=number, noise=0.15)
        fit, table = topics_of(of, previous, period)
        check_is_hierarchy(fit, table)
        found = topic_of_blob(fit, of)
        if previous is None:
            known = found
            assert set(table["status"]) == {"new"}
        else:
            births += int((table.filter(level=0)["status"] == "new").sum())
            assert found == known
            assert set(table["first_period"]) <= set(DAYS[: number + 1])
        previous = table
    assert births == 0


def test_topics_that_drift_keep_their_identity_and_first_period() -> None:
    random = np.random.default_rng(3)
    around, previous, known = TWELVE[:8], None, {}
    for number, period in enumerate(DAYS):
        of = day(around, [90] * 8, seed=20 + number)
        fit, previous = topics_of(of, previous, period)
        known = known or topic_of_blob(fit, of)
        assert topic_of_blob(fit, of) == known
        around = unit(around + random.normal(scale=0.05, size=around.shape))
    assert (previous.filter(level=0)["first_period"] == DAYS[0]).all()


def test_a_planted_subject_is_born_in_its_first_period_and_the_others_stay() -> None:
    before = day(TWELVE[:7], [90] * 7, seed=1)
    fit, previous = topics_of(before, None, DAYS[0])
    known = topic_of_blob(fit, before)
    now = day(TWELVE[:8], [90] * 8, seed=2)
    fit, table = topics_of(now, previous, DAYS[1])
    found = topic_of_blob(fit, now)
    born = table.filter(pl.col("level") == 0, pl.col("status") == "new")
    assert born["topic_id"].to_list() == [found[7]]
    assert born["first_period"].to_list() == [DAYS[1]]
    assert born["conversations"].to_list() == [90]
    assert {blob: found[blob] for blob in range(7)} == known
    again, _ = topics_of(now, previous, DAYS[1])
    assert again.leaves.ids == fit.leaves.ids


def test_a_subject_that_ends_takes_its_id_with_it() -> None:
    before = day(TWELVE[:8], [90] * 8, seed=1)
    fit, previous = topics_of(before, None, DAYS[0])
    known = topic_of_blob(fit, before)
    now = day(TWELVE[:7], [90] * 7, seed=2)
    fit, table = topics_of(now, previous, DAYS[1])
    assert known[7] not in table["topic_id"].to_list()
    assert topic_of_blob(fit, now) == {blob: known[blob] for blob in range(7)}
    # One that comes back later is another topic: nothing was seen of it in between.
    back = day(TWELVE[:8], [90] * 8, seed=3)
    fit, _ = topics_of(back, table, DAYS[2])
    assert topic_of_blob(fit, back)[7] not in known.values()


def test_one_subject_replaces_another_in_a_day() -> None:
    before = day(TWELVE[:8], [90] * 8, seed=1)
    fit, previous = topics_of(before, None, DAYS[0])
    known = topic_of_blob(fit, before)
    swapped = TWELVE[[0, 1, 2, 3, 4, 5, 6, 11]]
    now = day(swapped, [90] * 8, seed=2)
    fit, _ = topics_of(now, previous, DAYS[1])
    found = topic_of_blob(fit, now)
    assert {blob for blob in range(8) if found[blob] != known[blob]} == {7}
    assert found[7] not in known.values()


def test_parents_last_as_their_leaves_do() -> None:
    families = unit(np.repeat(centres(3, 4), 3, axis=0) + 0.45 * centres(9, 5))
    before = day(families, [90] * 9, seed=1, noise=0.05)
    fit, previous = topics_of(before, None, DAYS[0])
    check_is_hierarchy(fit, previous)
    now = day(families, [95, 85] * 4 + [90], seed=2, noise=0.05)
    fit, table = topics_of(now, previous, DAYS[1])
    check_is_hierarchy(fit, table)
    assert len(fit.parents) == 3
    parent = pl.col("topic_id", "parent_id")
    assert (
        table.filter(level=0)
        .select(parent)
        .sort("topic_id")
        .equals(previous.filter(level=0).select(parent).sort("topic_id"))
    )
    assert set(table["status"]) == {"continuing"}


def test_a_leaf_stays_under_its_parent_where_another_would_do_as_well() -> None:
    # Nine subjects that have nothing in common: any three parents are as good as others.
    of = day(TWELVE[:9], [90] * 9, seed=1)
    fit, previous = topics_of(of, None, DAYS[0])
    given = [number % 3 for number in range(9)]
    ids = [fit.parents[number] for number in given] + [None] * len(fit.parents)
    arbitrary = previous.with_columns(parent_id=pl.Series(ids, dtype=pl.String))
    again, _ = topics_of(of, arbitrary, DAYS[1])
    together = {frozenset(fit.leaves.ids[n::3]) for n in range(3)}
    assert {frozenset(held) for held in again.leaves_under.values()} == together


def test_leaves_that_merge_every_day_are_not_born_every_day() -> None:
    # Two halves of one subject, each too small for the gate.
    halves = unit(np.vstack([TWELVE[:8], TWELVE[8] + 0.25 * TWELVE[9:11]]))
    previous, births = None, []
    for number, period in enumerate(DAYS):
        of = day(halves, [80] * 8 + [45, 45], seed=number, noise=0.06)
        fit, table = topics_of(of, previous, period)
        found = topic_of_blob(fit, of)
        assert found[8] == found[9]
        births.append(int((table.filter(level=0)["status"] == "new").sum()))
        previous = table
    assert births[1:] == [0] * 5


@pytest.mark.parametrize("rows", [0, 1, 5, 21, 40])
@pytest.mark.parametrize("warm", [False, True])
def test_a_day_of_few_conversations_completes(rows: int, warm: bool) -> None:
    previous = None
    if warm:
        _, previous = topics_of(day(TWELVE[:4], [90] * 4, seed=1), None, DAYS[0])
    of = day(TWELVE[:4], [rows, 0, 0, 0], seed=2)
    _, table = topics_of(of, previous, DAYS[1])
    assert len(table) == min(rows, 1)
    assert table["conversations"].sum() == rows
    if warm and rows:
        assert table["status"].to_list() == ["continuing"]


def test_one_account_that_fills_a_cluster_does_not_hide_among_its_neighbours() -> None:
    of = day(TWELVE[:4], [78] * 4, seed=1)
    hogged = of.accounts.set(pl.Series(of.truth == 2), "hog")
    fit, table = topics_of(type(of)(of.vectors, hogged, of.truth), None, DAYS[0])
    own = topic_of_blob(fit, of)[2]
    assert table.filter(topic_id=own)["accounts"].item() == 1
    assert table.filter(topic_id=own)["conversations"].item() == 78


def test_counts_names_and_centroids_of_the_table_are_the_fits() -> None:
    of = day(TWELVE[:7], [90] * 7, seed=1)
    fit, _ = topics_of(of, None, DAYS[0])
    names = {fit.leaves.ids[0]: ("Booking flights", "Requests about flights.")}
    table = topic_table(fit, of.accounts, names, None, 1)
    first = table.row(0, named=True)
    mine = fit.leaves.labels == 0
    assert (first["name"], first["summary"]) == names[fit.leaves.ids[0]]
    assert first["conversations"] == mine.sum()
    assert first["accounts"] == len(set(of.accounts.filter(pl.Series(mine))))
    assert np.allclose(first["centroid"], of.vectors[mine].mean(0), atol=1e-6)
    assert set(table["name"][1:]) == {""}


def test_another_embedding_models_topics_are_not_carried_on() -> None:
    of = day(TWELVE[:4], [90] * 4, seed=1)
    _, previous = topics_of(of, None, DAYS[0])
    narrow = of.vectors[:, :10].copy()
    base = base_of(type(of)(narrow, of.accounts, of.truth))
    with pytest.raises(ValueError, match=r"24 dimensions .* 10: .* `topics.cold_start: true`"):
        fit_leaf_level(narrow, base, previous, lambda _: "fit", of.accounts, period=DAYS[1])


def test_a_topic_that_moved_some_way_is_the_same_and_another_subject() -> None:
    of = day(TWELVE[:6], [90] * 6, seed=1)
    fit, previous = topics_of(of, None, DAYS[0])
    places = fit.leaves.centroids
    away = np.sort(distances_between(places, places), axis=1)[:, 1]
    sideways = unit(np.random.default_rng(1).standard_normal(places.shape))
    steps = np.array([0.0, 0.2, 0.4, 0.53, 0.56, 0.9]) * np.median(away)
    moved = (places + steps[:, None] * sideways).astype(np.float32)
    level = identify(fit.leaves.labels, moved, previous, 0, period=DAYS[1])
    assert level.status == ["continuing"] * 5 + ["new"]
    assert same_subject(level, previous) == fit.leaves.ids[:3]
    assert same_subject(level, None) == []
