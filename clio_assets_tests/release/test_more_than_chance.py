"""What the marts call a change or a lift, on counts drawn, perturbed and rounded as released."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from clio_assets.privacy.perturbation import Perturbation
from clio_assets_tests.release.marts import write_marts, write_warehouse
from clio_assets_tests.release_fixture import write_released

UNIT = 5
DAYS = ("2026-11-02", "2026-11-03")


def warehouse_of(folder: Path, figures: dict[str, pl.DataFrame], periods: int = 2) -> Path:
    """The marts of these figures alone, of the invented periods' days in order."""
    released = folder / "released.duckdb"
    write_released(released, periods=periods, topics=1)
    with duckdb.connect(str(released)) as con:
        for table in ("released_topics", "released_cells"):
            con.execute(f"DELETE FROM {table}")  # noqa: S608
        for table, rows in figures.items():
            con.register("rows_in", rows.to_arrow())
            con.execute(f"INSERT INTO {table} BY NAME FROM rows_in")
        con.execute(
            "UPDATE released_periods SET topics = 1, conversations = (SELECT sum(conversations) "
            "FROM released_topics AS topics WHERE topics.period = released_periods.period "
            "AND parent_id IS NULL)"
        )
    return write_marts(released)


def read(warehouse: Path, table: str) -> pl.DataFrame:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.table(table).pl()


def topic_rows(
    period: str, told: dict[str, int], accounts: float = 1.0, parent: str | None = None
) -> pl.DataFrame:
    """Topics of these counts; with `parent`, also the topic that is their sum."""
    rows = [(name, 0, parent, count) for name, count in told.items()]
    if parent:
        rows.append((parent, 1, None, sum(told.values())))
    return pl.DataFrame(
        rows, schema=["topic_id", "level", "parent_id", "conversations"], orient="row"
    ).with_columns(
        period=pl.lit(period),
        name=pl.col("topic_id"),
        accounts=(pl.col("conversations") * accounts).round().cast(pl.Int64),
        share=pl.lit(1.0),
        parent_id=pl.col("parent_id").cast(pl.String),
    )


def movers_of(folder: Path, before: dict[str, int], now: dict[str, int]) -> dict[str, dict]:
    topics = [topic_rows(day, told) for day, told in zip(DAYS, (before, now), strict=True)]
    warehouse = warehouse_of(folder, {"released_topics": pl.concat(topics)})
    return {row["topic_id"]: row for row in read(warehouse, "movers").to_dicts()}


def test_a_few_more_are_no_trend_and_three_times_as_many_are(tmp_path: Path) -> None:
    before = {"few": 31, "many": 50, "less": 300, "rest": 1119, "lost": 60}
    now = {"few": 26, "many": 150, "less": 205, "rest": 1119, "found": 60}
    movers = movers_of(tmp_path, before, now)
    assert {name: row["status"] for name, row in movers.items()} == {
        "few": "steady",
        "many": "grew",
        "less": "shrank",
        "rest": "steady",
        "lost": "gone",
        "found": "new",
    }
    assert movers["few"]["growth_low"] < 1 < movers["few"]["growth_high"]
    assert movers["many"]["growth"] == pytest.approx((150 / 1560) / (50 / 1560), abs=0.005)
    assert movers["many"]["growth_low"] > 1.5
    assert movers["found"]["growth"] is movers["lost"]["q_value"] is None


def test_a_topic_that_moves_with_the_whole_is_steady(tmp_path: Path) -> None:
    movers = movers_of(tmp_path, {"a": 200, "b": 1000}, {"a": 400, "b": 2000})
    assert {row["status"] for row in movers.values()} == {"steady"}
    assert movers["a"]["growth"] == 1


def test_a_topic_that_is_the_whole_of_its_period_can_be_compared(tmp_path: Path) -> None:
    movers = movers_of(tmp_path, {"a": 200}, {"a": 400})
    assert movers["a"]["growth"] == movers["a"]["p_value"] == 1
    assert movers["a"]["status"] == "steady"


def test_figures_are_those_of_the_formulas(tmp_path: Path) -> None:
    warehouse = write_warehouse(tmp_path, periods=2, topics=22)
    movers = read(warehouse, "movers").filter(
        pl.col("growth").is_not_null() & (pl.col("level") == 0)
    )
    topics, periods = read(warehouse, "released_topics"), read(warehouse, "released_periods")
    noise = np.var(np.subtract.outer(range(UNIT + 1), range(UNIT + 1))) + np.var(range(UNIT))
    variances, shares = [], []
    for day in DAYS:
        of_day = topics.filter(period=day)
        known = movers.select("topic_id").join(of_day, on="topic_id", maintain_order="left")
        c = known["conversations"].to_numpy()
        n = periods.filter(period=day)["conversations"][0]
        # One for each leaf, and in this fixture each parent and the period have a rest.
        b = len(of_day) + 1
        shares.append(c / n)
        r = np.maximum(1, c / known["accounts"].to_numpy())
        variances.append(r * (1 / c - 1 / n) + noise * (1 / c**2 - 2 / (c * n) + b / n**2))
    growth, error = shares[1] / shares[0], np.sqrt(sum(variances))
    p = 2 * stats.norm.sf(np.abs(np.log(growth)) / error)
    assert movers["growth"].to_numpy() == pytest.approx(growth, abs=0.0051)
    assert movers["growth_low"].to_numpy() == pytest.approx(
        growth * np.exp(-1.96 * error), abs=0.0051
    )
    assert movers["growth_high"].to_numpy() == pytest.approx(
        growth * np.exp(1.96 * error), abs=0.0051
    )
    assert movers["p_value"].to_numpy() == pytest.approx(p, abs=0.00006)
    q = stats.false_discovery_control(p)
    assert movers["q_value"].to_numpy() == pytest.approx(q, abs=0.00006)


