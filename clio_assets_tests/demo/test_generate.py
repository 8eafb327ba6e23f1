"""The sample is what it says it is: form, sizes, plants, truth."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import orjson
import polars as pl
import pytest

from clio_assets.demo.generate import DemoSummary, generate_demo, load_truth
from clio_assets.demo.grammar import REFERENCE
from clio_assets.demo.plan import planned_topics

MIN_ACCOUNTS = 25  # G-01 of profile `internal`


@dataclass(frozen=True)
class Sample:
    """A generated sample, read back."""

    summary: DemoSummary
    rows: list[dict]
    truth: pl.DataFrame
    joined: pl.DataFrame
    """One row a conversation: the truth beside account_id and product."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("demo")
    summary = generate_demo(folder / "logs", folder / "truth", seed=1)
    rows = [row for path in summary.files for row in read(path)]
    truth = load_truth(folder / "truth")
    accounts = pl.DataFrame(
        {
            "conversation_id": [row["conversation_id"] for row in rows],
            "account_id": [row["account_id"] for row in rows],
            "product": [row["metadata"]["product"] for row in rows],
        }
    )
    yield Sample(summary, rows, truth, truth.join(accounts, on="conversation_id"))


def read(path: Path) -> list[dict]:
    return [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def daily(sample: Sample, topic: str) -> list[int]:
    counts = sample.truth.filter(topic=topic).group_by("day").len()
    by_day = dict(counts.iter_rows())
    return [by_day.get(dt.date(2026, 11, day), 0) for day in range(1, 15)]


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (
        generate_demo(tmp_path / name / "logs", tmp_path / name / "truth", seed, 2, 200)
        for name, seed in [("first", 7), ("again", 7), ("other", 8)]
    )
    for one, two in zip(first.files, again.files, strict=True):
        assert one.read_bytes() == two.read_bytes()
        assert one.read_bytes()[4:8] == bytes(4), "the gzip header holds a time"
    assert first.files[0].read_bytes() != other.files[0].read_bytes()
    truths = [tmp_path / name / "truth" / "ground_truth.jsonl.gz" for name in ("first", "again")]
    assert truths[0].read_bytes() == truths[1].read_bytes()


def test_a_tiny_sample_is_complete(tmp_path: Path) -> None:
    summary = generate_demo(tmp_path / "logs", tmp_path / "truth", seed=3, days=3, per_day=20)
    assert [len(read(path)) for path in summary.files] == [20, 20, 20]
    assert len(load_truth(tmp_path / "truth")) == summary.conversations == 60


def test_every_row_has_the_canonical_form(sample: Sample) -> None:
    keys = {"conversation_id", "account_id", "started_at", "model", "messages", "metadata"}
    for row in sample.rows:
        assert set(row) == keys
        assert row["metadata"]["product"] in {"chat", "api", "mobile"}
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert 1 <= len(roles) // 2 <= 6
        for message in row["messages"]:
            assert 2 <= len(message["content"]) <= 900
            assert not REFERENCE.search(message["content"]), "an unexpanded symbol"


def test_each_file_holds_its_own_utc_day_in_order(sample: Sample) -> None:
    for path in sample.summary.files:
        times = [row["started_at"] for row in read(path)]
        assert times == sorted(times)
        assert {time[:10] for time in times} == {path.name.removesuffix(".jsonl.gz")}
        assert all(dt.datetime.fromisoformat(time).tzinfo == dt.UTC for time in times)


def test_the_truth_matches_the_conversations_one_to_one(sample: Sample) -> None:
    assert sample.truth["conversation_id"].is_unique().all()
    assert len(sample.joined) == len(sample.rows) == sample.summary.conversations
    assert sample.joined["account_id"].n_unique() == sample.summary.accounts


def test_fourteen_days_of_about_1500_conversations_and_1250_accounts(sample: Sample) -> None:
    days = sample.joined.group_by("day").agg(
        conversations=pl.len(), accounts=pl.col("account_id").n_unique()
    )
    assert len(days) == 14
    assert days["conversations"].is_between(1500, 1600).all()
    assert days["accounts"].is_between(1150, 1350).all()


def test_activity_has_a_heavy_tail(sample: Sample) -> None:
    ordinary = sample.joined.filter(pl.col("planted").is_null())
    activity = ordinary.group_by("account_id").len()["len"].sort(descending=True)
    busiest = activity.head(len(activity) // 100).sum() / activity.sum()
    assert activity.median() <= 2
    assert 0.05 <= busiest <= 0.20


def test_accounts_stay_with_few_topics_and_one_language(sample: Sample) -> None:
    per_account = sample.joined.group_by("account_id").agg(
        pl.col("topic").n_unique(), pl.col("language").n_unique()
    )
    assert per_account["topic"].max() <= 3
    assert per_account["language"].max() == 1


def test_no_ordinary_account_dominates_a_topics_day(sample: Sample) -> None:
    ordinary = sample.joined.filter(pl.col("planted").is_null())
    size = sample.joined.group_by("day", "topic").agg(size=pl.len())
    largest = ordinary.group_by("day", "topic", "account_id").len().join(size, on=["day", "topic"])
    assert (largest["len"] / largest["size"]).max() <= 0.05


def test_most_topics_are_large_and_a_few_small(sample: Sample) -> None:
    sizes = sample.truth.group_by("day", "topic").len()
    assert sizes["len"].min() >= 25
    assert sizes["len"].max() <= 150
    for _, day in sizes.group_by("day"):
        assert day.filter(pl.col("len") >= 75)["topic"].len() >= 14
        assert day.filter(pl.col("len") < 50)["topic"].len() >= 2


def test_languages_are_mostly_english_with_large_cells_of_others(sample: Sample) -> None:
    shares = sample.truth["language"].value_counts(normalize=True)
    by_language = dict(shares.iter_rows())
    assert set(by_language) == {"en", "es", "de", "fr", "pt", "ja"}
    assert 0.55 <= by_language["en"] <= 0.75
    assert min(by_language.values()) >= 0.04
    cells = sample.joined.group_by("day", "topic", "language").agg(
        conversations=pl.len(), accounts=pl.col("account_id").n_unique()
    )
    for topic in ("python_debugging", "sql_queries", "spreadsheet_formulas"):
        foreign = cells.filter(pl.col("topic") == topic, pl.col("language") != "en")
        assert foreign["conversations"].min() >= 18
        assert foreign["accounts"].min() >= 15


def test_a_topic_is_born_on_the_eighth_day(sample: Sample) -> None:
    sizes = daily(sample, "holiday_gifts")
    assert sizes[:7] == [0] * 7
    assert min(sizes[7:]) >= 75


def test_one_topic_grows_and_one_shrinks_steadily(sample: Sample) -> None:
    growing, shrinking = daily(sample, "trip_planning"), daily(sample, "home_repair")
    assert growing[-1] > 1.6 * growing[0]
    assert shrinking[-1] < 0.6 * shrinking[0]
    weeks = [sum(growing[:7]), sum(growing[7:])]
    assert weeks[1] > 1.2 * weeks[0]


def test_the_campaign_is_large_enough_but_of_too_few_accounts(sample: Sample) -> None:
    campaign = sample.joined.filter(planted="campaign")
    assert campaign["day"].unique().sort().to_list() == [dt.date(2026, 11, 10 + n) for n in (0, 1)]
    for _, day in campaign.group_by("day"):
        assert len(day) >= 50
        assert 12 <= day["account_id"].n_unique() <= 20 < MIN_ACCOUNTS
    assert campaign["topic"].unique().to_list() == [planned_topics().campaign.topic]
    others = sample.joined.filter(pl.col("planted").is_null())
    assert not set(campaign["account_id"]) & set(others["account_id"])


def test_the_whale_has_a_third_of_its_topic(sample: Sample) -> None:
    whale = sample.joined.filter(planted="whale")
    assert whale["account_id"].n_unique() == 1
    assert {day.day for day in whale["day"]} == planned_topics().whale.days
    for (day,), rows in whale.group_by("day"):
        topic = sample.joined.filter(day=day, topic=planned_topics().whale.topic)
        assert 0.25 <= len(rows) / len(topic) <= 0.35


def test_planted_personal_data_stands_once_in_its_own_conversation(sample: Sample) -> None:
    texts = {
        row["conversation_id"]: "\n".join(message["content"] for message in row["messages"])
        for row in sample.rows
    }
    planted = sample.truth.explode("planted_pii").drop_nulls("planted_pii")
    assert 500 <= planted["conversation_id"].n_unique() <= 800
    assert planted["planted_pii"].is_unique().all()
    for identity, value in planted.select("conversation_id", "planted_pii").iter_rows():
        assert value in texts[identity]
    everything = "\n".join(texts.values())
    for value in planted["planted_pii"]:
        assert everything.count(value) == 1


def test_near_duplicates_between_accounts_are_rare_outside_the_campaign(sample: Sample) -> None:
    campaign_day = dt.date(2026, 11, 10)
    requests = {row["conversation_id"]: row["messages"][0]["content"] for row in sample.rows}
    alike = {}
    for (planted,), rows in sample.joined.filter(day=campaign_day).group_by("planted"):
        found = set()
        for _, topic in rows.group_by("topic"):
            writers = [
                (account, shingles(requests[identity]))
                for identity, account in topic.select("conversation_id", "account_id").iter_rows()
            ]
            for (one, mine), (other, theirs) in combinations(writers, 2):
                if one != other and len(mine & theirs) >= 0.6 * len(mine | theirs):
                    found |= {one, other}
        alike[planted] = len(found) / rows["account_id"].n_unique()
    assert alike[None] < 0.03
    assert alike["campaign"] == 1


def shingles(text: str, length: int = 3) -> frozenset[tuple[str, ...]]:
    """Runs of words, of characters where a script writes no spaces."""
    words = text.lower().split() if " " in text else list(text)
    return frozenset(zip(*(words[start:] for start in range(length)), strict=False))


def test_products_differ_between_topics(sample: Sample) -> None:
    mobile = sample.joined.group_by("topic").agg((pl.col("product") == "mobile").mean())
    shares = dict(mobile.iter_rows())
    assert shares["recipes"] > 3 * shares["python_debugging"]
