"""Offline names and summaries: the phrases that a family chose, written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clio_assets.naming.families import IN_NAME, Subject, draft, unsaid
from clio_assets.naming.phrases import Candidate, akin, spelled, whole
from clio_assets.privacy.text_support import words_of

LONGEST_NAME = 80
LONGEST_SUMMARY = 300
IN_SUMMARY = 5

STANDS_IN = 0.5
"""A phrase that shares a word with the chosen ones may stand in their stead if its score is at
least this share of the first one's."""

Names = dict[str, tuple[str, str]]
"""topic_id -> (name, summary)."""


def name_family(
    subjects: dict[str, Subject],
    beside: Iterable[str],
    above: str,
    taken: set[str],
    spelling: dict[str, str],
) -> Names:
    """Name siblings together; no two names are the same, nor any the same as one in `taken`.

    `beside` are the names of siblings that have one already, `above` is the parent's. A name that
    says nothing but what the parent's does is a last resort. One with a single supported word is
    named by it, and its parent's name beside it says the rest (docs/decisions/0008-one-word.md);
    one with none is left out. Names given are added to `taken`, as `casefold` has them.
    """
    over = frozenset(words_of([above])[above])
    near = {word for words in words_of(beside).values() for word in words}
    names: Names = {}
    for topic, chosen in draft(subjects, near, over).items():
        if not chosen:
            continue
        rest = _rest(subjects[topic], chosen)
        free = [
            (name, phrases)
            for phrases in _proposals(chosen, rest, subjects[topic].options([]))
            if len(name := _listed(phrases, spelling)) <= LONGEST_NAME
            and name.casefold() not in taken
        ]
        if not free:
            continue
        telling = (name for name, phrases in free if _tells(phrases, over))
        name = next(telling, free[0][0])
        taken.add(name.casefold())
        said = [spelled(one.phrase, spelling) for one in [*chosen, *rest]]
        names[topic] = (name, _summary(said))
    return names


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep the phrases that share no content word, in any form, with an earlier one."""
    kept: list[Candidate] = []
    for one in candidates:
        if not any(akin(a, b) for other in kept for a in one.content for b in other.content):
            kept.append(one)
        if len(kept) == 2 * IN_SUMMARY:
            break
    return kept


def _tells(phrases: Sequence[Candidate], above: frozenset[str]) -> bool:
    """True where a phrase has a word that the parent's name has in no form."""
    words = {word for one in phrases for word in one.content}
    return any(not any(akin(word, other) for other in above) for word in words)


def _rest(subject: Subject, chosen: list[Candidate]) -> list[Candidate]:
    """What else there is to say of a topic, best first."""
    said = {word for one in chosen for word in one.content}
    return distinct(unsaid(whole(subject.options(chosen)), said))


def _proposals(
    chosen: list[Candidate], rest: list[Candidate], options: list[Candidate]
) -> Iterator[Sequence[Candidate]]:
    """The chosen phrases; else others beside them or in place of the last; else any one alone."""
    yield chosen
    if len(chosen) < IN_NAME:
        yield from ([*chosen, one] for one in rest)
    if len(chosen) > 1:
        yield from ([*chosen[:-1], one] for one in rest)
    least = STANDS_IN * chosen[0].score
    yield from ([one] for one in [*chosen, *rest])
    yield from ([one] for one in options if one.score >= least)


def _listed(phrases: Sequence[Candidate], spelling: dict[str, str]) -> str:
    name = ", ".join(spelled(one.phrase, spelling) for one in phrases)
    capital = name[0].upper()
    # A dotless i and an I are two letters, and the word with the other one has no support.
    return capital + name[1:] if capital.lower() == name[0] else name


def summarised(subject: Subject, spelling: dict[str, str]) -> str:
    """A summary of a topic whatever it is called; empty where nothing can be said."""
    said = [spelled(one.phrase, spelling) for one in distinct(subject.options([]))]
    return _summary(said) if said else ""


def _summary(phrases: list[str]) -> str:
    """Enumerate the best phrases, as many as there is room for."""
    for count in range(min(IN_SUMMARY, len(phrases)), 1, -1):
        text = f"Requests about {', '.join(phrases[: count - 1])} and {phrases[count - 1]}."
        if len(text) <= LONGEST_SUMMARY:
            return text
    return f"Requests about {phrases[0]}."
