"""A labelled set of requests in fifteen languages, with the true English of each.

The files in multilingual/ were written for this project: one a category, with the same lines and
values in every language, each the translation of the others at its place. So the English of a
request is not translated but said, with the same choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import polars as pl
import yaml

FOLDER = Path(__file__).with_name("multilingual")
COMMON = "common"
ENGLISH = "en"

CONVERSATIONS = 19_500
"""65 of each category in each language."""

CONVERSATIONS_EACH = 3
"""Conversations for each account of the population, about."""

ACTIVITY_SIGMA = 1.1
"""Spread of the accounts' log-normal activity, as in the demo."""

PLAIN = 0.5
"""Share of requests without an opening, and of those without a closing."""

NO_SPACES = frozenset({"ja", "zh"})
"""Languages that put nothing between two sentences."""

NOTHING = "~"


@dataclass(frozen=True)
class Phrases:
    """What is said about a category in a language; places are the same in every language."""

    lines: tuple[str, ...]
    """Each with `<thing>`, some with `<worry>`."""
    things: tuple[str, ...]
    worries: tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    """What can stand around any request in a language; the first of each is empty."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """A request in no language: the places of what it is made of."""

    line: int
    thing: int
    worry: int
    opening: int
    closing: int


def multilingual_set(seed: int, conversations: int = CONVERSATIONS) -> pl.DataFrame:
    """Return a set that is the same for the same seed and size.

    Grain: a conversation, in random order: conversation_id, account, category, language, request,
    english. Each category is asked about equally often in each language, or once more. An account
    writes one language, about any category.
    """
    rng = Random(seed)  # noqa: S311  not for secrets
    said = phrases()
    languages = list(frames())
    pairs = [(category, language) for category in said for language in languages]
    rng.shuffle(pairs)  # where the size is no multiple, chance says who has one more
    wanted = [pairs[row % len(pairs)] for row in range(conversations)]
    rng.shuffle(wanted)
    population = {
        language: _accounts(conversations / len(languages), rng) for language in languages
    }
    rows = []
    for row, (category, language) in enumerate(wanted):
        choice = _choice(said[category][ENGLISH], frames()[ENGLISH], rng)
        accounts, activity = population[language]
        rows.append(
            (
                f"m{row:06}",
                rng.choices(accounts, activity)[0],
                category,
                language,
                _said(choice, said[category][language], language),
                _said(choice, said[category][ENGLISH], ENGLISH),
            )
        )
    columns = ["conversation_id", "account", "category", "language", "request", "english"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


@cache
def phrases() -> dict[str, dict[str, Phrases]]:
    """Return what is said, by category and language."""
    return {
        path.stem: {
            language: Phrases(
                tuple(told["request"].strip().splitlines()),
                _values(told["thing"]),
                _values(told["worry"]),
            )
            for language, told in _document(path).items()
        }
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.stem != COMMON
    }


@cache
def frames() -> dict[str, Frame]:
    """Return what can stand around a request, by language."""
    return {
        language: Frame(_values(told["opening"]), _values(told["closing"]))
        for language, told in _document(FOLDER / f"{COMMON}.yaml").items()
    }


def _choice(about: Phrases, frame: Frame, rng: Random) -> Choice:
    return Choice(
        line=rng.randrange(len(about.lines)),
        thing=rng.randrange(len(about.things)),
        worry=rng.randrange(len(about.worries)),
        opening=0 if rng.random() < PLAIN else rng.randrange(1, len(frame.openings)),
        closing=0 if rng.random() < PLAIN else rng.randrange(1, len(frame.closings)),
    )


def _said(choice: Choice, about: Phrases, language: str) -> str:
    frame = frames()[language]
    line = about.lines[choice.line].replace("<thing>", about.things[choice.thing])
    parts = [
        frame.openings[choice.opening],
        line.replace("<worry>", about.worries[choice.worry]),
        frame.closings[choice.closing],
    ]
    return ("" if language in NO_SPACES else " ").join(filter(None, parts))


def _accounts(conversations: float, rng: Random) -> tuple[list[str], list[float]]:
    """Accounts that make so many conversations, and how active each of them is."""
    size = max(1, round(conversations / CONVERSATIONS_EACH))
    accounts = [f"{rng.getrandbits(128):032x}" for _ in range(size)]
    return accounts, [rng.lognormvariate(0, ACTIVITY_SIGMA) for _ in accounts]


def _document(path: Path) -> dict[str, dict[str, str]]:
    document: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _values(text: str) -> tuple[str, ...]:
    """Return the alternatives of a list; a lone `~` is the empty one."""
    return tuple("" if (value := one.strip()) == NOTHING else value for one in text.split(" | "))
