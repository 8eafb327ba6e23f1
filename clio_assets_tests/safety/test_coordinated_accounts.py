"""Campaigns are found, what is only popular is not; on made-up logs and on the demo's own."""

import datetime as dt
import gzip
import json
from random import Random

import numpy as np
import polars as pl
import pytest

from clio_assets.demo.generate import generate_demo, load_truth
from clio_assets.safety.coordinated_accounts import (
    GROUPS,
    MEMBERS,
    CoordinationSettings,
    coordinated_accounts,
)

FIRST = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
NO_VECTORS = np.zeros((0, 384), np.float32)
VOCABULARY = [f"word{n}" for n in range(4_000)]


def asked(account: str, day: float, text: str) -> dict:
    return {"account": account, "started_at": FIRST + dt.timedelta(days=day), "text": text}


def ordinary(rng: Random, accounts: int = 500) -> list[dict]:
    """Three requests an account over a fortnight, each in its own words."""
    return [
        asked(
            f"person-{rng.randrange(accounts)}",
            14 * rng.random(),
            " ".join(rng.choices(VOCABULARY, k=15)),
        )
        for _ in range(3 * accounts)
    ]


def campaign(rng: Random, accounts: int, begin: float, days: float) -> list[dict]:
    template = " ".join(rng.choices(VOCABULARY, k=15))
    return [
        asked(f"robot-{n}", begin + days * rng.random(), f"{template} item{rng.randrange(99)}")
        for n in range(accounts)
    ]


def findings(rows: list[dict], first_seen: pl.DataFrame | None = None, **settings):
    requests = pl.DataFrame(rows).with_columns(vector=pl.lit(None, pl.Int64))
    if first_seen is None:
        first_seen = requests.group_by("account").agg(first_seen=pl.col("started_at").min())
    return coordinated_accounts(requests, NO_VECTORS, first_seen, CoordinationSettings(**settings))


def robots(count: int) -> set[str]:
    return {f"robot-{n}" for n in range(count)}


@pytest.mark.parametrize("accounts", [5, 40])
def test_a_campaign_is_one_group_with_what_describes_it(accounts):
    rng = Random(1)  # noqa: S311
    found = findings(ordinary(rng) + campaign(rng, accounts, begin=2, days=10))
    (group,) = found.groups.to_dicts()
    assert set(found.members["account"]) == robots(accounts)
    assert group["accounts"] == group["requests"] == accounts
    assert group["found_by"] == "wording"
    assert group["density"] == 1
    assert group["new_share"] == group["alone_share"] == 1
    assert 0 < group["template_entropy"] < 1
    assert group["span_days"] == pytest.approx(
        (group["last_at"] - group["first_at"]) / dt.timedelta(days=1)
    )
    assert found.groups.schema == pl.Schema(GROUPS)
    assert found.members.schema == pl.Schema(MEMBERS)


def test_a_campaign_of_this_day_is_found_this_day():
    rng = Random(2)  # noqa: S311
    rows = [row for row in ordinary(rng) if row["started_at"] < FIRST + dt.timedelta(days=9)]
    found = findings(rows + campaign(rng, 6, begin=8.2, days=0.7))
    assert set(found.members["account"]) == robots(6)


def test_popular_prompts_and_starter_templates_are_no_campaigns():
    rng = Random(3)  # noqa: S311
    popular, starter = (" ".join(rng.choices(VOCABULARY, k=15)) for _ in range(2))
    people = [f"person-{n}" for n in range(500)]
    rows = ordinary(rng)
    rows += [asked(who, 14 * rng.random(), popular) for who in rng.sample(people, 60)]
    rows += [
        asked(who, 14 * rng.random(), f"{starter} {rng.choice(VOCABULARY)}")
        for who in [*rng.sample(people, 150), *(f"newcomer-{n}" for n in range(40))]
    ]
    assert not len(findings(rows).groups)


def test_one_account_with_much_to_ask_is_no_group():
    rng = Random(4)  # noqa: S311
    template = " ".join(rng.choices(VOCABULARY, k=15))
    rows = ordinary(rng)
    rows += [asked("reseller", 14 * rng.random(), f"{template} {n}") for n in range(300)]
    assert not len(findings(rows).groups)