class Draws:
    """Counts that only chance, noise and rounding tell apart, as the door would release them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.perturbation = Perturbation(UNIT, b"key")

    def told(self, count: int) -> int:
        return self.perturbation.told(int(count), int(self.random.integers(1 << 40)), least=1)

    def topics(self, day: str, groups: int, leaves: int, per_account: int) -> pl.DataFrame:
        """`leaves` topics a group with the same expectations every day."""
        expected = np.linspace(60, 240, groups * leaves) / per_account
        counts = [self.told(n) for n in per_account * self.random.poisson(expected)]
        return pl.concat(
            topic_rows(
                day,
                {f"t{g}.{leaf}": counts[g * leaves + leaf] for leaf in range(leaves)},
                accounts=1 / per_account,
                parent=f"g{g}",
            )
            for g in range(groups)
        )


def distances(ratios: pl.DataFrame, name: str) -> np.ndarray:
    """The logarithm of each ratio in the standard errors that its interval tells of."""
    low, ratio, high = (np.log(ratios[f"{name}{end}"].to_numpy()) for end in ("_low", "", "_high"))
    return ratio / ((high - low) / (2 * 1.959964))


@pytest.mark.parametrize("per_account", [1, 3])
def test_without_a_change_hardly_any_is_found(tmp_path: Path, per_account: int) -> None:
    periods = 60
    draws = Draws(seed=per_account)
    days = [str(np.datetime64("2026-11-02") + at) for at in range(periods)]
    topics = pl.concat(draws.topics(day, groups=10, leaves=5, per_account=per_account)
                       for day in days)  # fmt: skip
    warehouse = warehouse_of(tmp_path, {"released_topics": topics}, periods)
    movers = read(warehouse, "movers")
    assert len(movers) == (periods - 1) * 60
    # As wide as they should be, of leaves and of sums of leaves: not wider, for want of care.
    for level in (0, 1):
        z = distances(movers.filter(level=level), "growth")
        assert np.std(z) == pytest.approx(1, abs=0.1)
        assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.02)
    # One by one, about one in twenty would be called a change.
    alone = movers.filter(pl.col("p_value") < 0.05)
    found = movers.filter(pl.col("status") != "steady")
    assert len(alone) > 100
    assert found.select("period", "level").n_unique() < 0.15 * 2 * (periods - 1)


def cells_of(draws: Draws, mix: dict[str, list[float]]) -> dict[str, pl.DataFrame]:
    """One period's topics of 300, a facet of three values in each by its mix, and their sums."""
    day, values = DAYS[0], ("a", "b", "c")
    counts = {topic: draws.random.multinomial(draws.random.poisson(300), p)
              for topic, p in mix.items()}  # fmt: skip
    told = {topic: [draws.told(n) for n in row] for topic, row in counts.items()}
    told["*"] = [sum(row[at] for row in told.values()) for at in range(3)]
    rows = [
        {"period": day, "topic_id": topic, "facet": "language", "value": value,
         "conversations": count, "share": 1.0}
        for topic, row in told.items() for value, count in zip(values, row, strict=True)
    ]  # fmt: skip
    topics = topic_rows(day, {topic: draws.told(row.sum()) for topic, row in counts.items()})
    return {"released_topics": topics, "released_cells": pl.DataFrame(rows)}


def test_a_mix_like_everybody_s_is_usual(tmp_path: Path) -> None:
    mix = {f"t{at}": [0.5, 0.3, 0.2] for at in range(400)}
    warehouse = warehouse_of(tmp_path, cells_of(Draws(seed=5), mix), periods=1)
    lifts = read(warehouse, "facet_lift")
    assert len(lifts) == 1200
    z = distances(lifts, "lift")
    assert np.std(z) == pytest.approx(1, abs=0.08)
    assert len(lifts.filter(pl.col("p_value") < 0.05)) > 30
    assert set(lifts["status"]) == {"usual"}


def test_another_mix_is_over_and_under(tmp_path: Path) -> None:
    mix = {f"t{at}": [0.5, 0.3, 0.2] for at in range(30)} | {"odd": [0.2, 0.3, 0.5]}
    lifts = read(warehouse_of(tmp_path, cells_of(Draws(seed=6), mix), 1), "facet_lift")
    odd = {row["value"]: row for row in lifts.filter(topic_id="odd").to_dicts()}
    assert {value: row["status"] for value, row in odd.items()} == {
        "a": "under",
        "b": "usual",
        "c": "over",
    }
    assert odd["c"]["lift_low"] < 0.5 / 0.21 < odd["c"]["lift_high"]
    assert set(lifts.filter(pl.col("topic_id") != "odd")["status"]) == {"usual"}
