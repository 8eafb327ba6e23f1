"""Offline names and summaries from key phrases: a leaf's own, a parent's from its leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clio_assets.naming.phrases import Candidate, akin, spelled

LONGEST_NAME = 80
LONGEST_SUMMARY = 300
FEWEST_WORDS = 2
MOST_WORDS = 5
IN_NAME = 3
IN_SUMMARY = 5

Names = dict[str, tuple[str, str]]
"""topic_id -> (name, summary)."""


def name_leaves(
    phrases: dict[str, list[Candidate]], kept: Names, spelling: dict[str, str]
) -> Names:
    """Name each leaf by its best phrases; no two names are the same.

    A leaf in `kept` keeps that name. One with a single supported word is named by it, and its
    parent's name beside it says the rest (docs/decisions/0008-one-word.md); one with none is left
    out.
    """
    names = dict(kept)
    taken = {name.casefold() for name, _ in names.values()}
    for leaf, found in phrases.items():
        best = distinct(found)
        if leaf in names or not best:
            continue
        proposals = [_compose(best[:1] + best[1 + skip :], spelling) for skip in range(len(best))]
        proposals += [_listed([one], spelling) for one in best]
        _take_first(leaf, proposals, best, names, taken, spelling)
    return names


def name_parents(
    phrases: dict[str, list[Candidate]],
    children: dict[str, list[str]],
    kept: Names,
    spelling: dict[str, str],
) -> Names:
    """Name each parent by what its largest children are about; no two names are the same.

    What sets all of a parent's conversations apart from all others is often just their language
    or tone, and says nothing of what is inside. `children` are largest first.
    """
    names = dict(kept)
    taken = {name.casefold() for name, _ in names.values()}
    for parent, leaves in children.items():
        firsts = [found[0] for leaf in leaves if (found := phrases.get(leaf, []))]
        best = distinct(firsts)
        if parent in names or not best:
            continue
        proposals = [_listed(best[skip:][:IN_NAME], spelling) for skip in range(len(best))]
        _take_first(parent, proposals, best, names, taken, spelling)
    return names


def distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Keep the phrases that share no word, in any form, with an earlier one."""
    kept: list[Candidate] = []
    for one in candidates:
        if not any(akin(a, b) for other in kept for a in one.phrase for b in other.phrase):
            kept.append(one)
        if len(kept) == 2 * IN_SUMMARY:
            break
    return kept


def _take_first(
    topic: str,
    proposals: Sequence[str | None],
    best: list[Candidate],
    names: Names,
    taken: set[str],
    spelling: dict[str, str],
) -> None:
    for name in proposals:
        if name and len(name) <= LONGEST_NAME and name.casefold() not in taken:
            taken.add(name.casefold())
            names[topic] = (name, _summary([spelled(one.phrase, spelling) for one in best]))
            return


def _compose(phrases: list[Candidate], spelling: dict[str, str]) -> str | None:
    """Join the best phrases until there are three content words; None where there are not two."""
    chosen: list[Candidate] = []
    words = 0
    for one in phrases:
        if words + one.content_words > MOST_WORDS:
            continue
        chosen.append(one)
        words += one.content_words
        if words > FEWEST_WORDS or len(chosen) == IN_NAME:
            break
    return _listed(chosen, spelling) if words >= FEWEST_WORDS else None


def _listed(phrases: list[Candidate], spelling: dict[str, str]) -> str:
    name = ", ".join(spelled(one.phrase, spelling) for one in phrases)
    capital = name[0].upper()
    # A dotless i and an I are two letters, and the word with the other one has no support.
    return capital + name[1:] if capital.lower() == name[0] else name


def _summary(phrases: list[str]) -> str:
    """Enumerate the best phrases, as many as there is room for."""
    for count in range(min(IN_SUMMARY, len(phrases)), 1, -1):
        text = f"Requests about {', '.join(phrases[: count - 1])} and {phrases[count - 1]}."
        if len(text) <= LONGEST_SUMMARY:
            return text
    return f"Requests about {phrases[0]}."


Supported = Callable[[str, str], bool]


def still_supported(before: Names, topics: set[str], supported: Supported) -> Names:
    """Names of continuing topics whose every word this period's accounts still use."""
    return {
        topic: pair
        for topic, pair in before.items()
        if topic in topics and supported(topic, " ".join(pair))
    }
