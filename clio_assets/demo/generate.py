"""Write the sample conversations, one file a day, and their truth in a folder of its own."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson
import polars as pl

from clio_assets.demo.accounts import Population, new_account
from clio_assets.demo.conversation import compose
from clio_assets.demo.grammar import load_grammars
from clio_assets.demo.personal_data import PersonalData
from clio_assets.demo.plan import Plan, planned_topics

FIRST_DAY = dt.date(2026, 11, 1)
TRUTH_FILE = "ground_truth.jsonl.gz"
PERSONAL_DATA_SHARE = 0.03
MODELS = ("sample-large", "sample-small")

# Conversations by hour of the day, UTC: a quiet night, a busy noon and evening.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 9, 9, 8, 7, 7, 8, 8, 7, 5, 3)

TRUTH_SCHEMA: dict[str, Any] = {
    "conversation_id": pl.String,
    "day": pl.Date,
    "topic": pl.String,
    "language": pl.String,
    "planted": pl.String,
    "planted_pii": pl.List(pl.String),
}


@dataclass(frozen=True)
class DemoSummary:
    """What was written."""

    files: tuple[Path, ...]
    first_day: dt.date
    last_day: dt.date
    conversations: int
    accounts: int
    planted_pii: int


@dataclass(frozen=True)
class _Slot:
    """A conversation still to be written: who, about what, in which language, planted or not."""

    account: str
    topic: str
    language: str
    products: dict[str, int]
    planted: str | None = None


def generate_demo(
    folder: Path, truth_folder: Path, seed: int, days: int = 14, per_day: int = 1500
) -> DemoSummary:
    """Write `days` files of about `per_day` conversations each; a seed gives the same bytes.

    `folder` gets `YYYY-MM-DD.jsonl.gz` in the canonical input form, `truth_folder` one
    `ground_truth.jsonl.gz` that the pipeline never reads. A campaign comes on top of `per_day`.

    Raises:
        GrammarError: a grammar file lacks a symbol.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth_folder.mkdir(parents=True, exist_ok=True)
    plan = planned_topics()
    rng = Random(seed)  # noqa: S311 - sample text, no secrets
    population = Population(plan.topics, per_day, rng)
    crowd = [new_account(rng) for _ in range(plan.campaign.accounts)]
    whale = new_account(rng)
    personal_data = PersonalData(rng)
    files: list[Path] = []
    truths: list[dict[str, Any]] = []
    accounts: set[str] = set()
    for day in range(1, days + 1):
        date = FIRST_DAY + dt.timedelta(days=day - 1)
        slots = list(_organic(plan, population, whale, day, days, per_day, rng))
        slots += _campaign(plan, crowd, day, rng)
        rng.shuffle(slots)
        rows = []
        for slot, started_at in zip(slots, _times(date, len(slots), rng), strict=True):
            row, truth = _written(slot, started_at, personal_data, rng)
            rows.append(row)
            truths.append(truth | {"day": date})
        accounts |= {slot.account for slot in slots}
        files.append(folder / f"{date}.jsonl.gz")
        _write(files[-1], rows)
    _write(truth_folder / TRUTH_FILE, truths)
    return DemoSummary(
        files=tuple(files),
        first_day=FIRST_DAY,
        last_day=FIRST_DAY + dt.timedelta(days=days - 1),
        conversations=len(truths),
        accounts=len(accounts),
        planted_pii=sum(len(truth["planted_pii"]) for truth in truths),
    )


def load_truth(truth_folder: Path) -> pl.DataFrame:
    """One row a conversation: topic, language, what is planted (`campaign`, `whale` or null)."""
    lines = gzip.decompress((truth_folder / TRUTH_FILE).read_bytes()).splitlines()
    rows = [orjson.loads(line) for line in lines]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA | {"day": pl.String}).with_columns(
        pl.col("day").str.to_date()
    )


def _organic(
    plan: Plan, population: Population, whale: str, day: int, days: int, per_day: int, rng: Random
) -> Iterator[_Slot]:
    sizes = plan.sizes(day, days, per_day)
    for topic in plan.topics:
        size = sizes.get(topic.name, 0)
        whales = 0
        if topic.name == plan.whale.topic and day in plan.whale.days:
            whales = round(size * plan.whale.share)
            for _ in range(whales):
                yield _Slot(whale, topic.name, "en", topic.products, "whale")
        left = size - whales
        for language, share in reversed(topic.languages.items()):
            # The first language of the plan, written last, takes what rounding leaves.
            count = left if language == next(iter(topic.languages)) else round(size * share)
            left -= count
            for account in population.draw((topic.name, language), count, size, rng):
                yield _Slot(account, topic.name, language, topic.products)


def _campaign(plan: Plan, crowd: list[str], day: int, rng: Random) -> Iterator[_Slot]:
    campaign = plan.campaign
    if day in campaign.days:
        # Everyone takes part, some more than others.
        extra = rng.choices(crowd, k=campaign.size - len(crowd))
        for account in crowd + extra:
            yield _Slot(account, campaign.topic, "en", campaign.products, "campaign")


def _times(date: dt.date, count: int, rng: Random) -> list[dt.datetime]:
    midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
    hours = rng.choices(range(24), _HOURS, k=count)
    return sorted(
        midnight + dt.timedelta(hours=hour, seconds=rng.randrange(3600)) for hour in hours
    )


def _written(
    slot: _Slot, started_at: dt.datetime, personal_data: PersonalData, rng: Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    aside = ""
    planted_pii: list[str] = []
    if slot.planted is None and rng.random() < PERSONAL_DATA_SHARE:
        aside, planted_pii = personal_data.sentence(slot.language)
    identity = f"conv-{rng.getrandbits(64):016x}"
    products, weights = zip(*slot.products.items(), strict=True)
    row = {
        "conversation_id": identity,
        "account_id": slot.account,
        "started_at": started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "model": rng.choice(MODELS),
        "messages": compose(load_grammars(slot.topic)[slot.language], slot.language, aside, rng),
        "metadata": {"product": rng.choices(products, weights)[0]},
    }
    truth = {
        "conversation_id": identity,
        "topic": slot.topic,
        "language": slot.language,
        "planted": slot.planted,
        "planted_pii": planted_pii,
    }
    return row, truth


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    path.write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
