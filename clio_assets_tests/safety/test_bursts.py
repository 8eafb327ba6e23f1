"""Which topics burst, and what does not count as a burst."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from clio_assets.safety.bursts import BURSTS, JUDGED, BurstSettings, find_bursts, judge_days
from clio_assets_tests.safety.daily_counts import day, drawn, frame

SIZES = [5, 8, 12, 20, 30, 30, 40, 60, 80, 100, 150, 200, 300, 400]
NOW = 45
SLOW = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def told(counts: pl.DataFrame, *days: int) -> list[tuple[str, int]]:
    """Topic and day of the bursts; of day NOW unless others are named."""
    found = find_bursts(counts, [day(at) for at in days or (NOW,)])
    assert dict(found.schema) == BURSTS
    return [(row["topic"], (row["day"] - day(0)).days) for row in found.to_dicts()]


@pytest.mark.parametrize("topic", range(len(SIZES)))
def test_five_times_the_usual_is_found_when_its_day_is_complete(topic: int) -> None:
    counts = drawn(SIZES, NOW + 1, seed=topic)
    assert told(frame(counts)) == []
    counts[topic, NOW] += 4 * round(counts[topic, : NOW + 1].mean())
    assert told(frame(counts)) == [(f"t{topic:02}", NOW)]


def test_what_is_said_of_a_burst() -> None:
    counts = drawn(SIZES, NOW + 3, seed=2)
    usual = counts[9, NOW - 35 : NOW].mean() / np.mean([1, 1, 1, 1, 0.9, 0.5, 0.6])
    counts[9, NOW : NOW + 3] = 500
    rows = find_bursts(frame(counts), [day(NOW + at) for at in range(3)]).to_dicts()
    assert [row["topic"] for row in rows] == ["t09"] * 3
    first, last = rows[0], rows[-1]
    assert first["since"] == last["since"] == day(NOW)
    assert (first["conversations"], first["accounts"]) == (750, 500)
    assert first["expected"] == pytest.approx(usual, rel=0.15)
    assert first["ratio"] == pytest.approx(500 / first["expected"])
    assert first["usual_low"] < first["expected"] < first["usual_high"] < 500
    assert first["p_value"] <= first["q_value"] < 1e-6


def test_a_burst_of_a_week_stays_one_and_is_no_news_for_the_days_after() -> None:
    counts = drawn(SIZES, NOW + 14, seed=3)
    counts[9, NOW : NOW + 7] *= 5
    assert told(frame(counts), *range(NOW, NOW + 14)) == [("t09", NOW + at) for at in range(7)]


def test_a_topic_that_stays_large_is_usual_in_the_end() -> None:
    counts = drawn(SIZES, NOW + 40, seed=4)
    counts[9, NOW:] *= 4
    days = [at for _, at in told(frame(counts), *range(NOW, NOW + 40))]
    assert days[:7] == list(range(NOW, NOW + 7))
    assert max(days) < NOW + 28


def test_the_rhythm_of_a_topic_s_own_is_no_burst() -> None:
    random = np.random.default_rng(5)
    counts = drawn(SIZES, NOW + 14, seed=5)
    weekend = np.arange(NOW + 14) % 7 >= 5
    counts[3] = random.poisson(np.where(weekend, 60, 6))
    assert told(frame(counts), *range(NOW - 10, NOW + 14)) == []


def test_one_account_that_floods_is_no_burst() -> None:
    counts = drawn(SIZES, NOW + 1, seed=6)
    assert told(frame(counts, {(4, NOW): 5_000})) == []


def test_slow_growth_is_no_burst() -> None:
    counts = drawn(SIZES, 2 * NOW, seed=7)
    counts[9] = np.rint(counts[9] * 2 ** (np.arange(2 * NOW) / 28))
    assert told(frame(counts), *range(20, 2 * NOW)) == []


def test_a_new_topic_is_not_judged_before_it_has_a_past() -> None:
    counts = drawn(SIZES, NOW + 20, seed=8)
    counts[5, :NOW] = 0
    counts[5, NOW + 3] = 900
    judged = judge_days(frame(counts)).filter(topic="t05")
    assert judged["day"].min() == day(NOW + BurstSettings().least_history_days)


def test_a_topic_that_was_asleep_bursts_when_many_come() -> None:
    counts = drawn(SIZES, NOW + 1, seed=9)
    counts[5, 1:] = 0
    counts[5, 0] = 1
    assert told(frame(counts)) == []
    counts[5, NOW] = 12
    assert told(frame(counts)) == [("t05", NOW)]


@pytest.mark.parametrize("share", [0.1, 0.4, 2.5])
def test_a_holiday_and_a_rush_are_no_bursts(share: float) -> None:
    counts = drawn(SIZES, NOW + 8, seed=10)
    counts[:, NOW] = np.rint(counts[:, NOW] * share)
    assert told(frame(counts), *range(NOW, NOW + 8)) == []


def test_days_without_anything_are_missing_and_not_empty() -> None:
    counts = drawn(SIZES, NOW + 1, seed=11)
    counts[:, 20:30] = 0
    judged = judge_days(frame(counts))
    assert not set(judged["day"]) & {day(at) for at in range(20, 30)}
    assert not judged["burst"].any()


def test_of_two_topics_nobody_can_tell_which_one_changed() -> None:
    counts = drawn([50, 80], NOW + 1, seed=12)
    counts[0, NOW] *= 5
    assert dict(judge_days(frame(counts)).schema) == JUDGED
    assert told(frame(counts)) == []
    assert find_bursts(frame(counts[:, :0])).is_empty()


def test_the_largest_topic_does_not_pass_for_traffic() -> None:
    counts = drawn([2_000, 20, 20, 30, 40], NOW + 1, seed=13)
    counts[0, NOW] *= 5
    assert told(frame(counts)) == [("t00", NOW)]


def test_two_rows_for_a_topic_and_day_are_refused() -> None:
    counts = frame(drawn(SIZES, 3, seed=1))
    with pytest.raises(ValueError, match="two rows"):
        judge_days(pl.concat([counts, counts.head(1)]))


@SLOW
@given(seed=st.integers(0, 10_000), times=st.sampled_from([2, 3, 10]))
def test_more_traffic_on_a_day_changes_nothing(seed: int, times: int) -> None:
    counts = drawn(SIZES, NOW + 1, seed)
    more = counts.copy()
    more[:, NOW] *= times
    assert told(frame(more)) == told(frame(counts))


@SLOW
@given(seed=st.integers(0, 10_000), topic=st.integers(0, len(SIZES) - 1),
       times=st.sampled_from([5, 30]))  # fmt: skip
def test_a_burst_makes_no_other_topic_burst_then_or_later(
    seed: int, topic: int, times: int
) -> None:
    counts = drawn(SIZES, NOW + 6, seed)
    days = range(NOW, NOW + 6)
    before = {row for row in told(frame(counts), *days) if row[0] != f"t{topic:02}"}
    counts[topic, NOW : NOW + 3] *= times
    after = {row for row in told(frame(counts), *days) if row[0] != f"t{topic:02}"}
    assert after <= before


@SLOW
@given(seed=st.integers(0, 10_000), burst=st.integers(0, len(SIZES) - 1))
def test_a_day_is_judged_by_the_past_alone_and_in_any_order(seed: int, burst: int) -> None:
    counts = drawn(SIZES, NOW + 5, seed)
    counts[burst, NOW - 3 :] *= 4
    whole = frame(counts)
    then = judge_days(whole.filter(pl.col("day") <= day(NOW)), [day(NOW)])
    assert_frame_equal(judge_days(whole.sample(fraction=1, shuffle=True, seed=seed), [day(NOW)]),
                       then, check_exact=True)  # fmt: skip


def test_p_values_are_honest_where_nothing_changes() -> None:
    said = [judge_days(frame(drawn(SIZES * 4, 70, seed))) for seed in range(3)]
    p_value = pl.concat(said).filter(pl.col("expected") > 20)["p_value"].to_numpy()
    assert len(p_value) > 5_000
    assert np.mean(p_value < 0.5) == pytest.approx(0.5, abs=0.05)
    assert 0.02 < np.mean(p_value < 0.05) < 0.06
    assert np.mean(p_value < 0.001) < 0.002
