"""Key phrases of topics: what many accounts of one say and few accounts of the others do.

Everything is counted in accounts, never in conversations, and a phrase counts only where at
least `minimum` accounts of the topic use it whole. Names made of such phrases are private by
construction (rule G-11), and one account repeating itself cannot name a topic.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
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

BESIDE = 0.5
"""How much a topic's siblings count among all that a phrase is told from."""

NUMBER = re.compile(r"\d{4}")
"""Years and longer numbers are no part of a name (PRIVACY.md, untrusted text)."""

HIRAGANA = re.compile(r"[\u3040-\u309f]+")
"""Japanese writes its endings and particles so, and what they join in other scripts."""

PERIODS = 6
"""For which a name should last: of the demo's continuing leaves 34 % had another name the next day
when nothing was asked, 22 % with two periods, 17 % with six and 13 % with sixteen, for which names
say less."""

WORD = re.compile(r"\w+")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A supported phrase of one topic, how distinctive it is, and the accounts that use it.

    `content` are its words that carry a name; the others join them.
    """

    phrase: Phrase
    score: float
    accounts: int
    content: Phrase


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


def counted_together(
    counts: PhraseCounts, under: Mapping[str, Iterable[str]], minimum: int
) -> PhraseCounts:
    """Add a count for each group of topics (id -> topics), of what can stand in a name at all.

    An account that speaks in two of them counts twice.
    """
    used = {()} | {p for mine in counts.by_topic.values() for p, n in mine.items() if n >= minimum}
    by_group: dict[str, Counter[Phrase]] = {}
    for group, topics in under.items():
        by_group[group] = Counter()
        for topic in topics:
            mine = counts.by_topic.get(topic, Counter())
            by_group[group].update({phrase: n for phrase, n in mine.items() if phrase in used})
    return PhraseCounts(counts.by_topic | by_group, counts.summed)


def supported_phrases(
    counts: PhraseCounts, topic: str, minimum: int, is_content: Callable[[str], bool]
) -> dict[Phrase, Phrase]:
    """Return the phrases that can name a topic: phrase -> its words that carry a name.

    Phrases begin and end with such a word, and `minimum` accounts of the topic use them whole.
    """

    def carries(word: str) -> bool:
        return is_content(word) and not word.isdigit() and not HIRAGANA.fullmatch(word)

    found = {}
    for phrase, accounts in counts.by_topic[topic].items():
        if accounts < minimum or not phrase or any(map(NUMBER.search, phrase)):
            continue
        if len(" ".join(phrase)) > LONGEST_PHRASE:
            continue
        if carries(phrase[0]) and carries(phrase[-1]):
            found[phrase] = tuple(filter(carries, phrase))
    return found


def usual_share(
    counts: PhraseCounts, topic: str, siblings: Collection[str]
) -> Callable[[Phrase], float]:
    """Return the share of a phrase outside the topic: half its siblings', half all others'.

    The others are the other leaves of `counts`, and count as at least as many accounts as the
    topic's own, so that a topic that stands alone is named by its commonest phrases.
    """
    mine = counts.by_topic[topic]
    beside = [counts.by_topic[sibling] for sibling in siblings]
    total = mine[()]
    rest_total = max(total, counts.summed[()] - total)
    beside_total = max(total, sum(other[()] for other in beside))

    def share(phrase: Phrase) -> float:
        rest = (counts.summed[phrase] - mine[phrase] + 0.5) / (rest_total + 1)
        if not beside:
            return rest
        near = (sum(other[phrase] for other in beside) + 0.5) / (beside_total + 1)
        return BESIDE * near + (1 - BESIDE) * rest

    return share


def rank_phrases(
    counts: PhraseCounts,
    topic: str,
    supported: Mapping[Phrase, Phrase],
    siblings: Collection[str] = (),
    minimum: int = 0,
) -> list[Candidate]:
    """Return the topic's `supported` phrases, most distinctive first, parts of others among them.

    The score is the phrase's share of the topic's accounts times the logarithm of how much larger
    that is than its share elsewhere (a term of the Kullback-Leibler divergence), where the topics
    beside it count as much as all others: a name is read next to theirs. A phrase with a word
    that hardly more than `minimum` accounts use counts for less: it would not last (`lasting`).
    """
    mine = counts.by_topic[topic]
    usual = usual_share(counts, topic, siblings)
    found = []
    for phrase, content in supported.items():
        score = distinctiveness(mine[phrase] / mine[()], usual(phrase))
        score *= lasting(min(mine[(word,)] for word in content), minimum)
        if score > 0:
            found.append(Candidate(phrase, score, mine[phrase], content))
    return sorted(found, key=lambda one: (-one.score, one.phrase))


def lasting(accounts: int, minimum: int) -> float:
    """How likely a word of so many accounts has `minimum` in each of the next `PERIODS` too.

    In each as many use it but for chance (a Poisson count, by its normal approximation). A name
    that loses a word's support is another name tomorrow.
    """
    once = 0.5 * (1 + math.erf((accounts - minimum) / math.sqrt(2 * accounts)))
    return float(once**PERIODS)


def distinctiveness(share: float, usual: float) -> float:
    """How much a phrase of this share tells where it is usually of another."""
    return share * math.log(share / usual) if share > usual else 0.0


def whole(candidates: list[Candidate]) -> list[Candidate]:
    """Leave out each part of a phrase that most of the part's users say whole."""
    users = {one.phrase: one.accounts for one in candidates}
    parts = {
        part
        for one in candidates
        for part in _parts(one.phrase)
        if one.accounts >= WHOLE * users.get(part, math.inf)
    }
    return [one for one in candidates if one.phrase not in parts]


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
