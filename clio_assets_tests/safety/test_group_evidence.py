"""What speaks for a campaign, and what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.safety.account_graph import rarity
from clio_assets.safety.group_evidence import Evidence, _log_chance_of_range, activity, evidence_of

SHARE = st.floats(0, 1)


def world(seed: int = 0, accounts: int = 600, requests: int = 3_000):
    """Accounts that ask about three times in a fortnight, half of them known from before."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.uniform(0, 14, requests))
    account = rng.integers(accounts, size=requests)
    first_seen = np.full(accounts, np.inf)
    np.minimum.at(first_seen, account, at)
    first_seen[: accounts // 2] = -30
    return account, at, first_seen


def weighed(members, began, account, at, first_seen):
    return evidence_of(
        members, began, np.ones(len(members), int), activity(account, at, first_seen, 1)
    )


def test_people_who_ask_for_the_same_are_no_campaign():
    account, at, first_seen = world()
    surprised = 0
    for seed in range(50):
        rows = np.sort(np.random.default_rng(seed).choice(len(at), 20, replace=False))
        members, first = np.unique(account[rows], return_index=True)
        found = weighed(members, at[rows][first], account, at, first_seen)
        surprised += found.evidence > 4
    assert surprised <= 3


def test_new_accounts_that_do_nothing_else_are_evidence():
    account, at, first_seen = world()
    crowd = 600 + np.arange(8)
    began = np.linspace(2, 12, 8)
    order = np.argsort(np.append(at, began), kind="stable")
    found = weighed(
        crowd,
        began,
        np.append(account, crowd)[order],
        np.append(at, began)[order],
        np.append(first_seen, began),
    )
    assert found.new_share == found.alone_share == 1
    assert found.evidence > 10
    assert found.accounts > 0.9


def test_a_burst_of_old_accounts_is_evidence_of_time_alone():
    account, at, first_seen = world()
    members = np.arange(10)
    found = weighed(members, np.linspace(5, 5.2, 10), account, at, first_seen)
    assert found.time > 0.9
    assert found.accounts < 0.2
    assert found.evidence > 10


@given(st.integers(2, 40), st.floats(0.01, 0.99))
def test_the_chance_of_a_range_is_one_and_grows(size, spread):
    chance = _log_chance_of_range(spread, size)
    assert chance <= 0
    assert chance <= _log_chance_of_range(min(spread + 0.01, 1), size) + 1e-12
    assert _log_chance_of_range(1, size) == pytest.approx(0)


def test_the_chance_of_a_range_is_that_of_drawing():
    drawn = np.ptp(np.random.default_rng(0).uniform(size=(100_000, 5)), axis=1)
    assert np.exp(_log_chance_of_range(0.4, 5)) == pytest.approx((drawn <= 0.4).mean(), abs=0.005)


@given(SHARE, SHARE, SHARE, SHARE)
def test_score_is_a_share_that_grows_with_rarity(accounts, time, rare, more):
    evidence = Evidence(0, 0, 0, 0, accounts, time)
    low, high = sorted((rare, more))
    assert 0 <= evidence.score(low) <= evidence.score(high) <= 1


@given(st.integers(2, 10_000), st.integers(1, 10_000))
def test_rarity_is_a_share_that_falls_with_users(accounts, users):
    users = min(users, accounts)
    few, many = rarity(np.array([max(users - 1, 1), users]), accounts)
    assert 0 <= many <= few <= 1
