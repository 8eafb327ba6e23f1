"""What the rules look at is measured right, also on odd tables."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.privacy import facts
from clio_assets.privacy.facts import TOPIC_FACTS, describe, topic_facts
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import members


def test_counts_shares_and_effective_accounts() -> None:
    found = topic_facts(members({"a": [6, 2, 2], "b": [1]}), {"a-0000", "b-0000", "elsewhere"})
    assert found.schema == pl.Schema(TOPIC_FACTS)
    assert found.rows()[0] == ("a", 10, 3, 0.6, pytest.approx(1 / (0.36 + 0.04 + 0.04)), 3, 1)
    assert found.rows()[1] == ("b", 1, 1, 1.0, 1.0, 1, 1)


def test_without_earlier_accounts_returning_ones_are_not_known() -> None:
    assert topic_facts(members({"a": [2]}))["returning_accounts"].to_list() == [None]
    assert topic_facts(members({"a": [2]}), set())["returning_accounts"].to_list() == [0]


def test_a_conversation_listed_twice_counts_once() -> None:
    people = members({"a": [2, 1]})
    twice = topic_facts(pl.concat([people, people]))
    assert twice["conversations"].to_list() == [3]


def test_an_unknown_account_leaves_the_topic_unmeasured() -> None:
    people = members({"a": [2, 1], "b": [1]})
    hole = people.with_columns(
        account=pl.when(pl.col("conversation_id") != "c000001").then("account")
    )
    found = topic_facts(hole, set()).row(0, named=True)
    assert set(found.values()) == {"a", None}


def test_no_members_are_no_topics() -> None:
    assert topic_facts(members({})).height == 0


def test_a_text_that_cannot_be_scanned_is_left_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(facts, "scan", broken)
    row = topic_facts(members({"a": [2]})).row(0, named=True)
    support = pl.DataFrame(schema={"token": pl.String, "accounts": pl.Int64})
    described = describe(row, 0, "Help", "Help", support, [], False, Thresholds())
    assert described.scan_hits is None
    assert described.unsupported_words is None
