"""The door opens for current verdicts only and computes again what it can."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.privacy import door
from clio_assets.privacy.cells import CELLS
from clio_assets.privacy.door import DECISIONS, TOPICS, DoorClosed, Release, open_door
from clio_assets.privacy.rules import RULES, TopicFacts, judge
from clio_assets.privacy.thresholds import Thresholds
from clio_assets.privacy.verdicts import verdict_table
from clio_assets_tests.privacy import tables
from clio_assets_tests.privacy.tables import INPUT, PERIOD, facets, members, release, verdicts

TREE = {"a": "p", "b": "p", "c": "p", "d": "p", "p": None}
PEOPLE = members(dict.fromkeys("abcd", [2] * 31))
DEFAULT = Thresholds()
TEXTS = tables.texts(PEOPLE)


def opened(stored: pl.DataFrame, period: str = PERIOD, thresholds: Thresholds = DEFAULT) -> Release:
    return open_door(
        period=period,
        input_fingerprint=INPUT,
        verdicts=stored,
        topics=tables.topics(TREE),
        members=PEOPLE,
        facets=facets({}),
        texts=TEXTS,
        thresholds=thresholds,
        noise_key=None,
    ).release


def closed(stored: pl.DataFrame, period: str = PERIOD, thresholds: Thresholds = DEFAULT) -> str:
    with pytest.raises(DoorClosed) as refusal:
        opened(stored, period, thresholds)
    return refusal.value.code


GOOD = verdicts(TREE, DEFAULT)


def test_good_verdicts_open_it() -> None:
    found = opened(GOOD)
    assert found.topics_frame["topic_id"].to_list() == ["p", "a", "b", "c", "d"]
    assert (found.topics, found.withheld, found.conversations) == (4, 0, 240)
    assert (found.leaf_coverage, found.top_coverage) == (1.0, 1.0)


def test_missing_verdicts_close_it() -> None:
    assert closed(GOOD.clear()) == "verdicts_missing"
    assert closed(GOOD.filter(pl.col("topic_id") != "a")) == "verdicts_missing"
    for rule in RULES:
        hole = (pl.col("topic_id") == "a") & (pl.col("rule") == rule.id)
        assert closed(GOOD.filter(~hole)) == "verdicts_missing"


def test_verdicts_that_could_not_be_computed_close_it() -> None:
    null = pl.when(pl.col("topic_id") != "a").then("passed").alias("passed")
    assert closed(GOOD.with_columns(null)) == "verdicts_failed"


def test_g18_a_topic_that_could_not_be_judged_is_withheld_and_the_others_are_not() -> None:
    """A name that makes a rule raise, or no auditor answer, must not keep a period back (A-6)."""
    unjudged = judge(TopicFacts("a", 0, None, None, None, None), DEFAULT)
    table = verdict_table(PERIOD, INPUT, {"a": unjudged})
    found = opened(pl.concat([GOOD.filter(pl.col("topic_id") != "a"), table]))
    assert "a" not in found.topics_frame["topic_id"]
    assert found.topics >= 2


@pytest.mark.parametrize("column", ["input_fingerprint", "gate_version", "period", "requirement"])
def test_stale_verdicts_close_it(column: str) -> None:
    first = pl.int_range(pl.len()) == 0
    for value in ("other", None):
        changed = pl.when(first).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        assert closed(GOOD.with_columns(changed)) == "verdicts_stale"


def test_verdicts_under_other_thresholds_or_of_another_period_close_it() -> None:
    assert closed(GOOD, thresholds=Thresholds(min_accounts=10)) == "verdicts_stale"
    assert closed(GOOD, period="2026-11-04") == "verdicts_stale"


def test_a_refusal_is_a_sentence_for_people() -> None:
    with pytest.raises(DoorClosed, match="Materialize `topic_audit`"):
        opened(GOOD.clear())


@pytest.mark.parametrize(
    "wrong",
    [
        tables.topics(TREE).vstack(tables.topics(TREE).head(1)),
        tables.topics(TREE).with_columns(topic_id=pl.lit("*")),
        tables.topics(TREE).with_columns(parent_id=pl.lit("nowhere")),
        tables.topics(TREE).with_columns(level=pl.lit(0, pl.Int32)),
    ],
    ids=["twice", "the period's id", "no parent", "no level"],
)
def test_tables_that_contradict_themselves_close_it(wrong: pl.DataFrame) -> None:
    with pytest.raises(DoorClosed, match="contradict"):
        open_door(
            period=PERIOD, input_fingerprint=INPUT, verdicts=GOOD, topics=wrong, members=PEOPLE,
            facets=facets({}), texts=TEXTS, thresholds=DEFAULT, noise_key=None,
        )  # fmt: skip


def test_a_conversation_in_two_topics_closes_it() -> None:
    with pytest.raises(DoorClosed, match="stands twice"):
        release(TREE, PEOPLE.vstack(PEOPLE.head(1)))


@pytest.mark.parametrize(
    "sizes", [[2] * 24, [1] * 49, [500] + [1] * 49, [135] * 10 + [10] * 15],
    ids=["G-01", "G-02", "G-03", "G-04"],
)  # fmt: skip
def test_a_topic_that_fails_when_computed_again_is_withheld(sizes: list[int]) -> None:
    people = members({"a": sizes} | dict.fromkeys("bcd", [2] * 31))
    assert release(TREE, people).topics_frame["topic_id"].to_list() == ["p", "b", "c", "d"]


def test_g05_is_computed_again() -> None:
    asked = Thresholds(min_returning_accounts=25)
    assert release(TREE, PEOPLE, thresholds=asked).topics_frame.height == 0


@pytest.mark.parametrize("name", ["jo@example.org", "Letters to Dr Achterberg"])
def test_a_text_that_fails_when_read_again_is_withheld(name: str) -> None:
    hostile = tables.topics(TREE).with_columns(
        name=pl.when(pl.col("topic_id") == "a").then(pl.lit(name)).otherwise("name")
    )
    found = open_door(
        period=PERIOD, input_fingerprint=INPUT, verdicts=GOOD, topics=hostile, members=PEOPLE,
        facets=facets({}), texts=TEXTS, thresholds=DEFAULT, noise_key=None,
    ).release  # fmt: skip
    assert "a" not in found.topics_frame["topic_id"]
    assert found.withheld == 5  # told in steps of five: at most so many


@pytest.mark.parametrize(("accounts", "stands"), [(12, False), (13, True)])
def test_a_name_is_withheld_whose_word_too_few_accounts_use_whatever_its_verdict_says(
    accounts: int, stands: bool
) -> None:
    # Two conversations an account, those of "a" first.
    guitar = (
        pl.when(pl.int_range(pl.len()) < 2 * accounts)
        .then(pl.lit("Guitar: "))
        .otherwise(pl.lit(""))
    )
    said = TEXTS.with_columns(text=guitar + pl.col("text"))
    found = open_door(
        period=PERIOD, input_fingerprint=INPUT, verdicts=GOOD, members=PEOPLE,
        topics=tables.topics(TREE, {"a": "Guitar"}), facets=facets({}), texts=said,
        thresholds=DEFAULT, noise_key=None,
    ).release  # fmt: skip
    released = found.topics_frame["topic_id"].to_list()
    assert released == ["p", "a", "b", "c", "d"] if stands else ["p", "b", "c", "d"]


@pytest.mark.parametrize("reading", ["scan", "objections"])
def test_g18_a_reading_that_raises_withholds_everything(
    reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*texts: str) -> None:
        raise RuntimeError(*texts)

    monkeypatch.setattr(door, reading, broken)
    found = opened(GOOD)
    assert found.topics_frame.height == 0
    assert found.withheld == 5


def test_an_empty_release_is_a_valid_one() -> None:
    found = release({}, members({}))
    assert found.topics_frame.schema == pl.Schema(TOPICS)
    assert (found.topics, found.withheld, found.conversations) == (0, 0, 0)
    assert (found.leaf_coverage, found.top_coverage) == (0.0, 0.0)


def test_g16_only_whitelisted_columns_and_one_point_a_topic() -> None:
    rows = [(conversation, "en") for conversation in PEOPLE["conversation_id"]]
    found = release(TREE, PEOPLE, facets({"language": rows}))
    assert found.topics_frame.schema == pl.Schema(TOPICS)
    assert found.cells.schema == pl.Schema({"period": pl.String, **CELLS})
    assert found.decisions.schema == pl.Schema(DECISIONS)
    assert found.topics_frame.select("topic_id", "x", "y").n_unique() == len(TREE)
    assert found.topics_frame.height == found.topics_frame["topic_id"].n_unique() == len(TREE)


def test_g10_counts_are_rounded_once_and_parents_are_sums() -> None:
    people = members({"a": [2] * 31, "b": [2] * 31, "c": [3] * 21, "d": [3] * 21})
    found = release(TREE, people, failing=["c", "d"])
    shown = {row["topic_id"]: row for row in found.topics_frame.iter_rows(named=True)}
    assert shown["a"]["conversations"] == shown["b"]["conversations"] == 60  # 62
    assert shown["p"]["conversations"] == 60 + 60 + 125  # the rest holds 126
    assert (shown["p"]["accounts"], shown["a"]["accounts"]) == (105, 30)  # 104 and 31
    assert found.conversations == 245
    assert (shown["a"]["share"], shown["p"]["share"]) == (24.5, 100.0)
    assert (found.leaf_coverage, found.top_coverage) == (0.5, 1.0)


def test_decisions_are_of_released_topics_and_say_passed() -> None:
    found = release(TREE, PEOPLE, failing=["c", "d"])
    assert set(found.decisions["topic_id"]) == {"p", "a", "b"}
    assert set(found.decisions["decision"]) == {"passed"}
    assert {rule.id for rule in RULES} <= set(found.decisions["rule"])


def test_the_same_input_gives_the_same_frames() -> None:
    rows = [(c, ["en", "es", None][n % 3]) for n, c in enumerate(PEOPLE["conversation_id"])]
    one = release(TREE, PEOPLE, facets({"language": rows}), failing=["c", "d"])
    shuffled = PEOPLE.sample(fraction=1, shuffle=True, seed=7)
    other = release(TREE, shuffled, facets({"language": rows[::-1]}), failing=["c", "d"])
    assert one.topics_frame.equals(other.topics_frame)
    assert one.cells.equals(other.cells)
    assert one.decisions.equals(other.decisions)
