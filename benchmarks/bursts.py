"""Are bursts of five times the usual found the next day, and how often is there a false alarm?

python -m benchmarks.bursts [--trials 10] [--seed 101]

Each trial draws 200 topics over 26 weeks with a rhythm of the week, a rhythm of its own for some
topics, traffic that grows and goes up and down, and a holiday; once as it is, once with a burst of
one day every day, each in another topic, and once with bursts of five days. A burst adds four times
what is usual on that day. Settings were chosen on seeds 1 to 8, so report others. Prints a table,
and writes artifacts/bursts.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.safety.bursts import judge_days
from clio_assets.safety.shares import wilson

ARTIFACT = Path("artifacts/bursts.json")
FIRST_DAY = date(2026, 1, 5)
WEEKS, TOPICS = 26, 200
HOLIDAY = 100
"""A day on which two in five come."""

TIMES = 5
SIZES = (1, 2, 5, 10, 20, 50, 100, 501)
"""Usual accounts a day: where the rows of the table begin and end."""

FOUND, ALARMS = 0.95, 1.0
"""What is wanted: of the bursts, and per 100 topic-weeks at most."""

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """How counts are drawn, beside their means."""

    shocks: str
    """`none`, `gamma` or `log-normal`: of a topic's own on a day, beyond chance."""
    dispersion: float = 0.0
    """Variance of the shocks; from topic to topic it differs by a factor of two either way."""
    drift: float = 0.0
    """Standard deviation of the daily step of a topic's logarithm: not stationary above 0."""
    sizes: tuple[float, float] = (5, 500)
    topics: int = TOPICS
    shaken: bool = False
    """Whether the day's shock multiplies what a burst adds, too: then it has five times as many on
    average, and often only three times."""


WORLDS = {
    "Poisson": World("none"),
    "gamma shocks, 22 %": World("gamma", 0.05),
    "log-normal shocks, 22 %": World("log-normal", 0.05),
    "log-normal shocks, 32 %": World("log-normal", 0.1),
    "15 topics, 22 %": World("log-normal", 0.05, topics=15),
    "1 to 5 a day, 22 %": World("log-normal", 0.05, sizes=(1, 5)),
    "drifting 3 % a day, 22 %": World("log-normal", 0.05, drift=0.03),
}
STATIONARY = tuple(WORLDS)[:4]


@dataclass(frozen=True)
class Drawn:
    """(topics, days): how many times the usual was planted, and the counts; the topics' sizes."""

    planted: Counts
    counts: NDArray[np.int64]
    sizes: Counts


def draw(world: World, seed: int, burst_days: int = 0) -> Drawn:
    """Draw a world; with `burst_days` a burst begins whenever the one before is over."""
    random = np.random.default_rng(seed)
    days = np.arange(7 * WEEKS)
    low, high = np.log(world.sizes)
    sizes = np.exp(random.uniform(low, high, world.topics))
    weekend = days % 7 >= 5
    own = np.exp(random.normal(0, 0.4, world.topics)) ** (random.random(world.topics) < 0.3)
    traffic = np.exp(random.normal(0, 0.08, len(days))) * 1.5 ** (days / len(days))
    traffic *= np.where(weekend, 0.6, 1) * np.where(days == HOLIDAY, 0.4, 1)
    steps = random.normal(0, world.drift, (world.topics, len(days))).cumsum(1)
    mean = sizes[:, None] * traffic * np.where(weekend, own[:, None], 1) * np.exp(steps)
    varies = world.dispersion * np.exp2(random.uniform(-1, 1, world.topics))[:, None]
    planted = plant(random, mean.shape, burst_days)
    shocks = shocks_of(world, varies, random, mean.shape)
    counts = random.poisson(mean * shocks)
    counts += random.poisson(mean * (planted - 1) * (shocks if world.shaken else 1))
    return Drawn(planted, counts, sizes)


def shocks_of(
    world: World, varies: Counts, random: np.random.Generator, shape: tuple[int, ...]
) -> Counts:
    """Factors of mean 1 and variance `varies`."""
    if world.shocks == "gamma":
        return random.gamma(1 / varies, varies, shape)
    if world.shocks == "log-normal":
        spread = np.sqrt(np.log1p(varies))
        return np.exp(random.normal(0, 1, shape) * spread - spread**2 / 2)
    return np.ones(shape)


def plant(random: np.random.Generator, shape: tuple[int, int], burst_days: int) -> Counts:
    """One topic after the other, from the fourth week on; none bursts twice within four weeks."""
    planted = np.ones(shape)
    if burst_days:
        last = np.full(shape[0], -100)
        for start in range(21, shape[1] - burst_days + 1, burst_days):
            topic = random.choice(np.flatnonzero(start - last > 28))
            planted[topic, start : start + burst_days] = TIMES
            last[topic] = start + burst_days
    return planted


