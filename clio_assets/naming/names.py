"""Offline names and summaries: the key phrases of a topic, distinct within a level."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from clio_assets.naming.phrases import (
    Candidate,
    akin,
    count_phrases,
    rank_phrases,
    spelled,
    spellings,
)

LONGEST_NAME = 80
FEWEST_WORDS = 2
MOST_WORDS = 5
IN_SUMMARY = 5

Names = dict[str, tuple[str, str]]
"""topic_id -> (name, summary)."""


def name_topics(
    texts: pl.DataFrame,
    kept: Names,
    *,
    minimum: int,
    is_content: Callable[[str, str], bool],
    supported: Callable[[str, str], bool],
    parents: dict[str, str],
) -> Names:
    """Name each topic of one level from `texts` (topic_id, account, text); names differ.

    A name in `kept` (a continuing topic's) stays as long as `supported(topic_id, text)` says that
    the period's own accounts use its words. A topic with one supported word appends it to its
    parent's name; one with none, or with one and no parent, is left out. `is_content(topic_id,
    word)` tells words that can carry a name from those that join them.
    """
    counts = count_phrases(texts)
    spelling = spellings(texts["text"].to_list())
    names: Names = {}
    for topic in sorted(kept):
        if topic in counts and supported(topic, " ".join(kept[topic])):
            names[topic] = kept[topic]
    taken = {name.casefold() for name, _ in names.values()}
    for topic in sorted(counts, key=lambda t: (-counts[t][()], t)):
        if topic in names:
            continue
        content = partial(is_content, topic)
        phrases = _distinct(rank_phrases(counts, topic, minimum, content))
        name = next(
            (name for name in _proposals(phrases, content, spelling, parents.get(topic))
             if name.casefold() not in taken),
            None,
        )  # fmt: skip
        if name is None:
            continue
        taken.add(name.casefold())
        listed = [spelled(one.phrase, spelling) for one in phrases[:IN_SUMMARY]]
        names[topic] = (name, f"Requests about {_enumerate(listed)}.")
    return names


def _proposals(
    phrases: list[Candidate],
    is_content: Callable[[str], bool],
    spelling: dict[str, str],
    parent: str | None,
) -> list[str]:
    """Names from best to worst: the best phrase with the second, the third, and so on."""
    found = []
    for skip in range(len(phrases)):
        name = _compose(phrases[:1] + phrases[1 + skip :], is_content, spelling)
        if name is not None:
            found.append(name)
    if not found and phrases and parent is not None:
        found.append(f"{parent}: {spelled(phrases[0].phrase, spelling)}")
    return [name for name in found if len(name) <= LONGEST_NAME]


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Keep the phrases that share no word, in any form, with a better one."""
    kept: list[Candidate] = []
    for one in candidates:
        if not any(akin(a, b) for other in kept for a in one.phrase for b in other.phrase):
            kept.append(one)
        if len(kept) == 2 * IN_SUMMARY:
            break
    return kept


def _compose(
    phrases: list[Candidate], is_content: Callable[[str], bool], spelling: dict[str, str]
) -> str | None:
    """Join the best phrases until there are three content words; None where there are not two."""
    chosen: list[str] = []
    words = 0
    for one in phrases:
        content = sum(map(is_content, one.phrase))
        text = spelled(one.phrase, spelling)
        if words + content > MOST_WORDS or len(", ".join([*chosen, text])) > LONGEST_NAME:
            continue
        chosen.append(text)
        words += content
        if words > FEWEST_WORDS or len(chosen) == 3:
            break
    if words < FEWEST_WORDS:
        return None
    name = ", ".join(chosen)
    return name[0].upper() + name[1:]


def _enumerate(phrases: list[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"
