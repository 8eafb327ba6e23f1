"""The audit of a whole period: leaves on their members, parents on what they would publish."""

from __future__ import annotations

import polars as pl

from clio_assets.privacy.audit import audit_topics
from clio_assets.privacy.rules import passed
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import original

WORDS = "train tickets"


def period(leaves: dict[str, list[str]]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Leaves under one parent, each given by the accounts of its conversations."""
    rows = [(f"{leaf}-{n}", account, leaf) for leaf, held in leaves.items()
            for n, account in enumerate(held)]  # fmt: skip
    schema = ["conversation_id", "account", "topic_id"]
    members = original(pl.DataFrame(rows, schema=schema, orient="row"))
    tree = [(leaf, 0, "parent", WORDS, WORDS) for leaf in leaves]
    topics = pl.DataFrame(
        [*tree, ("parent", 1, None, WORDS, WORDS)],
        schema=["topic_id", "level", "parent_id", "name", "summary"],
        orient="row",
    )
    texts = members.select("conversation_id", text=pl.lit(f"{WORDS} please"))
    return topics, members, texts


def people(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


def test_a_dominated_leaf_does_not_cost_its_parent_its_place() -> None:
    whale = ["whale"] * 70 + people("c", 60)
    leaves = {"a": people("a", 60), "b": people("b", 60), "c": whale}
    verdicts = audit_topics(*period(leaves), Thresholds())
    good = {topic for topic, judged in verdicts.items() if passed(judged)}
    assert good == {"a", "b", "parent"}
    failed = {one.rule for one in verdicts["c"] if not one.passed}
    assert failed == {"G-03", "G-04"}


def test_a_parent_with_nothing_to_publish_fails_every_count() -> None:
    verdicts = audit_topics(*period({"a": people("a", 10), "b": people("b", 9)}), Thresholds())
    failed = {one.rule for one in verdicts["parent"] if not one.passed}
    assert {"G-01", "G-02", "G-03"} <= failed


def test_every_topic_gets_every_verdict_also_without_texts() -> None:
    topics, members, texts = period({"a": people("a", 60)})
    verdicts = audit_topics(topics, members, texts.clear(), Thresholds())
    assert set(verdicts) == {"a", "parent"}
    assert not any(passed(judged) for judged in verdicts.values())
    assert len({len(judged) for judged in verdicts.values()}) == 1
