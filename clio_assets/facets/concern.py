"""The concern facet: a heuristic from 1 to 5 by a lexicon, for sorting what deserves a look.

    1  nothing of concern is named
    2  a sensitive subject is named, or a harm in a protective context
    3  a harm is named that is seldom harmless, or a sensitive subject with a wish for means
    4  a grave harm, or a serious one with a wish for means
    5  a grave harm with a wish for means, or together with harms of another kind

A message scores the points of its gravest entry, one more for intent, one more where two kinds
of harm are at least serious, one less in a protective context (never below 2 once something is
named); a conversation takes the highest level of its user's messages. Everyday uses ("kill a
process") are removed first. The lexicon is concern.yaml: whole words, English alone.

It knows words and not meaning: irony, euphemism, other languages and spelling tricks pass, and a
calm discussion of a war may score 3. Never act on one conversation's level; read shares of many.

Measured on the 1,595 prompts of OpenAI's moderation release (437 with any label), which nothing
here was fitted to: area under the ROC curve .76 for "any label" (sexual .86, self-harm .80,
threatening hate .78, harassment .72, hate .72, violence .71, graphic violence .60); labelled are
10 % at level 1, 36 % at 2, 61 % at 3, 51 % at 4, 59 % at 5. So 2 and above is a useful line, and
the order of 3 to 5 is of what the words say, not of how likely a label is. Level 2 or more: 38 %
of red-team dialogues, 1 % of assistant and 1.5 % of banking requests, 1 to 10 % of chat prompts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

MAX_CHARACTERS = 20_000
"""Of one message; the rest is not looked at."""

MAX_MESSAGES = 500
"""Of a conversation's user messages: the first ones."""

POINTS = {"grave": 3, "serious": 2, "mention": 1}
HIGHEST = 5


@dataclass(frozen=True)
class Lexicon:
    """Compiled alternatives: one expression a context, one a category and tier."""

    neutral: str
    protective: str
    intent: str
    categories: dict[str, dict[str, str]]


def concern_levels(messages: pl.Series) -> list[int]:
    """Return the level of each conversation, 1 to 5, from its list of (role, content)."""
    said = (
        pl.DataFrame({"messages": messages})
        .with_row_index("row")
        .explode("messages")
        .unnest("messages")
        .filter(pl.col("role") == "user")
        .filter(pl.int_range(pl.len()).over("row") < MAX_MESSAGES)
        .select("row", level=message_level(pl.col("content")))
    )
    highest = said.group_by("row").agg(pl.col("level").max())
    rows = pl.DataFrame({"row": pl.int_range(len(messages), dtype=pl.UInt32, eager=True)})
    return (
        rows.join(highest, on="row", how="left", maintain_order="left")["level"]
        .fill_null(1)
        .to_list()
    )


def message_level(text: pl.Expr) -> pl.Expr:
    """Return the level of one message, 1 to 5; null counts as nothing said."""
    lexicon = load_lexicon()
    plain = _words(text.fill_null("").str.head(MAX_CHARACTERS))
    plain = plain.str.replace_all(lexicon.neutral, " ")
    kinds = [_points(plain, tiers) for tiers in lexicon.categories.values()]
    gravest = pl.max_horizontal(kinds)
    several = pl.sum_horizontal(kind >= POINTS["serious"] for kind in kinds) >= 2
    more = plain.str.contains(lexicon.intent).cast(pl.Int8) + several.cast(pl.Int8)
    less = plain.str.contains(lexicon.protective).cast(pl.Int8)
    named = (1 + gravest + more - less).clip(2, HIGHEST)
    return pl.when(gravest > 0).then(named).otherwise(1).cast(pl.Int8)


@cache
def load_lexicon() -> Lexicon:
    """Read concern.yaml, once a process."""
    text = files(__package__).joinpath("concern.yaml").read_text(encoding="utf-8")
    entries = yaml.safe_load(text)
    return Lexicon(
        neutral=_whole_words(entries["neutral"]),
        protective=_whole_words(entries["protective"]),
        intent=_whole_words(entries["intent"]),
        categories={
            kind: {tier: _whole_words(found) for tier, found in tiers.items()}
            for kind, tiers in entries["categories"].items()
        },
    )


def _words(text: pl.Expr) -> pl.Expr:
    """Lower-case ASCII words between single spaces: what the lexicon is written for."""
    straight = text.str.to_lowercase().str.replace_all("\u2019", "'", literal=True)
    return straight.str.replace_all(r"[^a-z0-9']+", " ")


def _points(text: pl.Expr, tiers: dict[str, str]) -> pl.Expr:
    return pl.max_horizontal(
        pl.when(text.str.contains(pattern)).then(POINTS[tier]).otherwise(0)
        for tier, pattern in tiers.items()
    ).cast(pl.Int8)


def _whole_words(lines: str) -> str:
    # Unicode tables off: the text is ASCII by now, and 100 times slower to search with them.
    return rf"(?-u)\b(?:{'|'.join(lines.splitlines())})\b"
