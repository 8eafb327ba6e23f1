"""Concern by topic and over time, with intervals that know who wrote what."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.safety.concern_shares import CONCERN_SHARES, concern_shares
from clio_assets.safety.shares import account_means, share_interval, wilson


def conversations(
    topic: str, levels: list[int | None], accounts: int | None = None
) -> pl.DataFrame:
    number = len(levels)
    return pl.DataFrame({
        "topic": topic,
        "day": [date(2026, 11, 1 + at % 2) for at in range(number)],
        "account": [f"{topic}{at % (accounts or number)}" for at in range(number)],
        "concern": pl.Series(levels, dtype=pl.Int8),
    })  # fmt: skip


def test_figures_by_topic_and_by_day() -> None:
    rows = pl.concat([
        conversations("calm", [1] * 40),
        conversations("grave", [1, 5, None] * 20),
    ])  # fmt: skip
    by_topic = concern_shares(rows, ["topic"])
    assert dict(by_topic.schema) == {"topic": pl.String()} | CONCERN_SHARES
    calm, grave = by_topic.to_dicts()
    assert (calm["concern"], calm["concerning"], calm["concerning_low"]) == (1, 0, 0)
    assert calm["concerning_high"] == pytest.approx(wilson(0, 40)[1])
    assert (grave["conversations"], grave["concern"], grave["concerning"]) == (40, 3, 0.5)
    assert 2.3 < grave["concern_low"] < 3 < grave["concern_high"] < 3.7
    assert concern_shares(rows, ["topic", "day"])["conversations"].sum() == 80
    assert concern_shares(rows, ["day"])["day"].to_list() == [date(2026, 11, 1), date(2026, 11, 2)]
    assert concern_shares(rows.clear(), ["topic"]).is_empty()


def test_the_order_of_rows_changes_no_digit() -> None:
    levels = np.random.default_rng(3).integers(1, 6, 900).tolist()
    rows = pl.concat([conversations(topic, levels, accounts=271) for topic in ("one", "two")])
    first = account_means(rows, ["topic"], ["concern"])
    for seed in range(20):
        shuffled = rows.sample(fraction=1, shuffle=True, seed=seed)
        assert account_means(shuffled, ["topic"], ["concern"]).rows() == first.rows()


def test_one_account_is_no_evidence_however_much_it_says() -> None:
    (row,) = concern_shares(conversations("t", [4] * 500, accounts=1), ["topic"]).to_dicts()
    assert (row["conversations"], row["accounts"], row["concerning"]) == (500, 1, 1)
    assert row["concerning_low"] < 0.3
    assert row["concern_low"] is row["concern_high"] is None


def test_fewer_accounts_make_wider_intervals() -> None:
    levels = [3, 3, 3, 3, 1, 1, 1, 1, 1, 1] * 20
    alone = concern_shares(conversations("t", levels), ["topic"]).row(0, named=True)
    together = concern_shares(conversations("t", levels, accounts=20), ["topic"]).row(0, named=True)
    for value in ("concern", "concerning"):
        assert alone[value] == together[value]
        assert together[f"{value}_low"] < alone[f"{value}_low"]
        assert together[f"{value}_high"] > alone[f"{value}_high"]


def test_intervals_hold_the_truth_where_accounts_differ() -> None:
    random = np.random.default_rng(1)
    held = []
    for _ in range(400):
        # 60 accounts with 1 to 20 conversations, a share of its own each, .2 on average.
        sizes = random.integers(1, 21, 60)
        hits = random.binomial(sizes, random.beta(0.8, 3.2, 60))
        rows = pl.DataFrame({
            "topic": "t",
            "account": np.repeat(np.arange(60), sizes).astype(str),
            "concern": [level for size, hit in zip(sizes, hits, strict=True)
                        for level in [2] * hit + [1] * (size - hit)],
        })  # fmt: skip
        row = concern_shares(rows, ["topic"]).row(0, named=True)
        held.append(row["concerning_low"] <= 0.2 <= row["concerning_high"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0, 0.3), st.integers(1, 500))
def test_an_interval_holds_its_share(
    accounts: int, share: float, variance: float, more: int
) -> None:
    low, high = share_interval(share, variance, accounts + more, accounts)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
