"""Campaigns planted among real first requests, and what only looks like one.

The wording comes from campaign_stories.yaml; accounts and times of the real rows stay as they are.
All chance comes from the seed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import polars as pl
import yaml

from clio_assets.demo.grammar import load_grammars
from clio_assets.demo.plan import planned_topics

Kind = Literal["template", "replaced", "paraphrased"]
KINDS: tuple[Kind, ...] = get_args(Kind)

CAMPAIGNS, FEWEST, MOST = 10, 5, 60
SPREAD_DAYS = 10
REPLACED_SHARE = 0.3
OLD_ACCOUNTS = 0.3
"""Chance that a campaign has taken over half of its accounts from people, with all they do."""

POPULAR, VIRAL, STARTER, WHALE = 200, 200, 300, 300
NEW_AMONG_POPULAR = 0.25
VIRAL_DAYS = 3

TODAY = (5, 15)
"""Accounts of the campaign that begins today, the fewest and the most."""

_SYLLABLES = ("ba", "cor", "dri", "fel", "gan", "hov", "jin", "lum", "mar", "nex", "pol", "quo")
_SYLLABLES += ("rin", "sta", "tev", "ulo", "vex", "wim", "yor", "zan")


@dataclass(frozen=True)
class Planted:
    """Rows (account, started_at, text, planted) to put among the real ones; `planted` is
    "campaign <n>", "popular", "viral", "starter" or "whale". `today` holds one more campaign, all
    on the day `day`, for a run that knows nothing later."""

    rows: pl.DataFrame
    today: pl.DataFrame
    day: dt.date

    def accounts_of(self, what: str) -> set[str]:
        """The accounts that sent something planted."""
        return set(self.rows.filter(pl.col("planted") == what)["account"])

    def members(self) -> dict[str, set[str]]:
        """The accounts of each campaign."""
        rows = self.rows.filter(pl.col("planted").str.starts_with("campaign"))
        return {
            name: set(accounts)
            for name, accounts in rows.group_by("planted").agg("account").iter_rows()
        }


def planted(real: pl.DataFrame, kind: Kind, seed: int) -> Planted:
    """Plant ten campaigns of one kind, one that begins today, the whale and the traps.

    real: account, started_at (UTC), at least SPREAD_DAYS days of them.
    """
    rng = Random(f"{seed} {kind}")  # noqa: S311 - sample text, no secrets
    days = sorted(real["started_at"].dt.date().unique())
    people = sorted(real["account"].unique())
    rows: list[dict[str, Any]] = []
    *stories, last = rng.sample(sorted(_document()["stories"]), CAMPAIGNS + 1)
    # The smallest and the largest are always there; the others lie evenly between in logarithms.
    sizes = [round(FEWEST * (MOST / FEWEST) ** (n / (CAMPAIGNS - 1))) for n in range(CAMPAIGNS)]
    for n, (story, size) in enumerate(zip(stories, sizes, strict=True)):
        first = rng.randrange(len(days) - SPREAD_DAYS + 1)
        taken = rng.sample(people, size // 2) if rng.random() < OLD_ACCOUNTS else []
        accounts = taken + [_account(rng) for _ in range(size - len(taken))]
        texts = campaign_texts(story, kind, rng)
        for account in accounts:
            for _ in range(rng.choice((1, 1, 2, 3))):
                day = rng.choice(days[first : first + SPREAD_DAYS])
                rows.append(_row(account, _time(day, rng), next(texts), f"campaign {n}"))
    rows += _traps(people, days, rng)
    day, texts = rng.choice(days[len(days) // 2 :]), campaign_texts(last, kind, rng)
    crowd = [_account(rng) for _ in range(rng.randint(*TODAY))]
    today = [_row(account, _time(day, rng), next(texts), "today") for account in crowd]
    schema = {"account": pl.String, "started_at": pl.Datetime("us", "UTC")}
    schema |= {"text": pl.String, "planted": pl.String}
    return Planted(pl.DataFrame(rows, schema=schema), pl.DataFrame(today, schema=schema), day)


def campaign_texts(story: str, kind: Kind, rng: Random) -> Iterator[str]:
    """Yield what a campaign's accounts send, without end."""
    parts = _document()["stories"][story][: rng.choice((2, 3))]
    name = "".join(rng.sample(_SYLLABLES, 3)).capitalize()
    while True:
        said = [rng.choice(part) if kind == "paraphrased" else part[0] for part in parts]
        text = " ".join(said).format(name=name, number=rng.randrange(2, 90))
        if kind == "replaced":
            words = text.split()
            for place in rng.sample(range(len(words)), round(REPLACED_SHARE * len(words))):
                words[place] = rng.choice(_words())
            text = " ".join(words)
        yield text


def _traps(people: list[str], days: list[dt.date], rng: Random) -> list[dict[str, Any]]:
    """A public prompt used all the time, one that everybody tries in the same days, what a product
    writes into an empty page, and one account that asks about everything."""
    rows = []
    document = _document()
    first = rng.randrange(len(days) - VIRAL_DAYS + 1)
    for trap, size, when in (
        ("popular", POPULAR, days),
        ("viral", VIRAL, days[first : first + VIRAL_DAYS]),
        ("starter", STARTER, days),
    ):
        new = round(NEW_AMONG_POPULAR * size)
        accounts = rng.sample(people, size - new) + [_account(rng) for _ in range(new)]
        for account in accounts:
            text = {
                "popular": document["popular"],
                "viral": document["viral"],
                "starter": document["starter"].format(tasks=" ".join(rng.choices(_words(), k=5))),
            }[trap]
            rows.append(_row(account, _time(rng.choice(when), rng), text, trap))
    whale = _account(rng)
    grammars = [load_grammars(topic.name).get("en") for topic in planned_topics().topics]
    spoken = [grammar for grammar in grammars if grammar]
    for _ in range(WHALE):
        grammar = rng.choice(spoken)
        text = grammar.say(rng.choice(grammar.symbols["request"]), rng).text
        rows.append(_row(whale, _time(rng.choice(days), rng), text, "whale"))
    return rows


def _row(account: str, at: dt.datetime, text: str, what: str) -> dict[str, Any]:
    return {"account": account, "started_at": at, "text": text, "planted": what}


def _time(day: dt.date, rng: Random) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(seconds=rng.randrange(86_400))


def _account(rng: Random) -> str:
    return f"planted-{rng.getrandbits(48):012x}"


@cache
def _document() -> Any:
    path = Path(__file__).with_name("campaign_stories.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def _words() -> tuple[str, ...]:
    """The words of the demo's English requests and of every story, each once."""
    grammars = [load_grammars(topic.name).get("en") for topic in planned_topics().topics]
    texts = [
        text
        for grammar in grammars
        if grammar
        for said in grammar.symbols.values()
        for text in said
    ]
    texts += [text for parts in _document()["stories"].values() for part in parts for text in part]
    words = {word for text in texts for word in text.split() if word.isalpha()}
    return tuple(sorted(words))