def test_a_campaign_that_others_quote_is_not_lost_in_what_they_quote():
    # Of two hundred people each quotes the one before, and one of them the campaign: all of it
    # hangs together.
    rng = Random(8)  # noqa: S311
    rows = ordinary(rng) + campaign(rng, 20, begin=6, days=2)
    quoted = rows[-1]["text"].split()[:12]
    for n in range(200):
        words = [*quoted, *rng.choices(VOCABULARY, k=12)]
        rows.append(asked(f"quoting-{n}", 3 + 8 * rng.random(), " ".join(words)))
        quoted = words[12:]
    found = findings(rows)
    assert robots(20) <= set(found.members["account"])
    assert len(found.groups) == 1
    assert found.groups["accounts"][0] <= 22


def test_old_accounts_are_told_by_when_they_were_first_seen():
    rng = Random(5)  # noqa: S311
    rows = ordinary(rng) + campaign(rng, 12, begin=1, days=12)
    old = pl.DataFrame(
        {"account": sorted(robots(12)), "first_seen": [FIRST - dt.timedelta(days=90)] * 12}
    )
    (group,) = findings(rows).groups.to_dicts()
    (aged,) = (
        findings(rows, old, least_evidence=0, least_score=0)
        .groups.filter(pl.col("accounts") == 12)
        .to_dicts()
    )
    assert (group["new_share"], aged["new_share"]) == (1, 0)
    assert aged["evidence"] < group["evidence"]


def test_the_order_of_the_rows_makes_no_difference():
    rng = Random(6)  # noqa: S311
    rows = ordinary(rng) + campaign(rng, 8, begin=3, days=4)
    first = findings(rows)
    rng.shuffle(rows)
    again = findings(rows)
    assert first.groups.equals(again.groups)
    # The rows themselves are counted as they were given.
    assert first.members.drop("row").equals(again.members.drop("row"))


def test_changed_words_are_found_by_meaning():
    rng = Random(7)  # noqa: S311
    draw = np.random.default_rng(7)
    rows = ordinary(rng) + [
        asked(f"robot-{n}", 5 + 2 * rng.random(), " ".join(rng.choices(VOCABULARY, k=15)))
        for n in range(12)
    ]
    vectors = draw.standard_normal((len(rows), 64))
    vectors[-12:] = vectors[-1] + 0.3 * draw.standard_normal((12, 64))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    requests = pl.DataFrame(rows).with_row_index("vector")
    first_seen = requests.group_by("account").agg(first_seen=pl.col("started_at").min())
    found = coordinated_accounts(requests, vectors.astype(np.float32), first_seen)
    assert set(found.members["account"]) == robots(12)
    assert found.groups["found_by"].to_list() == ["meaning"]


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_a_log_of_almost_nothing_has_no_groups(rows):
    said = [asked(f"person-{n}", n, "hello there") for n in range(4)]
    requests = pl.DataFrame(said).with_columns(vector=pl.lit(None, pl.Int64)).head(rows)
    first_seen = requests.select("account", first_seen="started_at")
    found = coordinated_accounts(requests, NO_VECTORS, first_seen)
    assert found.groups.schema == pl.Schema(GROUPS)
    assert not len(found.members)


def test_the_campaign_of_the_demo_is_found_and_nothing_else(tmp_path):
    written = generate_demo(tmp_path / "logs", tmp_path / "truth", seed=1, days=12, per_day=250)
    rows = []
    for path in written.files:
        for line in gzip.decompress(path.read_bytes()).splitlines():
            row = json.loads(line)
            rows.append(
                {
                    "conversation_id": row["conversation_id"],
                    "account": row["account_id"],
                    "started_at": dt.datetime.fromisoformat(row["started_at"]),
                    "text": row["messages"][0]["content"],
                }
            )
    truth = load_truth(tmp_path / "truth").select("conversation_id", "language", "planted")
    requests = pl.DataFrame(rows).join(truth, on="conversation_id")
    own = set(requests.filter(planted="campaign")["account"])
    found = findings(requests.drop("conversation_id", "planted").to_dicts())
    assert set(found.members["account"]) == own
    assert len(found.groups) == 1
