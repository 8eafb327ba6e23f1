"""Key phrases of topics: what many accounts of one say and few accounts of the others do.

Everything is counted in accounts, never in conversations, and a phrase counts only where at
least `minimum` accounts of the topic use it whole. Names made of such phrases are private by
construction (rule G-11), and one account repeating itself cannot name a topic.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from clio_assets.privacy.text_support import tokens

LONGEST = 3
LONGEST_PHRASE = 40
"""Characters; a longer one is an address or a blob, and two would not fit in a name."""

TEXTS_PER_ACCOUNT = 3
ACCOUNTS_PER_TOPIC = 2_000
"""Larger topics are counted on this many accounts: a lower bound of the support, so still safe."""

WHOLE = 0.6
"""A longer phrase replaces its parts when this share of the accounts using them use it whole."""

NUMBER = re.compile(r"\d{4}")
"""Years and longer numbers are no part of a name (PRIVACY.md, untrusted text)."""

HIRAGANA = re.compile(r"[\u3040-\u309f]+")
"""Japanese writes its endings and particles so, and what they join in other scripts."""

WORD = re.compile(r"\w+")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A supported phrase of one topic, how distinctive it is, and the accounts that use it."""

    phrase: Phrase
    score: float
    accounts: int
    content_words: int


@dataclass(frozen=True)
class PhraseCounts:
    """Accounts that use each phrase of one to three words, by topic and summed over topics.

    The empty phrase holds the number of accounts counted.
    """

    by_topic: dict[str, Counter[Phrase]]
    summed: Counter[Phrase]


def count_phrases(texts: pl.DataFrame) -> PhraseCounts:
    """Count the phrases of `texts` (topic_id, account, text).

    An account counts at most three different texts a topic.
    """
    chosen = (
        texts.unique()
        .sort("topic_id", "account", "text")
        .group_by("topic_id", "account", maintain_order=True)
        .agg(pl.col("text").head(TEXTS_PER_ACCOUNT))
        .group_by("topic_id", maintain_order=True)
        .head(ACCOUNTS_PER_TOPIC)
        .explode("text")
        .with_row_index("line")
    )
    lines = (
        tokens(chosen)
        .group_by("line", maintain_order=True)
        .agg(pl.col("topic_id", "account").first(), pl.col("token"))
    )
    counts: dict[str, Counter[Phrase]] = {
        topic: Counter() for topic in chosen["topic_id"].unique(maintain_order=True)
    }
    by_account = lines.group_by("topic_id", "account", maintain_order=True).agg("token")
    for topic, _, said in by_account.iter_rows():
        used: set[Phrase] = {()}
        for words in said:
            used.update(_phrases(words))
        counts[topic].update(used)
    summed: Counter[Phrase] = Counter()
    for counter in counts.values():
        summed.update(counter)
    return PhraseCounts(counts, summed)


def rank_phrases(
    counts: PhraseCounts,
    topic: str,
    minimum: int,
    is_content: Callable[[str], bool],
) -> list[Candidate]:
    """Return the topic's supported phrases, most distinctive first.

    The score is the phrase's share of the topic's accounts times the logarithm of how much larger
    that is than its share in the other topics of `counts` (a term of the Kullback-Leibler
    divergence). The others count as at least as many accounts as the topic's own, so that a topic
    that stands alone is named by its commonest phrases. Phrases begin and end with a content word;
    a part of a phrase that most of its users say whole is left out.
    """

    def carries(word: str) -> bool:
        return is_content(word) and not word.isdigit() and not HIRAGANA.fullmatch(word)

    mine = counts.by_topic[topic]
    total = mine[()]
    rest_total = max(total, counts.summed[()] - total)
    found = []
    for phrase, accounts in mine.items():
        if accounts < minimum or not phrase or any(map(NUMBER.search, phrase)):
            continue
        if len(" ".join(phrase)) > LONGEST_PHRASE:
            continue
        if not (carries(phrase[0]) and carries(phrase[-1])):
            continue
        elsewhere = counts.summed[phrase] - accounts
        share, rest = accounts / total, (elsewhere + 0.5) / (rest_total + 1)
        score = share * math.log(share / rest) if share > rest else 0.0
        if score > 0:
            found.append(Candidate(phrase, score, accounts, sum(map(carries, phrase))))
    whole = {
        part for one in found for part in _parts(one.phrase) if one.accounts >= WHOLE * mine[part]
    }
    kept = [one for one in found if one.phrase not in whole]
    return sorted(kept, key=lambda one: (-one.score, one.phrase))


def spellings(texts: Iterable[str]) -> dict[str, str]:
    """Return the usual spelling of each word that is not first in its text ("sql" -> "SQL").

    A form spells the token that it is cut into, so writing it instead needs no other support.
    """
    seen = Counter(word for text in texts for word in WORD.findall(text)[1:])
    forms = pl.DataFrame(
        list(seen.items()), schema={"form": pl.String, "times": pl.Int64}, orient="row"
    ).with_columns(text="form")
    usual = (
        tokens(forms)
        .filter(pl.len().over("form") == 1)
        .sort("times", "form")
        .group_by("token")
        .agg(pl.col("form").last())
    )
    return dict(usual.iter_rows())


def spelled(phrase: Phrase, spelling: dict[str, str]) -> str:
    """Write a phrase out; pieces of a script without spaces that overlap are joined."""
    words = [spelling.get(word, word) for word in phrase]
    text = words[0]
    for before, word in pairwise(words):
        overlap = len(before) == len(word) == 2 and before[1] == word[0]
        if overlap and _cut(before + word[1]) == [before, word]:
            text += word[1]
        else:
            text += " " + word
    return text


def akin(one: str, other: str) -> bool:
    """True where two words are forms of one ("flight", "flights"): same but for their ends."""
    short, long = sorted((one, other), key=len)
    stem = len(short) >= 4 and long.startswith(short[:-1])
    return short == long or (stem and len(long) - len(short) <= 2)


def _cut(text: str) -> list[str]:
    return tokens(pl.DataFrame({"text": [text]}))["token"].to_list()


def _phrases(tokens: list[str]) -> set[Phrase]:
    return {
        tuple(tokens[i : i + n]) for n in range(1, LONGEST + 1) for i in range(len(tokens) - n + 1)
    }


def _parts(phrase: Phrase) -> set[Phrase]:
    return {phrase[i : i + n] for n in range(1, len(phrase)) for i in range(len(phrase) - n + 1)}