def frame_of(counts: NDArray[np.int64]) -> pl.DataFrame:
    """The counts as the pipeline has them; conversations are not looked at."""
    topics, days = np.nonzero(counts)
    found = counts[topics, days]
    return pl.DataFrame({"topic": [f"t{at:03}" for at in topics],
                         "day": [FIRST_DAY + timedelta(int(at)) for at in days],
                         "accounts": found, "conversations": 2 * found})  # fmt: skip


def judged(drawn: Drawn) -> pl.DataFrame:
    """What is said of each day, with what was planted and the topic's size."""
    topics, days = np.indices(drawn.counts.shape)
    truth = pl.DataFrame({"topic": [f"t{at:03}" for at in topics.ravel()],
                          "day": [FIRST_DAY + timedelta(int(at)) for at in days.ravel()],
                          "planted": drawn.planted.ravel() > 1,
                          "size": drawn.sizes[topics.ravel()]})  # fmt: skip
    said = judge_days(frame_of(drawn.counts))
    return truth.join(said, on=["topic", "day"], how="left").sort("topic", "day")


def false_alarms(said: list[pl.DataFrame]) -> dict[str, Any]:
    """Days called a burst where none was planted, per 100 topic-weeks; and are p-values honest?"""
    trials = [one.filter(~pl.col("planted"), pl.col("burst").is_not_null()) for one in said]
    quiet = pl.concat(trials)
    return {
        "topic_weeks": round(len(quiet) / 7),
        "alarms": int(quiet["burst"].sum()),
        "per_100_topic_weeks": round(700 * share(quiet["burst"]), 3),
        "worst_trial": round(max(700 * share(one["burst"]) for one in trials), 3),
        "p_below_0.01": round(share(quiet["p_value"] < 0.01), 5),
        "p_below_0.001": round(share(quiet["p_value"] < 0.001), 6),
    }


def found_bursts(said: list[pl.DataFrame]) -> list[dict[str, Any]]:
    """By size: bursts, found when their first day was complete, by the second, days called one."""
    before = pl.col("planted").shift(1, fill_value=False).over("topic")
    after = pl.col("burst", "planted").shift(-1, fill_value=False).over("topic")
    marked = [
        one.with_columns(pl.col("burst").fill_null(value=False))
        .with_columns(first=~before, next=pl.all_horizontal(after))
        .filter("planted")
        for one in said
    ]
    rows = pl.concat(marked)
    told = []
    for low, high in [*pairwise(SIZES), (5, 501)]:
        some = rows.filter(pl.col("size") >= low, pl.col("size") < high)
        first = some.filter("first")
        if len(first):
            found = share(first["burst"])
            told.append({
                "usual": f"{low} to {high - 1}" if low > 1 else "1",
                "bursts": len(first),
                "found_next_day": round(found, 4),
                "interval": [round(float(end), 4) for end in wilson(found, len(first))],
                "found_by_second_day": round(share(first["burst"] | first["next"]), 4),
                "days_called_a_burst": round(share(some["burst"]), 4),
            })  # fmt: skip
    return told


def share(of: pl.Series) -> float:
    """How many are true."""
    return float(of.to_numpy().mean())


def main() -> int:
    """0 when what is wanted is reached wherever 5 to 500 accounts a day are usual."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bursts", description=__doc__)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=101)
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.trials)
    started = time.monotonic()
    found: dict[str, Any] = {"seeds": [seeds[0], seeds[-1]], "quiet": {}, "bursts": {}}
    for name, world in WORLDS.items():
        found["quiet"][name] = false_alarms([judged(draw(world, seed)) for seed in seeds])
        print(f"{name:28}", json.dumps(found["quiet"][name]), flush=True)
    for days, shaken in ((1, False), (5, False), (1, True)):
        for name in STATIONARY[shaken:]:
            world = replace(WORLDS[name], sizes=(1, 500), shaken=shaken)
            said = [judged(draw(world, seed, days)) for seed in seeds]
            told = {
                "shaken": shaken,
                "by_size": found_bursts(said),
                "elsewhere": false_alarms(said),
            }
            label = f"{name}, {days} day{'s' * (days > 1)}{', shaken' * shaken}"
            found["bursts"][label] = told
            print(f"\n{label}; elsewhere", json.dumps(told["elsewhere"]))
            for row in told["by_size"]:
                print("   ", json.dumps(row), flush=True)
    found["seconds"] = round(time.monotonic() - started)
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    few = all(row["per_100_topic_weeks"] <= ALARMS for row in found["quiet"].values())
    many = all(
        row["found_next_day"] >= FOUND
        for told in found["bursts"].values()
        for row in told["by_size"]
        if row["usual"] == "5 to 500" and not told["shaken"]
    )
    print(f"{'kept' if few else 'MISSED'}: at most {ALARMS:g} false alarm per 100 topic-weeks")
    print(f"{'kept' if many else 'MISSED'}: {FOUND:.0%} found the next day, 5 to 500 a day")
    return 0 if few and many else 1


if __name__ == "__main__":
    sys.exit(main())
