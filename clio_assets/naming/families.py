"""Who says what in a family: siblings take phrases in turns, and none what another one says.

A name is read beside its siblings' and under its parent's. So the phrase that says most of a topic
gives way to one that says a little less and is said by none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clio_assets.naming.covering import Options
from clio_assets.naming.phrases import Candidate, akin, whole

IN_NAME = 3
"""Phrases."""

GIVES_WAY = 0.8
"""The best phrase gives way to a fresh one whose score is at least this share of its own."""

ADDS = 0.1
"""A further phrase has at least this share of the first one's score."""

LOOKED_AT = 80
"""Options beyond these say too little to stand in a name."""


@dataclass(frozen=True)
class Subject:
    """A topic to be named: its options, and how many content words are enough for it."""

    options: Options
    enough: int


def draft(
    subjects: Mapping[str, Subject], beside: Iterable[str], above: frozenset[str]
) -> dict[str, list[Candidate]]:
    """Choose the phrases of each topic of a family.

    `beside` are words that other siblings' names say, `above` those of the parent's name. In each
    turn the topic with the most to say takes first.
    """
    chosen: dict[str, list[Candidate]] = {topic: [] for topic in subjects}
    own: dict[str, set[str]] = {topic: set() for topic in subjects}
    others = set(beside)
    for _ in range(IN_NAME):
        offers = {
            topic: subject.options(chosen[topic])[:LOOKED_AT]
            for topic, subject in subjects.items()
            if len(own[topic]) < subject.enough
        }
        ready = [topic for topic, offered in offers.items() if offered]
        for topic in sorted(ready, key=lambda topic: (-offers[topic][0].score, topic)):
            said = others.union(*(words for other, words in own.items() if other != topic))
            room = subjects[topic].enough + 2 - len(own[topic])
            fitting = [one for one in offers[topic] if len(one.content) <= room]
            one = _pick(fitting, chosen[topic], said, above)
            if one is not None:
                chosen[topic].append(one)
                own[topic].update(one.content)
    return chosen


def _pick(
    offered: list[Candidate],
    chosen: list[Candidate],
    beside: set[str],
    above: frozenset[str],
) -> Candidate | None:
    """Take the best phrase that nobody near says; a first one must be, a further one need not."""
    mine = {word for one in chosen for word in one.content}
    new = unsaid(offered, mine)
    if not new:
        return None
    least = ADDS * chosen[0].score if chosen else GIVES_WAY * new[0].score
    for avoided in (beside | above, beside):
        fresh = whole(unsaid(new, avoided))
        if fresh and fresh[0].score >= least:
            return fresh[0]
    return None if chosen else whole(new)[0]


def unsaid(candidates: list[Candidate], words: Iterable[str]) -> list[Candidate]:
    """Keep the phrases that say none of `words` in any form."""
    avoided = set(words)
    used = {word for one in candidates for word in one.content}
    said = {word for word in used if any(akin(word, other) for other in avoided)}
    return [one for one in candidates if said.isdisjoint(one.content)]
